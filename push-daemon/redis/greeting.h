/* greeting.h - what a new connection to Redis asks first, and which answers make it of no use. */
#ifndef PUSH_REDIS_GREETING_H
#define PUSH_REDIS_GREETING_H

#include <stdbool.h>

#include "lib/config/config.h"
#include "lib/redis/argv.h"
#include "lib/redis/resp.h"
#include "push-daemon/redis/target.h"

enum greeting_step {
    GREETING_AUTH,
    GREETING_SELECT,
    GREETING_ROLE,     /* who names a master may be late to notice that it became a replica */
    GREETING_ENCODING, /* nothing is read or written among values of another form */
    GREETING_PING,
    GREETING__MAX
};

/* All zero but target: it has not begun. */
struct greeting {
    const struct target *target;
    enum greeting_step next; /* to be answered */
    const char *refusal;     /* what greeting_take() said last; or NULL */
    bool is_news;            /* that was another one than before */
};

/* Makes the command of a step. Returns false if no such command is needed. */
bool greeting_command(struct argv *c, const struct config *config, const struct greeting *g,
                      enum greeting_step step);

/* Takes the reply to the next command. Returns why the connection is of no use: a text that lives
 * for ever; NULL: go on. */
const char *greeting_take(struct greeting *g, const struct config *config,
                          const struct reply *reply);

#endif
