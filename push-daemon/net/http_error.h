/* http_error.h - the answer to a request that becomes no WebSocket (RFC 9110). */
#ifndef PUSH_NET_HTTP_ERROR_H
#define PUSH_NET_HTTP_ERROR_H

#include <stdbool.h>

#include "push-daemon/net/refusal.h"

/* What stands behind HTTP/1.1, with the fields that belong to it. */
const char *http_error_head(int status);

/* Why admission refuses with that status. */
const char *http_error_reason(int status);

/* Writes the answer to a socket: its status, and why as a line of text. False: it is broken. */
bool http_error_write(struct refusal refusal, int fd);

/* The same, and closes the socket. */
void http_error_send(struct refusal refusal, int fd);

#endif
