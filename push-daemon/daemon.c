/* daemon.c - one push daemon: its parts, their order, and its end.
 *
 * The way of a message: ws -> session -> chat -> append -> commands -> Redis -> subscriber -> hub
 * -> sync -> deliver -> room; at the end of the turn flusher -> room -> session -> ws. */
#include "push-daemon/daemon.h"

#include <signal.h>
#include <stdlib.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/process/reload.h"
#include "lib/process/service.h"
#include "lib/token.h"
#include "push-daemon/chat/append.h"
#include "push-daemon/chat/chat.h"
#include "push-daemon/client/admission.h"
#include "push-daemon/client/auth.h"
#include "push-daemon/client/receive.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/sessions.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/fd_limit.h"
#include "push-daemon/core/loop_lag.h"
#include "push-daemon/core/reaper.h"
#include "push-daemon/core/redis_clock.h"
#include "push-daemon/grouplist/poller.h"
#include "push-daemon/net/server.h"
#include "push-daemon/net/ws_request.h"
#include "push-daemon/ops/drain.h"
#include "push-daemon/ops/health.h"
#include "push-daemon/presence/presence.h"
#include "push-daemon/redis/link.h"
#include "push-daemon/room/flusher.h"
#include "push-daemon/hub/hub.h"
#include "push-daemon/room/marks.h"

struct daemon {
    struct reload reload;
    char node_id[TOKEN_CHARS + 1]; /* distinguishes this daemon from all others at this Redis */
    struct env env;
    struct reaper reaper;
    struct redis_clock redis_clock;
    struct link *link;
    struct admission *admission;
    struct sessions *sessions;
    struct auth *auth;
    struct flusher *flusher;
    struct marks *marks;
    struct hub *hub;
    struct appender *appender;
    struct presence *presence;
    struct chat chat;
    struct poller *poller;
    struct ws_server *server;
    struct drain *drain;
    struct health *health;
    struct loop_timer *second;
    struct loop_lag *lag;
};

/* All that came in has been handled. Each step may make work for those below it, never for those
 * above. Nobody uses any more what is freed. What the turn has to say to Redis goes out last. */
static void
turn_end(void *arg)
{
    struct daemon *d = arg;

    flusher_run(d->flusher);
    sessions_bound_frames(d->sessions);
    append_resolve_heard(d->appender);
    hub_remove_empty(d->hub);
    link_failover_step(d->link);
    reaper_run(&d->reaper);
    link_flush(d->link);
}

static void
every_second(void *arg)
{
    struct daemon *d = arg;

    service_notify_alive();
    link_every_second(d->link);
    d->env.metrics->ready = !drain_has_begun(d->drain) && link_is_ready(d->link);
    sessions_every_second(d->sessions);
    auth_every_second(d->auth);
    admission_every_second(d->admission);
    health_every_second(d->health);
}

static struct session *
on_open(void *ctx, struct ws *ws, const struct ws_request *request)
{
    struct daemon *d = ctx;

    return request->route.kind == ROUTE_CHAT ? chat_open(&d->chat, ws, request)
                                             : poller_open(d->poller, ws, request);
}

/* A second signal says that its sender does not want to wait. */
static void
on_stop_signal(void *arg)
{
    struct daemon *d = arg;

    if (drain_has_begun(d->drain)) {
        drain_begin(d->drain, 0);
        return;
    }
    log_info("stopping clients=%zu", sessions_count(d->sessions));
    d->env.metrics->ready = 0;
    service_notify_stopping(d->env.config->push.drain_s * 1000 + DAEMON_STOP_MS);
    admission_close(d->admission);
    ws_server_stop_listening(d->server);
    drain_begin(d->drain, d->env.config->push.drain_s * 1000);
}

/* ---- life ---- */

static bool
create_parts(struct daemon *d)
{
    const struct env *env = &d->env;
    struct str node_id = str_of(d->node_id);
    struct commands *commands;

    d->link = link_create(env, node_id);
    if (d->link == NULL) {
        return false;
    }
    commands = link_commands(d->link);
    d->admission = admission_create(env, fd_limit_connections(env->config, fd_limit_raise()));
    d->sessions = sessions_create(env, d->admission);
    d->auth = auth_create(env, commands, d->sessions);
    d->flusher = flusher_create(env);
    d->marks = marks_create(commands, node_id);
    d->hub = hub_create(env, link_subscriber(d->link), d->flusher, d->marks);
    d->appender = append_create(env, commands, node_id, d->hub);
    d->presence = presence_create(env, commands, node_id, &(struct presence_hooks){NULL, NULL});
    d->chat = (struct chat){env, d->sessions, d->auth, d->hub, d->appender, d->presence};
    d->poller = poller_create(env, commands, d->sessions, d->auth);
    d->drain = drain_create(
        env, d->sessions, d->flusher,
        &(struct drain_hooks){d->appender, append_open_count, d->presence, presence_stop});
    return true;
}

static bool
start_server(struct daemon *d)
{
    const struct ws_handlers handlers = {
        .admission = d->admission,
        .on_request = admission_check,
        .ctx = d,
        .on_open = on_open,
        .on_frame = sessions_on_frame,
        .on_piece = receive_piece,
        .on_violation = session_close,
        .on_writable = session_on_writable,
        .on_leaving = session_on_leaving,
        .on_closed = session_on_closed,
    };

    d->server = ws_server_create(&d->env, &handlers);
    return d->server != NULL;
}

static void
start_link(struct daemon *d)
{
    const struct link_events events = {
        .failover = {d->appender, append_hold, append_is_settled},
        .appender = d->appender,
        .on_ready = append_on_ready,
        .on_down = append_on_down,
        .hub = d->hub,
        .on_commands = hub_on_commands,
        .retry = hub_retry,
        .on_message = hub_on_message,
        .on_subscribed = hub_on_subscribed,
        .on_subscription_down = hub_on_subscription_down,
        .presence = d->presence,
        .on_reports = presence_on_ready,
        .marks = d->marks,
        .on_mark = marks_on_mark,
        .auth = d->auth,
        .on_event = auth_on_event,
    };

    link_start(d->link, &events);
}

struct daemon *
daemon_create(const struct daemon_start *start)
{
    struct daemon *d = mem_zalloc(sizeof(*d));
    struct loop *loop = loop_create();

    d->reload = (struct reload){start->config, start->file};
    d->env = (struct env){.loop = loop,
                          .config = start->config,
                          .metrics = metrics_claim(start->slots, start->workers),
                          .reaper = &d->reaper,
                          .redis_clock = &d->redis_clock,
                          .workers = start->workers};
    token_make(d->node_id);
    loop_on_signal(loop, SIGTERM, on_stop_signal, d);
    loop_on_signal(loop, SIGINT, on_stop_signal, d);
    loop_on_signal(loop, SIGHUP, reload_on_signal, &d->reload);
    d->health = health_create(&d->env, start->slots, start->workers);
    if (d->health == NULL || !create_parts(d) || !start_server(d)) {
        daemon_destroy(d);
        return NULL;
    }
    d->lag = loop_lag_start(&d->env);
    d->second = loop_timer_create(loop, every_second, d);
    loop_timer_start(d->second, 1000, 1000);
    loop_on_turn_end(loop, turn_end, d);
    start_link(d);
    return d;
}

void
daemon_run(struct daemon *d)
{
    service_notify("READY=1"); /* it listens; Redis may come later */
    loop_run(d->env.loop);
    log_info("stopped");
}

/* In the reverse order of their making; the loop, last, turns until all is closed. */
void
daemon_destroy(struct daemon *d)
{
    if (d == NULL) {
        return;
    }
    loop_lag_stop(d->lag);
    loop_timer_destroy(d->second);
    health_destroy(d->health);
    ws_server_destroy(d->server);
    drain_destroy(d->drain);
    poller_destroy(d->poller);
    presence_destroy(d->presence);
    append_destroy(d->appender);
    hub_destroy(d->hub);
    marks_destroy(d->marks);
    flusher_destroy(d->flusher);
    auth_destroy(d->auth);
    sessions_destroy(d->sessions);
    admission_destroy(d->admission);
    link_destroy(d->link);
    reaper_run(&d->reaper);
    loop_destroy(d->env.loop);
    free(d);
}
