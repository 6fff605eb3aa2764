/* opening.c - the opening handshake of a connection. */
#include "push-daemon/net/opening.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "lib/hash.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/core/env.h"
#include "push-daemon/net/client_addr.h"
#include "push-daemon/net/connection.h"
#include "push-daemon/net/event_stream.h"
#include "push-daemon/net/handshake.h"
#include "push-daemon/net/http_error.h"
#include "push-daemon/net/pending.h"

#define PROTOCOL_V2 "fastim.v2"

struct opening {
    struct pending_fd *pending;
    struct http_head head;
    struct text bytes; /* of the head, if it did not come in one piece */
    bool is_refused;   /* what comes in is not looked at: the answer must reach the client */
};

/* What a request is read into. */
struct opening_room {
    char route[ROUTE_BYTES];
    char forwarded[HTTP_HEAD_MAX];
    char origin[HTTP_HEAD_MAX];
    char token[HTTP_HEAD_MAX];
    char event_id[HTTP_HEAD_MAX];
    char other[HTTP_HEAD_MAX];
};

void
opening_begin(struct ws *ws)
{
    ws->opening = mem_zalloc(sizeof(*ws->opening));
    text_init(&ws->opening->bytes);
    ws->opening->pending = pending_add(ws->server->pending, ws->fd);
}

void
opening_end(struct ws *ws)
{
    if (ws->opening != NULL) {
        pending_remove(ws->server->pending, ws->opening->pending);
        text_fini(&ws->opening->bytes);
        free(ws->opening);
        ws->opening = NULL;
    }
}

/* ---- refusals ---- */

/* Each cause and address once a minute. */
static void
opening_log_refusal(struct ws *ws, struct refusal refusal, const struct address *client)
{
    struct str target = ws->opening->head.target;
    uint64_t print =
        hash_bytes(str_of(address_text(client).text)) * 31 + hash_bytes(str_of(refusal.why));

    if (log_once_first(&ws->server->refused, print)) {
        log_info("refused status=%d reason=\"%s\" client=%s path=%s", refusal.status, refusal.why,
                 address_text(client).text, log_quote(target).text);
    }
}

/* It was answered. The connection stays until the client has hung up or its time is over: a socket
 * that is closed with something unread is reset, and the answer may be lost. */
static bool
opening_hang_up(struct ws *ws)
{
    ws->opening->is_refused = true;
    pending_note_refused(ws->opening->pending);
    return shutdown(ws->fd, SHUT_WR) == 0;
}

static bool
opening_refuse(struct ws *ws, struct refusal refusal, const struct address *client)
{
    metrics_count_refusal(ws->server->env->metrics, refusal.status);
    opening_log_refusal(ws, refusal, client);
    if (ws->stream != NULL) {
        event_stream_refuse_request(ws, refusal);
    } else if (!http_error_write(refusal, ws->fd)) {
        return false;
    }
    return opening_hang_up(ws);
}

/* ---- the request ---- */

/* Where the client stood: EventSource says so when it comes back, as its address stays the same. */
static struct refusal
opening_read_stream(const struct http_head *head, struct opening_room *room,
                    struct ws_request *request)
{
    struct str last = http_head_get(head, "Last-Event-ID", room->event_id);

    if (last.len > 0) {
        request->route.resume = last;
    }
    request->token = http_head_get(head, "token", room->token);
    request->is_v2 = true;
    return handshake_check_stream(head, room->other);
}

static struct refusal
opening_read_handshake(const struct http_head *head, struct opening_room *room,
                       struct ws_request *request)
{
    request->is_v2 = handshake_offers(head, PROTOCOL_V2, room->other);
    return handshake_check(head, room->other);
}

static struct refusal
opening_judge(struct ws *ws, struct opening_room *room, struct ws_request *request)
{
    const struct ws_handlers *handlers = &ws->server->handlers;
    const struct http_head *head = &ws->opening->head;
    struct refusal refusal = {405, "the method is not GET"};

    client_addr_find(request, ws->fd, http_head_get(head, "X-Forwarded-For", room->forwarded),
                     ws->server->env->config->push.trusted_proxies);
    request->origin = http_head_get(head, "Origin", room->origin);
    if (!str_is(head->method, "GET")) {
        return refusal;
    }
    refusal = route_parse(&request->route, head->target, room->route);
    if (refusal.status == 0) {
        refusal = request->route.kind == ROUTE_EVENTS ? opening_read_stream(head, room, request)
                                                      : opening_read_handshake(head, room, request);
    }
    if (refusal.status != 0) {
        return refusal;
    }
    refusal.status = handlers->on_request(handlers->admission, request);
    refusal.why = http_error_reason(refusal.status);
    return refusal;
}

/* A browser asks whether a page of another origin may send its request. */
static bool
opening_is_preflight(const struct http_head *head, struct opening_room *room)
{
    struct route route;

    return str_is(head->method, "OPTIONS") &&
           route_parse(&route, head->target, room->route).status == 0 && route.kind == ROUTE_EVENTS;
}

static bool
opening_answer_preflight(struct ws *ws, struct opening_room *room)
{
    const struct http_head *head = &ws->opening->head;

    event_stream_allow(ws, http_head_get(head, "Origin", room->origin),
                       http_head_get(head, "Access-Control-Request-Headers", room->other));
    return opening_hang_up(ws);
}

/* An event stream is answered when it is known whether the client may come in. False: the socket is
 * broken. */
static bool
opening_accept(struct ws *ws, struct opening_room *room, const struct ws_request *request)
{
    const struct http_head *head = &ws->opening->head;

    if (ws->stream != NULL) {
        ws->take = event_stream_take;
        return true;
    }
    ws->take = ws_take_frames;
    return handshake_accept(http_head_get(head, "Sec-WebSocket-Key", room->other),
                            request->is_v2 ? PROTOCOL_V2 : NULL, ws->fd);
}

/* The head is whole; what stands behind it are frames. */
static bool
opening_finish(struct ws *ws, char *bytes, size_t length)
{
    struct opening_room room;
    struct ws_request request = {0};
    size_t head_length = ws->opening->head.length;
    struct opening *opening = ws->opening;
    struct refusal refusal;
    bool goes_on;

    if (opening_is_preflight(&opening->head, &room)) {
        return opening_answer_preflight(ws, &room);
    }
    refusal = opening_judge(ws, &room, &request);
    if (request.route.kind == ROUTE_EVENTS) {
        event_stream_open(ws, request.origin);
    }
    if (refusal.status != 0) {
        return opening_refuse(ws, refusal, &request.client);
    }
    if (!opening_accept(ws, &room, &request)) {
        return false;
    }
    ws->opening = NULL;
    pending_remove(ws->server->pending, opening->pending);
    ws->session = ws->server->handlers.on_open(ws->server->handlers.ctx, ws, &request);
    goes_on = ws->take(ws, bytes + head_length, length - head_length);
    ws_watch(ws);
    text_fini(&opening->bytes);
    free(opening);
    return goes_on;
}

/* Most heads come in one piece, and cost no memory. */
static bool
opening_take(struct ws *ws, char *bytes, size_t length)
{
    struct opening *opening = ws->opening;
    bool was_kept = opening->bytes.len > 0;
    struct refusal refusal;

    if (was_kept) {
        text_add(&opening->bytes, bytes, length);
        bytes = opening->bytes.bytes;
        length = opening->bytes.len;
    }
    refusal = http_head_parse(&opening->head, str_make(bytes, length));
    if (refusal.status != 0) {
        struct address peer = client_addr_of_peer(ws->fd);

        return opening_refuse(ws, refusal, &peer);
    }
    if (opening->head.length > 0) {
        return opening_finish(ws, bytes, length);
    }
    if (!was_kept) {
        text_reserve(&opening->bytes, 2 * sizeof(ws->server->buffer)); /* it may not move */
        text_add(&opening->bytes, bytes, length);
        opening->head = (struct http_head){0};
    }
    return true;
}

bool
opening_on_readable(struct ws *ws)
{
    char *buffer = ws->server->buffer;
    ssize_t n = recv(ws->fd, buffer, sizeof(ws->server->buffer), 0);

    if (n < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    return n > 0 && (ws->opening->is_refused || opening_take(ws, buffer, (size_t)n));
}
