/* daemon.c - one push daemon: what it does in each turn and each second, and its end. */
#include "push-daemon/daemon.h"

#include <signal.h>
#include <stdlib.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/process/reload.h"
#include "lib/process/service.h"
#include "lib/token.h"
#include "push-daemon/append/append.h"
#include "push-daemon/chat/chat.h"
#include "push-daemon/client/admission.h"
#include "push-daemon/client/auth.h"
#include "push-daemon/client/identity.h"
#include "push-daemon/client/sessions.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/loop_lag.h"
#include "push-daemon/core/reaper.h"
#include "push-daemon/core/redis_clock.h"
#include "push-daemon/net/server.h"
#include "push-daemon/nodes/nodes.h"
#include "push-daemon/ops/drain.h"
#include "push-daemon/ops/health.h"
#include "push-daemon/parts.h"
#include "push-daemon/room/flusher.h"
#include "push-daemon/hub/hub.h"
#include "push-daemon/words/words.h"

struct daemon {
    struct reload reload;
    char daemon_id[TOKEN_CHARS + 1]; /* distinguishes this daemon from all others at this Redis */
    struct env env;
    struct reaper reaper;
    struct redis_clock redis_clock;
    struct parts parts;
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

    chat_resolve(d->parts.chat); /* an ack does not wait for a thousand deliveries */
    flusher_run(d->parts.flusher);
    sessions_bound_frames(d->parts.sessions);
    hub_remove_empty(d->parts.hub);
    nodes_failover_step(d->parts.nodes);
    reaper_run(&d->reaper);
    nodes_flush(d->parts.nodes);
}

static void
every_second(void *arg)
{
    struct daemon *d = arg;

    service_notify_alive();
    nodes_every_second(d->parts.nodes);
    d->env.metrics->ready = !drain_has_begun(d->parts.drain) && nodes_are_ready(d->parts.nodes) &&
                            words_are_known(d->parts.words);
    sessions_every_second(d->parts.sessions);
    auth_every_second(d->parts.auth);
    admission_every_second(d->parts.admission);
    health_every_second(d->health);
}

/* A second signal says that its sender does not want to wait. */
static void
on_stop_signal(void *arg)
{
    struct daemon *d = arg;

    if (drain_has_begun(d->parts.drain)) {
        drain_begin(d->parts.drain, 0);
        return;
    }
    log_info("stopping clients=%zu", sessions_count(d->parts.sessions));
    d->env.metrics->ready = 0;
    service_notify_stopping(d->env.config->push.drain_s * 1000 + DAEMON_STOP_MS);
    admission_close(d->parts.admission);
    ws_server_stop_listening(d->parts.server);
    drain_begin(d->parts.drain, d->env.config->push.drain_s * 1000);
}

static void
on_reload_signal(void *arg)
{
    struct daemon *d = arg;

    reload_on_signal(&d->reload);
    identity_reload(d->parts.identity);
    words_reload(d->parts.words);
}

/* ---- life ---- */

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
    token_make(d->daemon_id);
    loop_on_signal(loop, SIGTERM, on_stop_signal, d);
    loop_on_signal(loop, SIGINT, on_stop_signal, d);
    loop_on_signal(loop, SIGHUP, on_reload_signal, d);
    d->health = health_create(&d->env, start->slots, start->workers);
    if (d->health == NULL || !parts_create(&d->parts, &d->env, str_of(d->daemon_id))) {
        daemon_destroy(d);
        return NULL;
    }
    d->lag = loop_lag_start(&d->env);
    d->second = loop_timer_create(loop, every_second, d);
    loop_timer_start(d->second, 1000, 1000);
    loop_on_turn_end(loop, turn_end, d);
    parts_start(&d->parts);
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
    parts_destroy(&d->parts);
    reaper_run(&d->reaper);
    loop_destroy(d->env.loop);
    free(d);
}
