/* rejoin.h - the clients that wait in a stream are let in: with what they missed, or with the
 * list. */
#ifndef PUSH_RESUME_REJOIN_H
#define PUSH_RESUME_REJOIN_H

#include <stdbool.h>

#include "push-daemon/frames/position.h"

struct lanes;
struct question;
struct session;

/* The position to ask for next, so that who waits longest is let in. It stood nowhere: so is this,
 * and all that did get the list. Else the lowest one of that epoch at which somebody stood, so that
 * the answer has what the others missed, too. */
struct position rejoin_first(const struct lanes *l);

/* Lets in those whom this answer serves. Those who stood nowhere in Redis' log of events stand
 * nowhere from here on. */
void rejoin_admit(struct lanes *l, const struct question *q);

/* Lets in a client, or all that wait, if they stood at this position, where the members stand at
 * the end of their log: they have missed nothing. rejoin_at_once() also lets in a client that is to
 * get the list, if the list of this position was read within the last second, and is still on its
 * way to another one: many that come at a time share it. */
bool rejoin_at_once(const struct lanes *l, struct session *s, const struct position *at);
void rejoin_all_in_step(struct lanes *l, const struct position *at);

#endif
