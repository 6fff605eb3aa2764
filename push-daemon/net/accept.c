/* accept.c - accepts connections from a listening socket. */
#include "push-daemon/net/accept.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/core/loop.h"

/* In a storm of connects, more at once lets the connected clients wait longer: 64 in each turn
 * trebled their p99. But a turn may take 50 ms, if a room has 10,000 members; then 8 would be 160 a
 * second, and whoever connects waits for a minute. So after a long turn it is 8 for each ms. */
enum {
    AT_ONCE = 8,
    AT_ONCE_MAX = 512,
    EACH_US = 1000 / AT_ONCE,
    PAUSE_MS = 100 /* if there are no descriptors left */
};

struct acceptor {
    int listening;
    accept_fn *fn;
    void *arg;
    struct loop_watch *watch;
    struct loop_timer *pause;
    bool more;       /* the last time some were left */
    int64_t last_us; /* when that was */
};

static void
accept_on_pause_over(void *arg)
{
    struct acceptor *a = arg;

    loop_watch_want(a->watch, true, false);
}

/* True: there may be more. */
static bool
accept_one(struct acceptor *a)
{
    int fd = accept4(a->listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0) {
        a->fn(a->arg, fd);
        return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        log_warn("accept reason=\"%s\"", strerror(errno));
        loop_watch_want(a->watch, false, false); /* or the loop would turn without end */
        loop_timer_start(a->pause, PAUSE_MS, 0);
        return false;
    }
    return errno != EAGAIN && errno != EWOULDBLOCK && errno != EBADF && errno != EINVAL;
}

static int64_t
accept_allowed(const struct acceptor *a, int64_t now_us)
{
    int64_t allowed = a->more ? (now_us - a->last_us) / EACH_US : 0;

    return allowed < AT_ONCE ? AT_ONCE : allowed > AT_ONCE_MAX ? AT_ONCE_MAX : allowed;
}

static void
accept_on_readable(void *arg, bool readable, bool writable)
{
    struct acceptor *a = arg;
    int64_t now_us = clock_us(), left = accept_allowed(a, now_us);

    (void)readable;
    (void)writable;
    while (left > 0 && accept_one(a)) {
        left--;
    }
    a->more = left == 0;
    a->last_us = now_us;
}

struct acceptor *
accept_start(struct loop *loop, int listening, accept_fn *fn, void *arg)
{
    struct acceptor *a = mem_zalloc(sizeof(*a));

    a->listening = listening;
    a->fn = fn;
    a->arg = arg;
    a->watch = loop_watch_create(loop, listening, accept_on_readable, a);
    a->pause = loop_timer_create(loop, accept_on_pause_over, a);
    loop_watch_want(a->watch, true, false);
    return a;
}

void
accept_stop(struct acceptor *a)
{
    if (a != NULL) {
        loop_timer_destroy(a->pause);
        loop_watch_destroy(a->watch);
        close(a->listening);
        free(a);
    }
}
