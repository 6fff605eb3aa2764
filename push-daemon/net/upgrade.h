/* upgrade.h - a request for a WebSocket, as libwebsockets holds it: is it valid, and what does it
 * say? */
#ifndef PUSH_NET_UPGRADE_H
#define PUSH_NET_UPGRADE_H

#include "push-daemon/net/ws_request.h"

struct lws; /* libwebsockets' connection */

enum {
    UPGRADE_HEADER_BYTES = 8192, /* most of all headers together */
    UPGRADE_PATH_BYTES = 4096
};

/* Holds the strings of a ws_request. */
struct upgrade_text {
    char path[UPGRADE_PATH_BYTES];
    char other[UPGRADE_HEADER_BYTES];
};

/* Is it a valid opening handshake? Returns 0, or the HTTP status that refuses it. */
int upgrade_check(struct lws *wsi);

/* Reads the request; its strings lie in text. Returns as route_parse(). */
int upgrade_read(struct lws *wsi, const char *trusted_proxies, struct upgrade_text *text,
                 struct ws_request *request);

/* Returns the status for a request without Upgrade: 426 if its path is that of a WebSocket. */
int upgrade_status_without(struct lws *wsi);

/* Sends the answer. Returns -1, which tells libwebsockets to close the connection. (Its own answers
 * are HTTP/1.0, and it knows no 426.) */
int upgrade_refuse(struct lws *wsi, int status);

#endif
