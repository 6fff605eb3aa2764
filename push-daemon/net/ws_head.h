/* ws_head.h - the head of a request, as libwebsockets has read it: what it asks for, and how it is refused. */
#ifndef PUSH_NET_WS_HEAD_H
#define PUSH_NET_WS_HEAD_H

#include "push-daemon/net/ws_request.h"

struct lws;

enum {
    WS_HEAD_MAX = 8192, /* bytes of headers that are taken */
    WS_PATH_MAX = 4096
};

/* Where the strings of a request lie. */
struct ws_head {
    char path[WS_PATH_MAX];
    char header[WS_HEAD_MAX];
};

/* Is it a WebSocket's opening handshake? Returns 0, or the HTTP status that refuses it. */
int ws_head_check(struct lws *wsi);

/* Reads path, client and origin; the request lives as long as head. trusted: addresses of proxies whose
 * X-Forwarded-For counts. Returns 0, or the HTTP status that refuses it. */
int ws_head_read(struct lws *wsi, struct ws_head *head, const char *trusted,
                 struct ws_request *request);

/* The status for a request without Upgrade: 426 if its path is that of a WebSocket. */
int ws_head_plain_status(struct lws *wsi);

/* Sends the refusal. Returns what the callback is to return, so that the connection ends. */
int ws_head_refuse(struct lws *wsi, int status);

#endif
