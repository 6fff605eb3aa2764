/* pace.h - clients that send more than they may are read no further for a moment. */
#ifndef PUSH_CLIENT_PACE_H
#define PUSH_CLIENT_PACE_H

struct env;
struct pace;
struct session;

enum {
    PACE_MS = 100 /* longest time for which one is held */
};

struct pace *pace_create(const struct env *env);
void pace_destroy(struct pace *p); /* NULL is fine */

/* Holds a client (HOLD_PACE). */
void pace_hold(struct pace *p, struct session *s);

#endif
