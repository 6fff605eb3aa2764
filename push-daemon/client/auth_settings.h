/* auth_settings.h - who keeps the settings of groups, and hears of them with each answer of Redis.
 */
#ifndef PUSH_CLIENT_AUTH_SETTINGS_H
#define PUSH_CLIENT_AUTH_SETTINGS_H

#include <stdint.h>

#include "lib/str.h"

struct auth_settings {
    void *ctx; /* NULL: nobody */
    /* Of the group's settings: another number after each event that tells them. */
    uint64_t (*version)(void *ctx, struct str group);
    /* Redis answers that they are these, a JSON object. version: when it was asked, so that an
     * answer does not undo a newer event. */
    void (*take)(void *ctx, struct str group, struct str json, uint64_t version);
};

#endif
