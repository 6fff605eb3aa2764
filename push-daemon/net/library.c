/* library.c - libwebsockets, on the loop of the daemon. */
#include "push-daemon/net/library.h"

#include <libwebsockets.h>

#include "lib/log.h"
#include "push-daemon/core/loop.h"
#include "push-daemon/net/pending.h"
#include "push-daemon/net/upgrade.h"

enum {
    HANDSHAKE_SECONDS = 5,
    HANDSHAKES_AT_ONCE = PENDING_MAX + 64 /* those that were cut off are there for a turn more */
};

static void
library_on_log(int level, const char *line)
{
    log_line(level == LLL_ERR ? LOG_WARN : LOG_DEBUG, "libwebsockets says=%s",
             log_quote(str_make(line, strcspn(line, "\n"))).text);
}

bool
library_open(struct library *l, struct loop *loop, const struct lws_protocols *protocols,
             void *user)
{
    static const lws_retry_bo_t no_timers; /* no pings of its own: they cost a sorted list */
    void *loops[1] = {loop_native(loop)};
    struct lws_context_creation_info info = {0};

    lws_set_log_level(LLL_ERR | LLL_WARN, library_on_log);
    info.port = CONTEXT_PORT_NO_LISTEN; /* it would share a port with nobody, and give no account */
    info.protocols = protocols;
    info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    info.foreign_loops = loops;
    info.retry_and_idle_policy = &no_timers;
    info.timeout_secs = info.timeout_secs_ah_idle = HANDSHAKE_SECONDS;
    info.max_http_header_pool = HANDSHAKES_AT_ONCE;
    info.max_http_header_data = UPGRADE_HEADER_BYTES;
    info.pt_serv_buf_size = 4096;
    info.user = user;
    info.gid = (gid_t)-1;
    info.uid = (uid_t)-1;
    l->context = lws_create_context(&info);
    l->vhost = l->context != NULL ? lws_create_vhost(l->context, &info) : NULL;
    if (l->vhost == NULL) {
        log_error("listen reason=\"libwebsockets cannot start; is its libuv plugin there "
                  "(libwebsockets-evlib-uv)?\"");
    }
    return l->vhost != NULL;
}

void
library_close(struct library *l, struct loop *loop)
{
    if (l->context == NULL) {
        return;
    }
    /* On a loop that is not its own it takes two calls; between them its handles close, each a
     * turn after the one before, and after the second its code is no longer there. */
    lws_context_destroy(l->context);
    for (int i = 0; i < 8; i++) {
        loop_turn(loop);
    }
    lws_context_destroy(l->context);
}
