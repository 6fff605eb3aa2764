/* server.c - the WebSocket server: it accepts connections, and ends them. */
#include "push-daemon/net/server.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/fd_limit.h"
#include "push-daemon/net/accept.h"
#include "push-daemon/net/connection.h"
#include "push-daemon/net/event_stream.h"
#include "push-daemon/net/http_error.h"
#include "push-daemon/net/listen.h"
#include "push-daemon/net/opening.h"
#include "push-daemon/net/pending.h"
#include "push-daemon/net/ws.h"

static void
server_end_waiting(struct ws *ws)
{
    if (ws->wants_turn) {
        ws->wants_turn = false;
        DL_DELETE2(ws->server->waiting, ws, turn_prev, turn_next);
    }
}

static void
server_end(struct ws *ws)
{
    struct ws_server *server = ws->server;

    if (ws->session != NULL) {
        server->handlers.on_closed(ws->session);
    }
    opening_end(ws);
    loop_watch_destroy(ws->watch);
    close(ws->fd);
    DL_DELETE(server->all, ws);
    server_end_waiting(ws);
    server->sockets--;
    decoder_fini(&ws->decoder);
    event_stream_close(ws);
    text_fini(&ws->in);
    text_fini(&ws->out);
    text_fini(&ws->pong);
    free(ws);
}

static void
server_on_ready(void *arg, bool readable, bool writable)
{
    struct ws *ws = arg;
    bool goes_on =
        ws->opening != NULL ? opening_on_readable(ws) : ws_on_ready(ws, readable, writable);

    if (!goes_on) {
        server_end(ws);
    }
}

static void
server_on_accept(void *arg, int fd)
{
    struct ws_server *server = arg;
    struct ws *ws;

    if (server->sockets >= server->max_sockets && !pending_cut_oldest(server->pending)) {
        metrics_count_refusal(server->env->metrics, 503);
        http_error_send((struct refusal){503, "all connections are taken"}, fd);
        return;
    }
    ws = mem_zalloc(sizeof(*ws));
    ws->server = server;
    ws->fd = fd;
    ws->watch = loop_watch_create(server->env->loop, fd, server_on_ready, ws);
    DL_PREPEND(server->all, ws);
    server->sockets++;
    opening_begin(ws);
    ws_watch(ws);
}

static bool
server_listen(struct ws_server *server)
{
    const struct config *config = server->env->config;
    int fd = listen_open(config->push.listen, server->env->workers > 1);

    if (fd < 0) {
        return false;
    }
    server->acceptor = accept_start(server->env->loop, fd, server_on_accept, server);
    log_info("listening address=%s connections-max=%zu", config->push.listen,
             fd_limit_connections(config, server->max_sockets));
    return true;
}

/* ---- turns ---- */

static void
server_on_turns(void *arg)
{
    struct ws_server *server = arg;

    for (int i = 0; i < WS_TURNS && server->waiting != NULL; i++) {
        struct ws *ws = server->waiting;

        server_end_waiting(ws);
        ws_want_writable(ws);
    }
    if (server->waiting != NULL) {
        loop_timer_start(server->turns, WS_TURN_MS, 0);
    }
}

void
ws_want_turn(struct ws *ws)
{
    struct ws_server *server = ws->server;

    if (ws->wants_turn) {
        return;
    }
    if (server->waiting == NULL) {
        loop_timer_start(server->turns, WS_TURN_MS, 0);
    }
    ws->wants_turn = true;
    DL_APPEND2(server->waiting, ws, turn_prev, turn_next);
}

/* ---- all of it ---- */

static void
server_every_second(void *arg)
{
    struct ws_server *server = arg;

    pending_every_second(server->pending);
    if (++server->seconds % 60 == 0) {
        memset(&server->refused, 0, sizeof(server->refused));
    }
}

struct ws_server *
ws_server_create(const struct env *env, const struct ws_handlers *handlers)
{
    struct ws_server *server = mem_zalloc(sizeof(*server));

    server->env = env;
    server->handlers = *handlers;
    server->pending = pending_create(env);
    server->max_sockets = fd_limit_raise();
    server->second = loop_timer_create(env->loop, server_every_second, server);
    loop_timer_start(server->second, 1000, 1000);
    server->turns = loop_timer_create(env->loop, server_on_turns, server);
    if (!server_listen(server)) {
        ws_server_destroy(server);
        return NULL;
    }
    return server;
}

void
ws_server_stop_listening(struct ws_server *server)
{
    accept_stop(server->acceptor);
    server->acceptor = NULL;
}

void
ws_server_destroy(struct ws_server *server)
{
    if (server == NULL) {
        return;
    }
    accept_stop(server->acceptor);
    loop_timer_destroy(server->second);
    while (server->all != NULL) {
        server_end(server->all);
    }
    loop_timer_destroy(server->turns);
    pending_destroy(server->pending);
    free(server);
}
