/* transport.c - the socket to one Redis. */
#include "push-daemon/redis/transport.h"

#include "lib/redis/sentinel.h"
#include "push-daemon/core/loop.h"

enum {
    READS_A_TURN = 4 /* then others have their turn */
};

/* One read and what it brought. True: there may be more; else *broken may say why not. */
static bool
transport_read_once(struct transport *l, const char **broken)
{
    struct reply *reply;
    bool more, go_on = true;

    if (!resp_receive(l->resp, &more)) {
        *broken = "Redis closed it";
        return false;
    }
    while (go_on) {
        if (!resp_next(l->resp, &reply)) {
            *broken = "not the Redis protocol";
            return false;
        }
        if (reply == NULL) {
            return more;
        }
        go_on = l->events->on_reply(l->ctx, reply);
        reply_free(reply);
    }
    return false;
}

static void
transport_on_socket(void *arg, bool readable, bool writable)
{
    struct transport *l = arg;
    const char *broken = NULL;

    (void)writable; /* transport_flush() comes at the end of the turn anyway */
    if (l->connecting) {
        l->connecting = false;
        loop_watch_want(l->watch, true, false);
        l->events->on_connected(l->ctx, resp_is_connected(l->resp));
        return;
    }
    l->reading = true;
    for (int i = 0; readable && i < READS_A_TURN; i++) {
        if (!transport_read_once(l, &broken)) {
            break;
        }
    }
    l->reading = false;
    l->events->on_read(l->ctx, broken);
}

bool
transport_open(struct transport *l, const struct redis_addr *addr)
{
    l->resp = resp_connect(&addr->redis, addr->address);
    if (l->resp == NULL) {
        return false;
    }
    l->connecting = true;
    l->watch = loop_watch_create(l->loop, resp_descriptor(l->resp), transport_on_socket, l);
    loop_watch_want(l->watch, false, true);
    return true;
}

void
transport_close(struct transport *l)
{
    loop_watch_destroy(l->watch);
    l->watch = NULL;
    resp_close(l->resp);
    l->resp = NULL;
    text_fini(&l->out);
    l->connecting = false;
    l->wants_write = false;
}

void
transport_add(struct transport *l, const struct argv *argv)
{
    argv_format(&l->out, argv);
}

void
transport_flush(struct transport *l)
{
    if (l->resp == NULL || l->connecting) {
        return;
    }
    resp_send_most(l->resp, &l->out);
    if ((l->out.len > 0) != l->wants_write) {
        l->wants_write = l->out.len > 0;
        loop_watch_want(l->watch, true, l->wants_write);
    }
}
