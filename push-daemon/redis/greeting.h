/* greeting.h - what a new connection to Redis asks first, and which answers make it of no use. */
#ifndef PUSH_REDIS_GREETING_H
#define PUSH_REDIS_GREETING_H

#include <stdbool.h>

#include "lib/config/config.h"
#include "lib/redis/argv.h"
#include "lib/redis/resp.h"

enum greeting_step {
    GREETING_AUTH,
    GREETING_SELECT,
    GREETING_ROLE,     /* a Sentinel may be late to notice that its master became a replica */
    GREETING_ENCODING, /* nothing is read or written among values of another form */
    GREETING_PING,
    GREETING__MAX
};

/* Makes the command of a step. Returns false if the settings need no such command. */
bool greeting_command(struct argv *c, const struct config *config, enum greeting_step step);

/* Takes the reply to the next command, from *step on, and moves *step behind it. Returns why the
 * connection is of no use: a text that lives for ever; NULL: go on. */
const char *greeting_take(const struct config *config, enum greeting_step *step,
                          const struct reply *reply);

#endif
