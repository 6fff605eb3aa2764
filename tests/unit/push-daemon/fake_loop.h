/* fake_loop.h - core/loop.h with a clock that the test moves. Include it: the real one is left out.
 *
 * Pass loop_create() to the code under test. fake_loop_advance() moves the clock and fires the
 * timers that are due; fake_loop_ready() says that a socket is ready, fake_loop_signal() that a
 * signal came. Each is a turn of the loop, so it calls the turn-end hooks; fake_loop_turn_end()
 * calls these alone. loop_destroy() fails the test if a timer or a watch is left. */
#ifndef TESTS_UNIT_PUSHD_FAKE_LOOP_H
#define TESTS_UNIT_PUSHD_FAKE_LOOP_H

#include <stdlib.h>

#include "push-daemon/core/loop.h"
#include "tests/unit/unit.h"

enum {
    FAKE_LOOP_BEGIN_MS = 1000000, /* what the clock shows at first */
    FAKE_LOOP_MAX = 64            /* timers, and watches, at a time */
};

struct loop_timer {
    struct loop *loop;
    void (*fn)(void *arg);
    void *arg;
    bool started;
    int64_t due_ms;
    int64_t repeat_ms;
    long order; /* of starting: timers that are due at the same time fire in it */
};

struct loop_watch {
    struct loop *loop;
    void (*fn)(void *arg, bool readable, bool writable);
    void *arg;
    int fd;
    bool read, write; /* what is wanted */
};

struct fake_loop_hook {
    int signal; /* 0: the end of a turn */
    void (*fn)(void *arg);
    void *arg;
};

struct loop {
    int64_t now_ms;
    long started; /* timers so far */
    bool stopped;
    struct loop_timer *timers[FAKE_LOOP_MAX]; /* unused: NULL */
    struct loop_watch *watches[FAKE_LOOP_MAX];
    struct fake_loop_hook hooks[FAKE_LOOP_MAX];
    int hook_count;
};

/* ---- for the test ---- */

static inline void
fake_loop_turn_end(struct loop *loop)
{
    for (int i = 0; i < loop->hook_count; i++) {
        if (loop->hooks[i].signal == 0) {
            loop->hooks[i].fn(loop->hooks[i].arg);
        }
    }
}

/* The next timer that is due by then and was among the first `started` ones; or NULL. */
static inline struct loop_timer *
fake_loop_next_timer(const struct loop *loop, int64_t by_ms, long started)
{
    struct loop_timer *next = NULL;

    for (int i = 0; i < FAKE_LOOP_MAX; i++) {
        struct loop_timer *t = loop->timers[i];

        if (t != NULL && t->started && t->due_ms <= by_ms && t->order <= started &&
            (next == NULL || t->due_ms < next->due_ms ||
             (t->due_ms == next->due_ms && t->order < next->order))) {
            next = t;
        }
    }
    return next;
}

/* One turn at this time. What a timer starts anew fires in the next turn at the earliest. */
static inline void
fake_loop_turn(struct loop *loop)
{
    long started = loop->started;
    struct loop_timer *t;

    while ((t = fake_loop_next_timer(loop, loop->now_ms, started)) != NULL) {
        t->started = false;
        if (t->repeat_ms > 0) {
            loop_timer_start(t, t->repeat_ms, t->repeat_ms);
        }
        t->fn(t->arg); /* may destroy t */
    }
    fake_loop_turn_end(loop);
}

/* Turns as often as something is due in the time that passes, and once more at its end. */
static inline void
fake_loop_advance(struct loop *loop, int64_t ms)
{
    int64_t until = loop->now_ms + ms;
    struct loop_timer *next;

    while ((next = fake_loop_next_timer(loop, until, loop->started)) != NULL) {
        loop->now_ms = next->due_ms > loop->now_ms ? next->due_ms : loop->now_ms;
        fake_loop_turn(loop);
    }
    loop->now_ms = until;
    fake_loop_turn(loop);
}

/* The watch of fd, or NULL. */
static inline struct loop_watch *
fake_loop_watch(const struct loop *loop, int fd)
{
    for (int i = 0; i < FAKE_LOOP_MAX; i++) {
        if (loop->watches[i] != NULL && loop->watches[i]->fd == fd) {
            return loop->watches[i];
        }
    }
    return NULL;
}

/* A turn in which fd is ready. False: the code does not wait for that, so nothing was called. */
static inline bool
fake_loop_ready(struct loop *loop, int fd, bool readable, bool writable)
{
    struct loop_watch *watch = fake_loop_watch(loop, fd);
    bool wanted = watch != NULL && ((readable && watch->read) || (writable && watch->write));

    if (wanted) {
        watch->fn(watch->arg, readable && watch->read, writable && watch->write);
    }
    fake_loop_turn_end(loop);
    return wanted;
}

/* A turn in which the signal comes. */
static inline void
fake_loop_signal(struct loop *loop, int signal)
{
    for (int i = 0; i < loop->hook_count; i++) {
        if (loop->hooks[i].signal == signal) {
            loop->hooks[i].fn(loop->hooks[i].arg);
        }
    }
    fake_loop_turn_end(loop);
}

static inline int
fake_loop_watch_count(const struct loop *loop)
{
    int count = 0;

    for (int i = 0; i < FAKE_LOOP_MAX; i++) {
        count += loop->watches[i] != NULL;
    }
    return count;
}

/* Timers that run. */
static inline int
fake_loop_timer_count(const struct loop *loop)
{
    int count = 0;

    for (int i = 0; i < FAKE_LOOP_MAX; i++) {
        count += loop->timers[i] != NULL && loop->timers[i]->started;
    }
    return count;
}

/* ---- core/loop.h ---- */

static inline void *
fake_loop_alloc(size_t size)
{
    void *p = calloc(1, size);

    assert_non_null(p);
    return p;
}

struct loop *
loop_create(void)
{
    struct loop *loop = fake_loop_alloc(sizeof(*loop));

    loop->now_ms = FAKE_LOOP_BEGIN_MS;
    return loop;
}

void
loop_destroy(struct loop *loop)
{
    for (int i = 0; loop != NULL && i < FAKE_LOOP_MAX; i++) {
        assert_null(loop->timers[i]);
        assert_null(loop->watches[i]);
    }
    free(loop);
}

/* Until loop_stop(): from timer to timer, as nothing else happens by itself. */
void
loop_run(struct loop *loop)
{
    while (!loop->stopped) {
        struct loop_timer *next = fake_loop_next_timer(loop, INT64_MAX, loop->started);

        assert_non_null(next);
        loop->now_ms = next->due_ms > loop->now_ms ? next->due_ms : loop->now_ms;
        fake_loop_turn(loop);
    }
    loop->stopped = false;
}

void
loop_stop(struct loop *loop)
{
    loop->stopped = true;
}

void
loop_turn(struct loop *loop)
{
    fake_loop_turn(loop);
}

int64_t
loop_now_ms(const struct loop *loop)
{
    return loop->now_ms;
}

static inline void
fake_loop_add_hook(struct loop *loop, struct fake_loop_hook hook)
{
    assert_in_range(loop->hook_count, 0, FAKE_LOOP_MAX - 1);
    loop->hooks[loop->hook_count++] = hook;
}

void
loop_on_turn_end(struct loop *loop, void (*fn)(void *arg), void *arg)
{
    fake_loop_add_hook(loop, (struct fake_loop_hook){0, fn, arg});
}

void
loop_on_signal(struct loop *loop, int signal, void (*fn)(void *arg), void *arg)
{
    fake_loop_add_hook(loop, (struct fake_loop_hook){signal, fn, arg});
}

struct loop_timer *
loop_timer_create(struct loop *loop, void (*fn)(void *arg), void *arg)
{
    for (int i = 0; i < FAKE_LOOP_MAX; i++) {
        if (loop->timers[i] == NULL) {
            loop->timers[i] = fake_loop_alloc(sizeof(struct loop_timer));
            *loop->timers[i] = (struct loop_timer){.loop = loop, .fn = fn, .arg = arg};
            return loop->timers[i];
        }
    }
    fail_msg("more than %d timers", FAKE_LOOP_MAX);
    return NULL;
}

void
loop_timer_start(struct loop_timer *timer, int64_t delay_ms, int64_t repeat_ms)
{
    timer->started = true;
    timer->due_ms = timer->loop->now_ms + delay_ms;
    timer->repeat_ms = repeat_ms;
    timer->order = ++timer->loop->started;
}

void
loop_timer_stop(struct loop_timer *timer)
{
    timer->started = false;
}

void
loop_timer_destroy(struct loop_timer *timer)
{
    for (int i = 0; timer != NULL && i < FAKE_LOOP_MAX; i++) {
        if (timer->loop->timers[i] == timer) {
            timer->loop->timers[i] = NULL;
            free(timer);
            return;
        }
    }
}

struct loop_watch *
loop_watch_create(struct loop *loop, int fd, void (*fn)(void *arg, bool readable, bool writable),
                  void *arg)
{
    assert_null(fake_loop_watch(loop, fd)); /* libuv aborts then */
    for (int i = 0; i < FAKE_LOOP_MAX; i++) {
        if (loop->watches[i] == NULL) {
            loop->watches[i] = fake_loop_alloc(sizeof(struct loop_watch));
            *loop->watches[i] = (struct loop_watch){.loop = loop, .fn = fn, .arg = arg, .fd = fd};
            return loop->watches[i];
        }
    }
    fail_msg("more than %d watches", FAKE_LOOP_MAX);
    return NULL;
}

void
loop_watch_want(struct loop_watch *watch, bool read, bool write)
{
    watch->read = read;
    watch->write = write;
}

void
loop_watch_destroy(struct loop_watch *watch)
{
    for (int i = 0; watch != NULL && i < FAKE_LOOP_MAX; i++) {
        if (watch->loop->watches[i] == watch) {
            watch->loop->watches[i] = NULL;
            free(watch);
            return;
        }
    }
}

#endif
