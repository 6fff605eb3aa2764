/* failover.h - to another master, when the Sentinels name one.
 *
 * Both connections leave the old master together, as what one Redis has stored another one does not
 * publish. They leave once it is known, and heard, what became of all messages that were sent
 * there. */
#ifndef PUSH_REDIS_FAILOVER_H
#define PUSH_REDIS_FAILOVER_H

#include <stdbool.h>

struct appender;
struct commands;
struct env;
struct failover;
struct redis_addr;
struct subscriber;

/* Those who store messages (append.h). */
struct failover_hooks {
    struct appender *appender;
    void (*hold)(struct appender *);             /* send nothing more to this master */
    bool (*is_settled)(const struct appender *); /* true: nothing is open of what was sent */
};

struct failover *failover_create(const struct env *env, struct commands *commands,
                                 struct subscriber *subscriber, const struct failover_hooks *hooks);
void failover_destroy(struct failover *f); /* NULL is fine */

/* The Sentinels name this master. New messages wait until there is a connection to it. */
void failover_to(struct failover *f, const struct redis_addr *addr);

/* Leaves the old master if all is settled there. Call it at the end of each turn. */
void failover_step(struct failover *f);

#endif
