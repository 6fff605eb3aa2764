/* loop.c - the event loop; the only file that knows libuv. */
#include "push-daemon/core/loop.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <uv.h>

#include "lib/log.h"
#include "lib/mem.h"

enum {
    SIGNALS_MAX = 4
};

struct hook {
    void (*fn)(void *arg);
    void *arg;
};

struct loop {
    uv_loop_t uv;
    uv_prepare_t turn_end; /* libuv prepares to wait once all else of a turn is done */
    struct hook turn_ends[LOOP_TURN_END_MAX];
    int turn_end_count;
    uv_signal_t signals[SIGNALS_MAX];
    struct hook signal_hooks[SIGNALS_MAX];
    int signal_count;
};

struct loop_timer {
    uv_timer_t uv;
    struct hook hook;
};

struct loop_watch {
    uv_poll_t uv;
    int events;
    void (*fn)(void *arg, bool readable, bool writable);
    void *arg;
};

static void
loop_check(int result, const char *what)
{
    if (result < 0) {
        log_error("loop what=%s reason=\"%s\"", what, uv_strerror(result));
        abort();
    }
}

static void
loop_on_prepare(uv_prepare_t *handle)
{
    struct loop *loop = handle->data;

    for (int i = 0; i < loop->turn_end_count; i++) {
        loop->turn_ends[i].fn(loop->turn_ends[i].arg);
    }
}

struct loop *
loop_create(void)
{
    struct loop *loop = mem_zalloc(sizeof(*loop));

    loop_check(uv_loop_init(&loop->uv), "init");
    loop_check(uv_prepare_init(&loop->uv, &loop->turn_end), "prepare");
    loop->turn_end.data = loop;
    loop_check(uv_prepare_start(&loop->turn_end, loop_on_prepare), "prepare");
    return loop;
}

void
loop_destroy(struct loop *loop)
{
    if (loop == NULL) {
        return;
    }
    uv_close((uv_handle_t *)&loop->turn_end, NULL);
    for (int i = 0; i < loop->signal_count; i++) {
        uv_close((uv_handle_t *)&loop->signals[i], NULL);
    }
    uv_run(&loop->uv, UV_RUN_DEFAULT); /* the close callbacks */
    loop_check(uv_loop_close(&loop->uv), "close");
    free(loop);
}

void
loop_run(struct loop *loop)
{
    uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void
loop_stop(struct loop *loop)
{
    uv_stop(&loop->uv);
}

void
loop_turn(struct loop *loop)
{
    uv_run(&loop->uv, UV_RUN_NOWAIT);
}

int64_t
loop_now_ms(const struct loop *loop)
{
    return (int64_t)uv_now(&loop->uv);
}

void
loop_on_turn_end(struct loop *loop, void (*fn)(void *arg), void *arg)
{
    assert(loop->turn_end_count < LOOP_TURN_END_MAX);
    loop->turn_ends[loop->turn_end_count++] = (struct hook){fn, arg};
}

static void
loop_on_signal_handle(uv_signal_t *handle, int number)
{
    struct hook *hook = handle->data;

    (void)number;
    hook->fn(hook->arg);
}

void
loop_on_signal(struct loop *loop, int signal, void (*fn)(void *arg), void *arg)
{
    int i = loop->signal_count++;
    sigset_t number;

    assert(i < SIGNALS_MAX);
    loop->signal_hooks[i] = (struct hook){fn, arg};
    loop_check(uv_signal_init(&loop->uv, &loop->signals[i]), "signal");
    loop->signals[i].data = &loop->signal_hooks[i];
    loop_check(uv_signal_start(&loop->signals[i], loop_on_signal_handle, signal), "signal");
    sigemptyset(&number);
    sigaddset(&number, signal);
    sigprocmask(SIG_UNBLOCK, &number, NULL);
}

static void
loop_on_timer(uv_timer_t *handle)
{
    struct loop_timer *timer = handle->data;

    timer->hook.fn(timer->hook.arg);
}

struct loop_timer *
loop_timer_create(struct loop *loop, void (*fn)(void *arg), void *arg)
{
    struct loop_timer *timer = mem_zalloc(sizeof(*timer));

    timer->hook = (struct hook){fn, arg};
    loop_check(uv_timer_init(&loop->uv, &timer->uv), "timer");
    timer->uv.data = timer;
    return timer;
}

void
loop_timer_start(struct loop_timer *timer, int64_t delay_ms, int64_t repeat_ms)
{
    loop_check(uv_timer_start(&timer->uv, loop_on_timer, (uint64_t)delay_ms, (uint64_t)repeat_ms),
               "timer");
}

void
loop_timer_stop(struct loop_timer *timer)
{
    loop_check(uv_timer_stop(&timer->uv), "timer");
}

static void
loop_free_data(uv_handle_t *handle)
{
    free(handle->data);
}

void
loop_timer_destroy(struct loop_timer *timer)
{
    if (timer != NULL) {
        uv_close((uv_handle_t *)&timer->uv, loop_free_data);
    }
}

static void loop_on_poll(uv_poll_t *handle, int status, int events);

static void
loop_watch_start(struct loop_watch *watch)
{
    loop_check(uv_poll_start(&watch->uv, watch->events, loop_on_poll), "poll");
}

static void
loop_on_poll(uv_poll_t *handle, int status, int events)
{
    struct loop_watch *watch = handle->data;

    if (status < 0) { /* libuv stops watching a broken socket, from which more may be to read */
        loop_watch_start(watch);
    }
    watch->fn(watch->arg, status < 0 || (events & (UV_READABLE | UV_DISCONNECT)) != 0,
              status < 0 || (events & UV_WRITABLE) != 0);
}

struct loop_watch *
loop_watch_create(struct loop *loop, int fd, void (*fn)(void *arg, bool readable, bool writable),
                  void *arg)
{
    struct loop_watch *watch = mem_zalloc(sizeof(*watch));

    watch->fn = fn;
    watch->arg = arg;
    loop_check(uv_poll_init(&loop->uv, &watch->uv, fd), "poll");
    watch->uv.data = watch;
    return watch;
}

void
loop_watch_want(struct loop_watch *watch, bool read, bool write)
{
    watch->events = (read ? UV_READABLE : 0) | (write ? UV_WRITABLE : 0);
    loop_watch_start(watch);
}

void
loop_watch_destroy(struct loop_watch *watch)
{
    if (watch != NULL) {
        uv_close((uv_handle_t *)&watch->uv, loop_free_data);
    }
}
