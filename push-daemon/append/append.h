/* append.h - stores messages: in order, each once, and without a guess about what became of one.
 *
 * Appends are pipelined. Each has a seq, from 1 on in each epoch of this producer. The script
 * stores seq n only behind n - 1 of its epoch, and remembers the highest one. So what Redis has
 * stored of an epoch is always its beginning:
 *
 *   - The connection broke: after the reconnect the highest seq is read. Appends up to it were
 *     stored, the others were not. (Nothing of the old connection comes later: commands.h.)
 *   - Redis could not store one, or had lost the script: the ones behind it were refused too, as
 *     out of order. When all in flight are answered, the rest goes out again in its order, as a
 *     new epoch.
 *   - A rule of the group refused one, or the user is logged out or no member: its seq counts as
 *     stored, so that nobody behind it waits. The script notes the refusal under its seq. So after
 *     a break of the connection these notes are read before the highest seq.
 *
 * Each append carries a deadline. After it, Redis does not store the message, and its sender is
 * told. The deadline is a time of our own clock; what is sent is that time on Redis' clock, as far
 * as we know it. If that clock steps, messages are refused that have time left. Nothing of them was
 * stored; the refusal tells Redis' clock, and each of them is tried once more. So a step costs
 * no message, and no message gets more time by it.
 *
 * A stored message stays open until it has come back over the subscription, as its sender
 * learns of it that way. A failover may lose it before that. Then it is looked for at the new
 * master, like a message whose reply was lost. */
#ifndef PUSH_APPEND_APPEND_H
#define PUSH_APPEND_APPEND_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/str.h"
#include "push-daemon/append/append_message.h"

struct appender;
struct env;
struct hub;
struct node;
struct nodes;
struct session;

/* daemon_id: this daemon's name at Redis. The hub tells which messages have come back. All
 * arguments are the caller's. */
struct appender *append_create(const struct env *env, struct nodes *nodes, struct str daemon_id,
                               const struct hub *hub);
void append_destroy(struct appender *a); /* open messages get no outcome; NULL is fine */

/* Stores a copy of the message, which the session's user sends. fn is called once, later; the
 * session has to live until then. False: Redis is away, or too much is open; nothing is stored, and
 * fn is not called. */
bool append_message(struct appender *a, const struct session *s, const struct append_message *m,
                    append_fn *fn, void *arg);

/* Tells the senders of stored messages that have come back. Call it at the end of each turn. */
void append_resolve_heard(struct appender *a);

/* The connection is about to be given up: new messages wait for the next one. */
void append_hold(struct appender *a);

/* True if nothing is open of what was sent. */
bool append_is_settled(const struct appender *a);

/* The node takes commands, or does no more. */
void append_on_ready(struct appender *a, struct node *node);
void append_on_down(struct appender *a, struct node *node);

/* On a cluster: slots have other owners now. */
void append_on_map(struct appender *a);

/* Messages whose outcome is not known yet. */
size_t append_open_count(const struct appender *a);

#endif
