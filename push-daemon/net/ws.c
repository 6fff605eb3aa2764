/* ws.c - the WebSocket server, on libwebsockets (library.c starts it, upgrade.c reads requests).
 *
 * Frames come ready-made and go out raw and at once: one send() for all that a client is to get.
 * That is safe on the loop's thread as long as libwebsockets keeps nothing back for the connection,
 * so it is asked first. Its own timers, extensions and writing of frames are not used (its timers
 * are a sorted list; a frame of its own written behind a kept piece would break the stream; and on
 * libuv it kills a connection that it was just told to close before its close frame is out). */
#include "push-daemon/net/ws.h"

#include <errno.h>
#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/fd_limit.h"
#include "push-daemon/net/accept.h"
#include "push-daemon/net/library.h"
#include "push-daemon/net/listen.h"
#include "push-daemon/net/pending.h"
#include "push-daemon/net/tcp_progress.h"
#include "push-daemon/net/upgrade.h"
#include "push-daemon/net/http_error.h"

enum {
    RX_BYTES = 640, /* what one turn reads of a connection, which has a buffer of that size */
    TX_BYTES = WS_WRITE_BYTES /* most of one send() */
};

struct ws_server {
    const struct env *env;
    struct ws_handlers handlers;
    struct library library;
    struct acceptor *acceptor;
    struct pending *pending;
    size_t sockets; /* those that only shake hands included */
    size_t max_sockets;
};

/* What libwebsockets keeps for each connection. */
struct connection {
    struct session *session;
};

static struct ws_server *
ws_server_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

/* ---- handshake ---- */

/* Returns the status that refuses the request; 0: none. */
static int
ws_judge_request(struct lws *wsi)
{
    struct ws_server *server = ws_server_of(wsi);
    struct upgrade_text text;
    struct ws_request request;
    int status = upgrade_check(wsi);

    if (status == 0) {
        status = upgrade_read(wsi, server->env->config->push.trusted_proxies, &text, &request);
    }
    return status == 0 ? server->handlers.on_request(server->handlers.admission, &request) : status;
}

static int
ws_on_upgrade(struct lws *wsi)
{
    int status = ws_judge_request(wsi);

    return status == 0 ? 0 : upgrade_refuse(wsi, status);
}

/* It waits for its handshake no longer. */
static void
ws_end_pending(struct lws *wsi)
{
    pending_remove(ws_server_of(wsi)->pending, lws_get_opaque_user_data(wsi));
    lws_set_opaque_user_data(wsi, NULL);
}

static int
ws_on_established(struct lws *wsi, struct connection *connection)
{
    struct ws_server *server = ws_server_of(wsi);
    struct upgrade_text text;
    struct ws_request request;

    ws_end_pending(wsi);
    if (upgrade_read(wsi, server->env->config->push.trusted_proxies, &text, &request) != 0) {
        return -1;
    }
    connection->session =
        server->handlers.on_open(server->handlers.ctx, (struct ws *)wsi, &request);
    return 0;
}

/* ---- a connection ---- */

static void
ws_on_receive(struct lws *wsi, struct session *session, const void *bytes, size_t length)
{
    struct ws_server *server = ws_server_of(wsi);
    struct ws_piece piece = {
        .bytes = str_make(bytes, length),
        .first = lws_is_first_fragment(wsi) != 0,
        .last = lws_is_final_fragment(wsi) != 0 && lws_remaining_packet_payload(wsi) == 0,
        .binary = lws_frame_is_binary(wsi) != 0,
    };

    server->handlers.on_alive(session);
    server->handlers.on_piece(session, &piece);
}

/* Events of a connection that has a session. Returns what the callback is to return. */
static int
ws_on_session_event(struct lws *wsi, struct connection *connection,
                    enum lws_callback_reasons reason, void *in, size_t length)
{
    const struct ws_handlers *handlers = &ws_server_of(wsi)->handlers;
    struct session *session = connection->session;

    switch (reason) {
    case LWS_CALLBACK_RECEIVE:
        ws_on_receive(wsi, session, in, length);
        return 0;
    case LWS_CALLBACK_RECEIVE_PONG:
        handlers->on_alive(session);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        handlers->on_writable(session);
        return 0;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        return handlers->on_leaving(session) ? -1 : 0;
    case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL: /* the end comes by more than one way */
    case LWS_CALLBACK_CLOSED:
        connection->session = NULL;
        handlers->on_closed(session);
        return 0;
    default:
        return 0;
    }
}

static int
ws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
    struct connection *connection = user;

    switch (reason) {
    case LWS_CALLBACK_WSI_CREATE:
        ws_server_of(wsi)->sockets++;
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        ws_server_of(wsi)->sockets--;
        ws_end_pending(wsi);
        return 0;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return ws_on_upgrade(wsi);
    case LWS_CALLBACK_HTTP: /* a request without Upgrade */
        return upgrade_refuse(wsi, upgrade_status_without(wsi));
    case LWS_CALLBACK_RAW_ADOPT: /* CONNECT: it would be held for good */
        return upgrade_refuse(wsi, 405);
    case LWS_CALLBACK_ESTABLISHED:
        return ws_on_established(wsi, connection);
    default:
        return connection != NULL && connection->session != NULL
                   ? ws_on_session_event(wsi, connection, reason, in, length)
                   : 0;
    }
}

static struct lws *
ws_wsi(struct ws *ws)
{
    return (struct lws *)ws;
}

size_t
ws_write(struct ws *ws, struct str bytes)
{
    struct lws *wsi = ws_wsi(ws);
    ssize_t sent;

    if (lws_partial_buffered(wsi)) {
        return 0;
    }
    /* The shortest way. If the socket is broken the loop reports it, so an error is no news. */
    sent = send(lws_get_socket_fd(wsi), bytes.p, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
        return errno == EAGAIN ? 0 : bytes.len;
    }
    return (size_t)sent;
}

/* The library keeps raw bytes as they are. */
void
ws_keep(struct ws *ws, struct str bytes)
{
    (void)lws_write(ws_wsi(ws), (unsigned char *)(uintptr_t)bytes.p, bytes.len, LWS_WRITE_RAW);
}

bool
ws_ping(struct ws *ws)
{
    /* FIN, opcode 9, one byte: libwebsockets does not report a pong that is empty. */
    static const struct str ping = {"\x89\x01.", 3};
    size_t taken = ws_write(ws, ping);

    if (taken > 0 && taken < ping.len) {
        ws_keep(ws, str_make(ping.p + taken, ping.len - taken));
    }
    return taken > 0;
}

void
ws_want_writable(struct ws *ws)
{
    lws_callback_on_writable(ws_wsi(ws));
}

struct ws_progress
ws_progress(struct ws *ws)
{
    struct lws *wsi = ws_wsi(ws);
    struct tcp_progress tcp = tcp_progress_of(lws_get_socket_fd(wsi));

    return (struct ws_progress){tcp.waits || lws_partial_buffered(wsi), tcp.acked};
}

void
ws_pause(struct ws *ws, bool paused)
{
    lws_rx_flow_control(ws_wsi(ws), paused ? 0 : 1);
}

void
ws_kill(struct ws *ws)
{
    shutdown(lws_get_socket_fd(ws_wsi(ws)), SHUT_RDWR);
}

/* ---- the server ---- */

static const struct lws_protocols protocols[] = {
    {"", ws_callback, sizeof(struct connection), RX_BYTES, 0, NULL, TX_BYTES},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

static void
ws_on_accept(void *arg, int fd)
{
    struct ws_server *server = arg;
    struct lws *wsi;

    if (server->sockets >= server->max_sockets && !pending_cut_oldest(server->pending)) {
        http_error_send(503, fd); /* before anything is read of it */
        return;
    }
    wsi = lws_adopt_socket_vhost(server->library.vhost, fd); /* closes it if that fails */
    if (wsi != NULL) {
        lws_set_opaque_user_data(wsi, pending_add(server->pending, fd));
    }
}

static bool
ws_listen(struct ws_server *server)
{
    const struct config *config = server->env->config;
    int fd = listen_open(config->push.listen, server->env->workers > 1);

    if (fd < 0) {
        return false;
    }
    server->acceptor = accept_start(server->env->loop, fd, ws_on_accept, server);
    if (!library_open(&server->library, server->env->loop, protocols, server)) {
        return false;
    }
    log_info("listening address=%s connections-max=%zu", config->push.listen,
             fd_limit_connections(config, server->max_sockets));
    return true;
}

struct ws_server *
ws_server_create(const struct env *env, const struct ws_handlers *handlers)
{
    struct ws_server *server = mem_zalloc(sizeof(*server));

    server->env = env;
    server->handlers = *handlers;
    server->pending = pending_create(env);
    server->max_sockets = fd_limit_raise();
    if (!ws_listen(server)) {
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
    library_close(&server->library, server->env->loop);
    pending_destroy(server->pending);
    free(server);
}
