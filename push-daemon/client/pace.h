/* pace.h - clients that send more than they may are read no further for a moment. */
#ifndef PUSH_CLIENT_PACE_H
#define PUSH_CLIENT_PACE_H

#include <stdint.h>

struct env;
struct pace;
struct session;

enum {
    PACE_MS = 100,     /* for which one is held at least */
    PACE_MAX_MS = 2000 /* longest time that may be asked for */
};

struct pace *pace_create(const struct env *env);
void pace_destroy(struct pace *p); /* NULL is fine */

/* Holds a client (HOLD_PACE) for about that time; some longer if many are to be let go then, as few
 * are at a time. If it is held already, that does not change. */
void pace_hold(struct pace *p, struct session *s, int64_t ms);

#endif
