/* move.h - to another master: both connections leave the old one together, as what one Redis has stored another one
 * does not publish; and only once it is known, and seen, what became of all messages that were sent there. */
#ifndef PUSH_MOVE_H
#define PUSH_MOVE_H

struct appender;
struct loop;
struct move;
struct rcmd;
struct rsub;
struct redis_addr;

struct move *move_create(struct loop *loop, struct rcmd *rcmd, struct rsub *rsub,
                         struct appender *appender);
void move_destroy(struct move *m); /* NULL is fine */

/* The Sentinels name this master. New messages wait until there is a connection to it. */
void move_to(struct move *m, const struct redis_addr *place);

#endif
