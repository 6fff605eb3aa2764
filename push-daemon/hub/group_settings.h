/* group_settings.h - the settings of a group, as its clients were told them last.
 *
 * They come by events, and with what Redis answers of a client (auth.h). An answer may be older
 * than an event that came before it. So the events are numbered, and an answer counts only if there
 * was none since it was asked. An event may be older than an answer, too: then a newer one
 * follows. */
#ifndef PUSH_HUB_GROUP_SETTINGS_H
#define PUSH_HUB_GROUP_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"
#include "lib/text.h"

/* All zero: they are not known yet. */
struct group_settings {
    struct text json; /* an object; empty: not known */
    uint64_t version; /* how many events have told them */
    bool quiet;
};

void group_settings_fini(struct group_settings *g);

/* An event tells them. True: they are others than those that were known. json is clean:
 * event_read() has seen to that. */
bool group_settings_on_event(struct group_settings *g, struct str json);

/* Redis answers that they are these; version: when it was asked. True: they are others. */
bool group_settings_on_answer(struct group_settings *g, struct str json, uint64_t version);

#endif
