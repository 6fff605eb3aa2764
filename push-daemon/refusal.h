/* refusal.h - what a request gets that becomes no WebSocket (RFC 9110). */
#ifndef PUSH_REFUSAL_H
#define PUSH_REFUSAL_H

#include <stddef.h>

enum {
    REFUSAL_BYTES = 256
};

/* Writes the answer, which ends the connection. Returns its length. */
size_t refusal_write(int status, char out[REFUSAL_BYTES]);

/* Writes it to a socket, and closes that. */
void refusal_send(int status, int fd);

#endif
