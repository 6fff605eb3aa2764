/* loop.h - the event loop: timers, sockets, signals, and the end of each turn. One thread. */
#ifndef PUSH_CORE_LOOP_H
#define PUSH_CORE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_timer;
struct loop_watch;

struct loop *loop_create(void);
/* Turns until all handles that were closed are gone. NULL is fine. */
void loop_destroy(struct loop *loop);
void loop_run(struct loop *loop); /* until loop_stop() */
void loop_stop(struct loop *loop);
void loop_turn(struct loop *loop); /* once, without waiting */

int64_t loop_now_ms(const struct loop *loop); /* monotonic, as of the begin of this turn */

/* Calls fn at the end of each turn: after all that came in was handled, before the loop waits. At
 * most LOOP_TURN_END_MAX functions, called in the order of registration, for the loop's life. */
enum {
    LOOP_TURN_END_MAX = 8
};
void loop_on_turn_end(struct loop *loop, void (*fn)(void *arg), void *arg);

/* The signal is unblocked: one that came while it was blocked is handled, too. */
void loop_on_signal(struct loop *loop, int signal, void (*fn)(void *arg), void *arg);

/* A new timer is stopped. repeat_ms 0: it fires once. fn may destroy its timer. */
struct loop_timer *loop_timer_create(struct loop *loop, void (*fn)(void *arg), void *arg);
void loop_timer_start(struct loop_timer *timer, int64_t delay_ms, int64_t repeat_ms);
void loop_timer_stop(struct loop_timer *timer);
void loop_timer_destroy(struct loop_timer *timer); /* NULL is fine */

/* Watches fd. The caller closes fd, after it has destroyed the watch. A broken socket counts as
 * readable and writable, again and again: what came before is to be read, then why it broke. */
struct loop_watch *loop_watch_create(struct loop *loop, int fd,
                                     void (*fn)(void *arg, bool readable, bool writable),
                                     void *arg);
void loop_watch_want(struct loop_watch *watch, bool read, bool write);
void loop_watch_destroy(struct loop_watch *watch); /* NULL is fine */

#endif
