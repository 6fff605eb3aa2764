/* http_error.h - the answer to a request that becomes no WebSocket (RFC 9110). */
#ifndef PUSH_NET_HTTP_ERROR_H
#define PUSH_NET_HTTP_ERROR_H

#include <stddef.h>

enum {
    HTTP_ERROR_BYTES = 256
};

/* Writes the answer, which ends the connection. Returns its length. */
size_t http_error_write(int status, char out[HTTP_ERROR_BYTES]);

/* Writes it to a socket and closes the socket. */
void http_error_send(int status, int fd);

#endif
