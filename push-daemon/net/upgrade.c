/* upgrade.c - a request for a WebSocket, as libwebsockets holds it. */
#include "push-daemon/net/upgrade.h"

#include <libwebsockets.h>

#include "lib/log.h"
#include "push-daemon/net/client_addr.h"
#include "push-daemon/net/handshake.h"
#include "push-daemon/net/http_error.h"

static struct str
upgrade_read_header(struct lws *wsi, struct upgrade_text *text, enum lws_token_indexes which)
{
    int length = lws_hdr_copy(wsi, text->other, UPGRADE_HEADER_BYTES, which);

    return str_make(text->other, length > 0 ? (size_t)length : 0);
}

static int
upgrade_read_path(struct lws *wsi, struct upgrade_text *text, struct route *route)
{
    int length = lws_hdr_copy(wsi, text->path, UPGRADE_PATH_BYTES, WSI_TOKEN_GET_URI);

    if (length <= 0) {
        return lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) > 0 ? 400 : 405;
    }
    return route_parse(route, str_make(text->path, (size_t)length));
}

int
upgrade_check(struct lws *wsi)
{
    static const enum lws_token_indexes tokens[HANDSHAKE_HEADER__MAX] = {
        WSI_TOKEN_HOST,    WSI_TOKEN_UPGRADE, WSI_TOKEN_CONNECTION,
        WSI_TOKEN_VERSION, WSI_TOKEN_KEY,     WSI_TOKEN_PROTOCOL};
    struct upgrade_text text;
    int status = 0;

    for (int i = 0; status == 0 && i < HANDSHAKE_HEADER__MAX; i++) {
        status =
            handshake_check((enum handshake_header)i, upgrade_read_header(wsi, &text, tokens[i]));
    }
    return status;
}

int
upgrade_read(struct lws *wsi, const char *trusted_proxies, struct upgrade_text *text,
             struct ws_request *request)
{
    int status = upgrade_read_path(wsi, text, &request->route);

    if (status == 0) {
        client_addr_find(request, lws_get_socket_fd(wsi),
                         upgrade_read_header(wsi, text, WSI_TOKEN_X_FORWARDED_FOR),
                         trusted_proxies);
        request->origin = upgrade_read_header(wsi, text, WSI_TOKEN_ORIGIN);
    }
    return status;
}

int
upgrade_status_without(struct lws *wsi)
{
    struct upgrade_text text;
    struct route route;
    int status = upgrade_read_path(wsi, &text, &route);

    return status == 0 ? 426 : status;
}

int
upgrade_refuse(struct lws *wsi, int status)
{
    unsigned char answer[LWS_PRE + HTTP_ERROR_BYTES];
    size_t length = http_error_write(status, (char *)answer + LWS_PRE);

    log_debug("refused status=%d", status);
    (void)lws_write(wsi, answer + LWS_PRE, length, LWS_WRITE_HTTP_HEADERS);
    return -1;
}
