/* ws.c - the WebSocket server; the only file that knows libwebsockets.
 *
 * Frames come ready-made and go out raw and at once: one send() for all that a client is to get. That
 * is safe on the loop's thread as long as libwebsockets keeps nothing back for the connection, so it is
 * asked first. Its own timers, extensions and writing of frames are not used (its timers are a sorted
 * list; a frame of its own written behind a kept piece would break the stream; and on libuv it kills a
 * connection that it was just told to close before its close frame is out). */
#include "push-daemon/net/ws.h"

#include <errno.h>
#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/net/accept.h"
#include "push-daemon/net/handshake.h"
#include "push-daemon/core/fd_limit.h"
#include "push-daemon/core/loop.h"
#include "push-daemon/net/client_addr.h"
#include "push-daemon/net/listen.h"
#include "push-daemon/net/http_error.h"
#include "push-daemon/workers.h"

enum {
    PATH_MAX_BYTES = 4096,
    HANDSHAKE_SECONDS = 5,
    HANDSHAKES_AT_ONCE = 1024,
    HANDSHAKE_BYTES = 8192, /* of headers */
    RX_BYTES = 640,  /* what one turn reads of a connection, which has a buffer of that size */
    TX_BYTES = 65536 /* most of one send() */
};

struct ws_server {
    struct loop *loop;
    struct ws_handlers handlers;
    void *ctx;
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct acceptor *acceptor;
    size_t sockets; /* those that only shake hands included */
    size_t max_sockets;
    const struct config *config;
};

/* What libwebsockets keeps for each connection. */
struct per_session {
    void *client;
};

static struct lws *
wsi_of(struct ws *ws)
{
    return (struct lws *)ws;
}

/* ---- handshake ---- */

/* Answers and hangs up; its result is the callback's. (An answer of libwebsockets is HTTP/1.0, and it knows no 426.) */
static int
refuse(struct lws *wsi, int status)
{
    unsigned char reply[LWS_PRE + HTTP_ERROR_BYTES];
    size_t length = http_error_write(status, (char *)reply + LWS_PRE);

    log_debug("refused status=%d", status);
    (void)lws_write(wsi, reply + LWS_PRE, length, LWS_WRITE_HTTP_HEADERS);
    return -1;
}

static struct ws_server *
server_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

/* Where a visitor's strings lie. */
struct asked {
    char path[PATH_MAX_BYTES];
    char other[HANDSHAKE_BYTES];
};

/* Returns as route_parse(). */
static int
read_path(struct lws *wsi, struct asked *asked, struct route *route)
{
    int length = lws_hdr_copy(wsi, asked->path, PATH_MAX_BYTES, WSI_TOKEN_GET_URI);

    if (length <= 0) {
        return lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) > 0 ? 400 : 405;
    }
    return route_parse(route, str_make(asked->path, (size_t)length));
}

static struct str
read_header(struct lws *wsi, struct asked *asked, enum lws_token_indexes which)
{
    int length = lws_hdr_copy(wsi, asked->other, HANDSHAKE_BYTES, which);

    return str_make(asked->other, length > 0 ? (size_t)length : 0);
}

/* The visitor lives as long as asked, which it lies in. Returns as route_parse(). */
static int
read_visitor(struct lws *wsi, struct asked *asked, struct ws_request *v)
{
    int status = read_path(wsi, asked, &v->route);

    if (status == 0) {
        client_addr_find(v, lws_get_socket_fd(wsi),
                         read_header(wsi, asked, WSI_TOKEN_X_FORWARDED_FOR),
                         server_of(wsi)->config->push.trusted_proxies);
        v->origin = read_header(wsi, asked, WSI_TOKEN_ORIGIN);
    }
    return status;
}

/* A request with Upgrade. Returns 0 to go on, else what refuse() returned. */
static int
on_upgrade(struct lws *wsi)
{
    static const enum lws_token_indexes tokens[HANDSHAKE_HEADER__MAX] = {
        WSI_TOKEN_HOST,    WSI_TOKEN_UPGRADE, WSI_TOKEN_CONNECTION,
        WSI_TOKEN_VERSION, WSI_TOKEN_KEY,     WSI_TOKEN_PROTOCOL};
    struct asked asked;
    struct ws_request v;
    int status = 0;

    for (int i = 0; status == 0 && i < HANDSHAKE_HEADER__MAX; i++) {
        status = handshake_check((enum handshake_header)i, read_header(wsi, &asked, tokens[i]));
    }
    status = status == 0 ? read_visitor(wsi, &asked, &v) : status;
    status = status == 0 ? server_of(wsi)->handlers.on_asked(server_of(wsi)->ctx, &v) : status;
    return status == 0 ? 0 : refuse(wsi, status);
}

/* A request without it: 426 where a WebSocket could be had. */
static int
on_plain_http(struct lws *wsi)
{
    struct asked asked;
    struct route route;
    int status = read_path(wsi, &asked, &route);

    return refuse(wsi, status == 0 ? 426 : status);
}

static int
on_established(struct lws *wsi, struct per_session *session)
{
    struct ws_server *server = server_of(wsi);
    struct asked asked;
    struct ws_request v;

    if (read_visitor(wsi, &asked, &v) != 0) {
        return -1;
    }
    session->client = server->handlers.on_open(server->ctx, (struct ws *)wsi, &v);
    return 0;
}

/* ---- a connection ---- */

static void
on_receive(struct lws *wsi, void *client, const void *bytes, size_t length)
{
    struct ws_server *server = server_of(wsi);
    struct ws_piece piece = {
        .bytes = str_make(bytes, length),
        .first = lws_is_first_fragment(wsi) != 0,
        .last = lws_is_final_fragment(wsi) != 0 && lws_remaining_packet_payload(wsi) == 0,
        .binary = lws_frame_is_binary(wsi) != 0,
    };

    server->handlers.on_alive(client);
    server->handlers.on_piece(client, &piece);
}

static void /* idempotent: it comes by more than one way */
on_gone(struct lws *wsi, struct per_session *session)
{
    void *client = session != NULL ? session->client : NULL;

    if (client != NULL) {
        session->client = NULL;
        server_of(wsi)->handlers.on_closed(client);
    }
}

static int
callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
    struct per_session *session = user;
    void *client = session != NULL ? session->client : NULL;

    switch (reason) {
    case LWS_CALLBACK_WSI_CREATE:
        server_of(wsi)->sockets++;
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        server_of(wsi)->sockets--;
        return 0;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return on_upgrade(wsi);
    case LWS_CALLBACK_HTTP:
        return on_plain_http(wsi);
    case LWS_CALLBACK_RAW_ADOPT: /* CONNECT: would be held for good */
        return refuse(wsi, 405);
    case LWS_CALLBACK_ESTABLISHED:
        return on_established(wsi, session);
    case LWS_CALLBACK_RECEIVE:
        if (client != NULL) {
            on_receive(wsi, client, in, length);
        }
        return 0;
    case LWS_CALLBACK_RECEIVE_PONG:
        if (client != NULL) {
            server_of(wsi)->handlers.on_alive(client);
        }
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        if (client != NULL) {
            server_of(wsi)->handlers.on_writable(client);
        }
        return 0;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        return client != NULL && server_of(wsi)->handlers.on_leaving(client) ? -1 : 0;
    case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
    case LWS_CALLBACK_CLOSED:
        on_gone(wsi, session);
        return 0;
    default:
        return 0;
    }
}

bool
ws_write(struct ws *ws, struct str frames)
{
    struct lws *wsi = wsi_of(ws);
    ssize_t sent;

    if (lws_partial_buffered(wsi)) {
        return false;
    }
    /* By the shortest way. A socket that broke is reported by the loop, so that says nothing new. */
    sent = send(lws_get_socket_fd(wsi), frames.p, frames.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent == (ssize_t)frames.len || (sent < 0 && errno != EAGAIN)) {
        return true;
    }
    /* The rest is the library's, so that its pongs do not fall into the middle of a frame. Raw bytes it does not change. */
    sent = sent > 0 ? sent : 0;
    (void)lws_write(wsi, (unsigned char *)(uintptr_t)frames.p + sent, frames.len - (size_t)sent,
                    LWS_WRITE_RAW);
    return true;
}

bool
ws_ping(struct ws *ws)
{
    /* FIN, opcode 9, one byte: libwebsockets does not report a pong that is empty. */
    static const struct str ping = {"\x89\x01.", 3};

    return ws_write(ws, ping);
}

void
ws_want_writable(struct ws *ws)
{
    lws_callback_on_writable(wsi_of(ws));
}

void
ws_pause(struct ws *ws, bool paused)
{
    lws_rx_flow_control(wsi_of(ws), paused ? 0 : 1);
}

void
ws_kill(struct ws *ws)
{
    shutdown(lws_get_socket_fd(wsi_of(ws)), SHUT_RDWR);
}

/* ---- the server ---- */

static const struct lws_protocols protocols[] = {
    {"", callback, sizeof(struct per_session), RX_BYTES, 0, NULL, TX_BYTES},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

static void
on_library_log(int level, const char *line)
{
    log_line(level == LLL_ERR ? LOG_WARN : LOG_DEBUG, "libwebsockets says=%s",
             log_quote(str_make(line, strcspn(line, "\n"))).text);
}

static bool
open_library(struct ws_server *server)
{
    static const lws_retry_bo_t no_timers; /* no pings of its own: they cost a sorted list */
    void *loops[1] = {loop_native(server->loop)};
    struct lws_context_creation_info info = {0};

    info.port = CONTEXT_PORT_NO_LISTEN; /* it would share a port with nobody, and give no account */
    info.protocols = protocols;
    info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    info.foreign_loops = loops;
    info.retry_and_idle_policy = &no_timers;
    info.timeout_secs = info.timeout_secs_ah_idle = HANDSHAKE_SECONDS;
    info.max_http_header_pool = HANDSHAKES_AT_ONCE;
    info.max_http_header_data = HANDSHAKE_BYTES;
    info.pt_serv_buf_size = 4096;
    info.user = server;
    info.gid = (gid_t)-1;
    info.uid = (uid_t)-1;
    server->context = lws_create_context(&info);
    server->vhost = server->context != NULL ? lws_create_vhost(server->context, &info) : NULL;
    if (server->vhost == NULL) {
        log_error("listen reason=\"libwebsockets cannot start; is its libuv plugin there "
                  "(libwebsockets-evlib-uv)?\"");
    }
    return server->vhost != NULL;
}

static void
on_accept(void *arg, int fd)
{
    struct ws_server *server = arg;

    if (server->sockets >= server->max_sockets) {
        http_error_send(503, fd); /* before anything is read of it */
    } else {
        (void)lws_adopt_socket_vhost(server->vhost, fd); /* closes it where it fails */
    }
}

static bool
listen_on(struct ws_server *server, const struct config *config)
{
    int fd = listen_open(config->push.listen, workers_wanted(config) > 1);

    if (fd < 0) {
        return false;
    }
    server->acceptor = accept_start(server->loop, fd, on_accept, server);
    if (!open_library(server)) {
        return false;
    }
    log_info("listening address=%s connections-max=%zu", config->push.listen,
             fd_limit_connections(config, server->max_sockets));
    return true;
}

struct ws_server *
ws_server_create(struct loop *loop, const struct config *config, const struct ws_handlers *handlers,
                 void *ctx)
{
    struct ws_server *server = mem_zalloc(sizeof(*server));

    server->loop = loop;
    server->handlers = *handlers;
    server->ctx = ctx;
    server->max_sockets = fd_limit_raise();
    server->config = config;
    lws_set_log_level(LLL_ERR | LLL_WARN, on_library_log);
    if (!listen_on(server, config)) {
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
    if (server->context != NULL) {
        /* On a loop that is not its own it takes two calls; between them its handles close, each a
         * turn after the one before, and after the second its code is no longer there. */
        lws_context_destroy(server->context);
        for (int i = 0; i < 8; i++) {
            loop_turn(server->loop);
        }
        lws_context_destroy(server->context);
    }
    free(server);
}
