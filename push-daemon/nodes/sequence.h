/* sequence.h - commands to a cluster that need keys of several slots: their steps, one after the
 * other (lib/redis/argv.h).
 *
 * A step before the command may refuse; its reply is the reply to all of it then, as is an error or
 * a lost reply, unless the step is one that may fail. Steps behind the command are sent when it is
 * answered; nobody waits for them. */
#ifndef PUSH_NODES_SEQUENCE_H
#define PUSH_NODES_SEQUENCE_H

#include <stdbool.h>

#include "lib/redis/argv.h"
#include "push-daemon/redis/reply_queue.h"

struct redirects;
struct sequences;

struct sequences *sequences_create(struct redirects *redirects);
void sequences_destroy(struct sequences *all); /* no fn is called any more; NULL is fine */

/* As redirects_send(), for the command and its steps. */
bool sequences_send(struct sequences *all, const struct argv *argv, reply_fn *fn, void *arg);

#endif
