/* failover.h - to another master: both connections leave the old one together, as what one Redis has stored another one
 * does not publish; and only once it is known, and seen, what became of all messages that were sent there. */
#ifndef PUSH_REDIS_FAILOVER_H
#define PUSH_REDIS_FAILOVER_H

struct appender;
struct loop;
struct failover;
struct commands;
struct subscriber;
struct redis_addr;

struct failover *failover_create(struct loop *loop, struct commands *commands,
                                 struct subscriber *subscriber, struct appender *appender);
void failover_destroy(struct failover *m); /* NULL is fine */

/* The Sentinels name this master. New messages wait until there is a connection to it. */
void failover_to(struct failover *m, const struct redis_addr *place);

#endif
