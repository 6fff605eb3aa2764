/* daemon.c - the push daemon put together.
 *
 *        ws  --> session (chat | watch)                  clients
 *                   |            |
 *                 hub/room     gate, append, watch       what they do
 *                   |            |
 *                  rsub         rcmd                      Redis: what comes, what is asked
 *
 * A message's way: ws -> session -> chat -> append -> rcmd -> Redis -> rsub -> hub -> sync -> room's log
 * -> (end of the turn) each member's session -> ws. */
#include "push-daemon/daemon.h"

#include <signal.h>
#include <stdlib.h>

#include "lib/redis/commands.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/process/reload.h"
#include "lib/process/service.h"
#include "lib/token.h"
#include "push-daemon/chat/append.h"
#include "push-daemon/chat/chat.h"
#include "push-daemon/client/admission.h"
#include "push-daemon/ops/drain.h"
#include "push-daemon/client/auth.h"
#include "push-daemon/ops/health.h"
#include "push-daemon/room/hub.h"
#include "push-daemon/core/fd_limit.h"
#include "push-daemon/core/loop.h"
#include "push-daemon/core/metrics.h"
#include "push-daemon/redis/failover.h"
#include "push-daemon/redis/commands.h"
#include "push-daemon/redis/subscriber.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/sessions.h"
#include "push-daemon/net/ws_request.h"
#include "push-daemon/grouplist/poller.h"
#include "push-daemon/net/ws.h"

enum {
    PROBE_MS = 1000,
    STOP_MS = 1500, /* longest wait for clients to close */
    STOP_CHECK_MS = 20,
    LAG_MS = 250
};

struct daemon {
    struct config *config;
    const char *file;
    struct metrics *metrics;
    struct health *health;
    struct loop_timer *lag;
    int64_t lag_due_us;
    char name[TOKEN_CHARS + 1]; /* distinguishes this daemon from all others at this Redis */
    struct loop *loop;
    struct commands *commands;
    struct subscriber *subscriber;
    struct admission *admission;
    struct sessions *sessions;
    struct auth *auth;
    struct hub *hub;
    struct appender *appender;
    struct failover *move;
    struct poller *watch;
    struct chat chat;
    struct ws_server *server;
    struct drain *drain;
    struct loop_timer *probe;
    struct loop_timer *stopping;
    int64_t stop_at_ms;
    struct argv argv;
};

/* ---- clients ---- */

static int
on_asked(void *ctx, const struct ws_request *v)
{
    struct daemon *d = ctx;

    return admission_check(d->admission, v);
}

static void *
on_open(void *ctx, struct ws *ws, const struct ws_request *v)
{
    struct daemon *d = ctx;

    return v->route.kind == ROUTE_CHAT ? chat_open(&d->chat, d->sessions, ws, v)
                                       : poller_open(d->watch, d->sessions, ws, v);
}

static void
on_piece(void *client, const struct ws_piece *piece)
{
    session_on_piece(client, piece);
}

static void
on_alive(void *client)
{
    session_on_alive(client);
}

static void
on_writable(void *client)
{
    session_on_writable(client);
}

static bool
on_leaving(void *client)
{
    return session_on_leaving(client);
}

static void
on_closed(void *client)
{
    session_on_closed(client);
}

static const struct ws_handlers ws_events = {
    on_asked, on_open, on_piece, on_alive, on_writable, on_leaving, on_closed,
};

/* ---- Redis ---- */

static void
on_commands_ready(void *ctx)
{
    struct daemon *d = ctx;

    d->metrics->redis_commands = 1;
    append_on_ready(d->appender);
    hub_on_commands(d->hub);
}

static void
on_commands_down(void *ctx)
{
    struct daemon *d = ctx;

    d->metrics->redis_commands = 0;
    d->metrics->redis_reconnects++;
    append_on_down(d->appender);
}

static void
on_message(void *ctx, struct str group, struct str payload)
{
    struct daemon *d = ctx;

    hub_on_message(d->hub, group, payload);
}

static void
on_mark(void *ctx, int64_t mark)
{
    struct daemon *d = ctx;

    hub_on_mark(d->hub, mark);
}

static void
on_subscribed(void *ctx, struct str group)
{
    struct daemon *d = ctx;

    hub_on_subscribed(d->hub, group);
}

static void
on_subscription_down(void *ctx)
{
    struct daemon *d = ctx;

    d->metrics->redis_subscription = 0;
    d->metrics->redis_reconnects++;
    hub_on_subscription_down(d->hub);
}

static void
on_moved(void *ctx, const struct redis_addr *place)
{
    struct daemon *d = ctx;

    failover_to(d->move, place);
}

static bool
has_heard(void *ctx, struct str group, int64_t ts)
{
    struct daemon *d = ctx;

    return hub_has_heard(d->hub, group, ts);
}

static const struct commands_events argv_events = {on_commands_ready, on_commands_down, on_moved};
static const struct subscriber_events subscription_events = {
    on_message, on_mark, on_subscribed, on_subscription_down, on_moved,
};

static void
on_probe(void *arg)
{
    struct daemon *d = arg;
    int64_t age = subscriber_silence_ms(d->subscriber);

    d->metrics->redis_subscription = subscriber_is_up(d->subscriber);
    d->metrics->probe_age_ms = (uint64_t)age;
    d->metrics->ready = d->stop_at_ms == 0 && commands_is_ready(d->commands) &&
                        subscriber_is_up(d->subscriber) && age < SUBSCRIBER_SILENCE_MS;
    cmd_publish(&d->argv, d->config, str_of(d->name), SUBSCRIBER_PROBE_MARK);
    if (commands_send(d->commands, &d->argv, NULL, NULL)) {
        subscriber_probed(d->subscriber);
        hub_retry(d->hub);
    }
}

static void
on_lag(void *arg)
{
    struct daemon *d = arg;
    int64_t now = clock_us();

    metrics_observe(&d->metrics->loop_lag_us,
                    (uint64_t)(now > d->lag_due_us ? now - d->lag_due_us : 0));
    d->lag_due_us = now + LAG_MS * 1000;
    loop_timer_start(d->lag, LAG_MS, 0);
}

/* ---- the end ---- */

static void
check_stopped(void *arg)
{
    struct daemon *d = arg;
    bool settled = sessions_count(d->sessions) == 0 && append_open_count(d->appender) == 0;

    if (settled || loop_now_ms(d->loop) >= d->stop_at_ms) {
        loop_stop(d->loop);
    }
}

/* The second signal: whoever sent it does not want to wait. */
static void
on_stop_signal(void *arg)
{
    struct daemon *d = arg;
    bool first = d->stop_at_ms == 0;
    int64_t span_ms = first ? d->config->push.drain_s * 1000 : 0;

    if (first) {
        log_info("stopping clients=%zu", sessions_count(d->sessions));
        d->metrics->ready = 0;
        service_notify("STOPPING=1");
        admission_close(d->admission);
        ws_server_stop_listening(d->server);
        loop_timer_start(d->stopping, STOP_CHECK_MS, STOP_CHECK_MS);
    }
    d->stop_at_ms = loop_now_ms(d->loop) + span_ms + STOP_MS;
    drain_begin(d->drain, span_ms);
}

static void
on_reload_signal(void *arg)
{
    struct daemon *d = arg;

    if (!reload_settings(d->config, d->file)) {
        log_error("not reloaded: the settings stay as they are");
    }
}

/* ---- life ---- */

static bool
create_parts(struct daemon *d)
{
    struct str name = str_of(d->name);

    d->commands = commands_create(d->loop, d->config, &argv_events, d);
    d->subscriber = subscriber_create(d->loop, d->config, name, &subscription_events, d);
    if (d->commands == NULL || d->subscriber == NULL) {
        return false;
    }
    d->auth = auth_create(d->loop, d->config, d->commands);
    d->hub = hub_create(d->loop, d->config, d->commands, d->subscriber, name, d->metrics);
    d->appender = append_create(d->loop, d->config, d->commands, name, has_heard, d);
    d->move = failover_create(d->loop, d->commands, d->subscriber, d->appender);
    d->watch = poller_create(d->loop, d->config, d->commands, d->auth);
    d->chat = (struct chat){d->config, d->auth, d->hub, d->appender};
    d->admission = admission_create(d->loop, d->config,
                                    fd_limit_connections(d->config, fd_limit_raise()), d->metrics);
    d->sessions = sessions_create(d->loop, d->config, d->admission, d->metrics);
    d->drain = drain_create(d->loop, d->sessions, d->hub);
    d->lag = loop_timer_create(d->loop, on_lag, d);
    d->probe = loop_timer_create(d->loop, on_probe, d);
    d->stopping = loop_timer_create(d->loop, check_stopped, d);
    d->server = ws_server_create(d->loop, d->config, &ws_events, d);
    return d->server != NULL;
}

struct daemon *
daemon_create(const struct daemon_start *start)
{
    struct daemon *d = mem_zalloc(sizeof(*d));

    d->config = start->config;
    d->file = start->file;
    d->metrics = metrics_claim(start->places, start->count);
    token_make(d->name);
    argv_init(&d->argv);
    d->loop = loop_create();
    loop_on_signal(d->loop, SIGTERM, on_stop_signal, d);
    loop_on_signal(d->loop, SIGINT, on_stop_signal, d);
    loop_on_signal(d->loop, SIGHUP, on_reload_signal, d);
    if (!create_parts(d)) {
        daemon_destroy(d);
        return NULL;
    }
    d->health = health_create(d->loop, d->config, start->places, start->count);
    commands_start(d->commands);
    subscriber_start(d->subscriber);
    loop_timer_start(d->probe, PROBE_MS, PROBE_MS);
    d->lag_due_us = clock_us() + LAG_MS * 1000;
    loop_timer_start(d->lag, LAG_MS, 0);
    return d;
}

void
daemon_run(struct daemon *d)
{
    service_notify("READY=1"); /* it listens; Redis may come later */
    loop_run(d->loop);
    log_info("stopped");
}

/* In the reverse order of their making; the loop, last, turns until all is closed. */
void
daemon_destroy(struct daemon *d)
{
    if (d == NULL) {
        return;
    }
    health_destroy(d->health);
    ws_server_destroy(d->server);
    loop_timer_destroy(d->stopping);
    loop_timer_destroy(d->lag);
    loop_timer_destroy(d->probe);
    drain_destroy(d->drain);
    poller_destroy(d->watch);
    failover_destroy(d->move);
    append_destroy(d->appender);
    hub_destroy(d->hub);
    auth_destroy(d->auth);
    sessions_destroy(d->sessions);
    admission_destroy(d->admission);
    subscriber_destroy(d->subscriber);
    commands_destroy(d->commands);
    loop_destroy(d->loop);
    argv_fini(&d->argv);
    free(d);
}
