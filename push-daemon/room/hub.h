/* hub.h - all rooms of this daemon: who is in which, and when each is flushed.
 *
 * A room that grew is flushed at the end of the loop's turn. One that was flushed less than
 * push.flushIntervalMs ago waits for that time: with many busy groups a turn brings each only a message
 * or two, and together they cost one system call a client. */
#ifndef PUSH_ROOM_HUB_H
#define PUSH_ROOM_HUB_H

#include <stddef.h>
#include <stdint.h>

#include "lib/config/config.h"
#include "lib/str.h"

struct argv;
struct hub;
struct loop;
struct metrics;
struct log_once;
struct commands;
struct room;
struct subscriber;
struct session;
struct snapshot;

/* daemon: this daemon's name. All arguments are kept by the caller and outlive the hub. */
struct hub *hub_create(struct loop *loop, const struct config *config, struct commands *commands,
                       struct subscriber *subscriber, struct str daemon, struct metrics *metrics);
void hub_destroy(struct hub *hub); /* all sessions must have left; NULL is fine */

/* A session that may chat in s->group waits for its first frame; leaves (fine if it never came). */
void hub_join(struct hub *hub, struct session *s);
void hub_leave(struct session *s);

/* Events of the two connections. */
void hub_on_subscribed(struct hub *hub, struct str group);
void hub_on_message(struct hub *hub, struct str group, struct str payload);
void hub_on_mark(struct hub *hub, int64_t mark);
void hub_on_subscription_down(struct hub *hub);
void hub_flush_all(struct hub *hub);   /* at once, however lately each was flushed */
void hub_on_commands(struct hub *hub); /* their connection is a new one, and ready */
void hub_retry(struct hub *hub);       /* commands may work: ask what is still to be asked */

/* Has this message come to the group's clients here? True as well if there are none. False: it still will. */
bool hub_has_heard(const struct hub *hub, struct str group, int64_t ts);

/* For sync.c: asks Redis; false: not now. The snapshot's mark will be found by its number. */
bool hub_request(struct hub *hub, struct snapshot *snapshot, struct str group, int64_t window);
void hub_forget(struct hub *hub, struct snapshot *snapshot);
void hub_touch(struct room *room); /* it is to be flushed */
const struct config *hub_config(const struct hub *hub);
struct metrics *hub_metrics(const struct hub *hub);
int64_t hub_now_ms(const struct hub *hub);

/* This entry of the group is no message: logs it, the first time. */
void hub_note_garbage(struct hub *hub, struct str group, struct str entry, uint64_t hash);

#endif
