/* decoder.h - the frames that a WebSocket client sends (RFC 6455, section 5), as they come in. */
#ifndef PUSH_NET_DECODER_H
#define PUSH_NET_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "push-daemon/net/ws_piece.h"

enum {
    DECODER_HEAD_MAX = 14,
    DECODER_CONTROL_MAX = 125 /* bytes in a control frame (section 5.5) */
};

/* What one connection has of a frame that is not whole yet. All zero: nothing. */
struct decoder {
    uint64_t left;    /* bytes of the payload that are to come */
    uint8_t *control; /* the payload of a control frame, if it did not come in one piece */
    uint8_t head[DECODER_HEAD_MAX];
    uint8_t head_have;
    uint8_t head_size; /* 0: not known yet */
    uint8_t mask_at;   /* which byte of the mask is next */
    uint8_t control_have;
    bool in_payload;
    bool in_message; /* its last fragment is to come */
    bool begun;      /* a piece of the message was given out */
    bool binary;     /* the message */
};

enum decoder_event {
    DECODER_MORE,  /* all bytes are taken */
    DECODER_PIECE, /* of a message */
    DECODER_PING,
    DECODER_PONG,
    DECODER_CLOSE,
    DECODER_VIOLATION /* the rules are broken; what follows has no meaning */
};

/* Takes bytes from *at on until there is an event. They are unmasked in place, and the piece is
 * made of them; it is valid until the next call. */
enum decoder_event decoder_next(struct decoder *d, char **at, char *end, struct ws_piece *piece);

void decoder_fini(struct decoder *d);

#endif
