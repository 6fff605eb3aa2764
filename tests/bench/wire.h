/* wire.h - WebSocket on the wire, for the load generator and the bare server: handshake and frames.
 */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WIRE_KEY_SIZE = 25,    /* of Sec-WebSocket-Key, with its NUL */
    WIRE_ACCEPT_SIZE = 29, /* of the answer to it, with its NUL */
    WIRE_HEADER_MAX = 14
};

enum wire_opcode {
    WIRE_TEXT = 1,
    WIRE_CLOSE = 8,
    WIRE_PING = 9,
    WIRE_PONG = 10
};

struct wire_frame {
    unsigned opcode;
    bool fin;
    char *payload; /* unmasked in place */
    size_t length;
    size_t size; /* on the wire */
};

void wire_accept(char accept[WIRE_ACCEPT_SIZE], const char *key);

/* 1: a whole frame stands at `at`; 0: not yet all of it; -1: that is no frame. */
int wire_read(char *at, size_t length, struct wire_frame *frame);

/* Header of an unmasked frame (a server's), resp. of a masked one. Returns its size. */
size_t wire_header(char out[WIRE_HEADER_MAX], unsigned opcode, size_t length);
size_t wire_header_masked(char out[WIRE_HEADER_MAX], unsigned opcode, size_t length, uint32_t mask);
void wire_mask(char *bytes, size_t length, uint32_t mask);

#endif
