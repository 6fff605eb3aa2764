/* gate.h - may a client come in, and may it stay: login and membership, asked of Redis. */
#ifndef PUSH_GATE_H
#define PUSH_GATE_H

#include "lib/config/config.h"

struct gate;
struct loop;
struct rcmd;
struct session;

struct gate *gate_create(struct loop *loop, const struct config *config, struct rcmd *rcmd);
void gate_destroy(struct gate *gate); /* NULL is fine */

/* Asks for a session in SESSION_ENTERING; nothing is read from it meanwhile. on_entered comes, at once
 * or later, if it may; else it is refused: 440, 503, or closed by policy. From then on, with loginAuth,
 * its token is checked again every minute. */
void gate_enter(struct gate *gate, struct session *s, void (*on_entered)(struct session *s));

#endif
