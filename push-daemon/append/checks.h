/* checks.h - on a cluster: may its sender send a message? That is asked before the message enters
 * its lane.
 *
 * The login of a user, and the groups that it has joined, are in another slot than the group. So
 * the user's node is asked. The messages of a session keep their order, and one question of it is
 * under way at a time: it is about the messages that had come when it was sent, and those that come
 * later wait for the next one. So each message is checked once it has come, as with one Redis; but
 * a login that ends while the message is on its way to its group does not stop it any more.
 *
 * Bans everywhere, too, are in another slot, which all groups share. Nobody asks there for each
 * message: a ban is told to all daemons, and closes the user's connections. */
#ifndef PUSH_APPEND_CHECKS_H
#define PUSH_APPEND_CHECKS_H

#include <stdbool.h>

#include "push-daemon/append/append_message.h"
#include "push-daemon/append/append_queue.h"

struct checks;
struct lane_parts;
struct session;

/* Takes the entry, which may be sent, out of the queue. */
typedef void checks_fn(void *ctx, struct append_queue *from, struct append_entry *e);

/* parts are the caller's. */
struct checks *checks_create(struct lane_parts *parts, checks_fn *pass, void *ctx);
void checks_destroy(struct checks *c); /* open messages get no outcome; NULL is fine */

/* Is the message to be checked, or do messages of that session wait before it? */
bool checks_want(const struct checks *c, const struct session *s, const struct append_message *m);

/* As append_message(). */
bool checks_take(struct checks *c, const struct session *s, const struct append_message *m,
                 append_fn *fn, void *arg);

#endif
