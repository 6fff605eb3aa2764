/* ws_head.c - the head of a request, as libwebsockets has read it. */
#include "push-daemon/net/ws_head.h"

#include <libwebsockets.h>

#include "lib/log.h"
#include "push-daemon/net/client_addr.h"
#include "push-daemon/net/handshake.h"
#include "push-daemon/net/http_error.h"

/* An answer of libwebsockets would be HTTP/1.0, and it knows no 426. */
int
ws_head_refuse(struct lws *wsi, int status)
{
    unsigned char reply[LWS_PRE + HTTP_ERROR_BYTES];
    size_t length = http_error_write(status, (char *)reply + LWS_PRE);

    log_debug("refused status=%d", status);
    (void)lws_write(wsi, reply + LWS_PRE, length, LWS_WRITE_HTTP_HEADERS);
    return -1;
}

/* Returns as route_parse(). */
static int
ws_head_read_path(struct lws *wsi, struct ws_head *head, struct route *route)
{
    int length = lws_hdr_copy(wsi, head->path, WS_PATH_MAX, WSI_TOKEN_GET_URI);

    if (length <= 0) {
        return lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) > 0 ? 400 : 405;
    }
    return route_parse(route, str_make(head->path, (size_t)length));
}

/* Valid until the next header is read. */
static struct str
ws_head_header(struct lws *wsi, struct ws_head *head, enum lws_token_indexes which)
{
    int length = lws_hdr_copy(wsi, head->header, WS_HEAD_MAX, which);

    return str_make(head->header, length > 0 ? (size_t)length : 0);
}

int
ws_head_read(struct lws *wsi, struct ws_head *head, const char *trusted, struct ws_request *request)
{
    int status = ws_head_read_path(wsi, head, &request->route);

    if (status == 0) {
        client_addr_find(request, lws_get_socket_fd(wsi),
                         ws_head_header(wsi, head, WSI_TOKEN_X_FORWARDED_FOR), trusted);
        request->origin = ws_head_header(wsi, head, WSI_TOKEN_ORIGIN);
    }
    return status;
}

int
ws_head_check(struct lws *wsi)
{
    static const enum lws_token_indexes tokens[HANDSHAKE_HEADER__MAX] = {
        WSI_TOKEN_HOST,    WSI_TOKEN_UPGRADE, WSI_TOKEN_CONNECTION,
        WSI_TOKEN_VERSION, WSI_TOKEN_KEY,     WSI_TOKEN_PROTOCOL};
    struct ws_head head;
    int status = 0;

    for (int i = 0; status == 0 && i < HANDSHAKE_HEADER__MAX; i++) {
        status = handshake_check((enum handshake_header)i, ws_head_header(wsi, &head, tokens[i]));
    }
    return status;
}

int
ws_head_plain_status(struct lws *wsi)
{
    struct ws_head head;
    struct route route;
    int status = ws_head_read_path(wsi, &head, &route);

    return status == 0 ? 426 : status;
}
