/* accept.c - accepts connections from a listening socket. */
#include "push-daemon/net/accept.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/core/loop.h"

/* In a storm of connects, more at once lets the connected clients wait longer: 64 trebled their
 * p99. */
enum {
    AT_ONCE = 8,
    PAUSE_MS = 100 /* if there are no descriptors left */
};

struct acceptor {
    int listening;
    accept_fn *fn;
    void *arg;
    struct loop_watch *watch;
    struct loop_timer *pause;
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

static void
accept_on_readable(void *arg, bool readable, bool writable)
{
    (void)readable;
    (void)writable;
    for (int i = 0; i < AT_ONCE && accept_one(arg); i++) {
    }
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
