/* frame.h - the frames that a WebSocket server sends (RFC 6455, section 5). */
#ifndef PUSH_FRAMES_FRAME_H
#define PUSH_FRAMES_FRAME_H

#include <stddef.h>

#include "lib/str.h"

enum {
    FRAME_HEAD_MAX = 10,
    FRAME_CLOSE_MAX = 2 + 125
};

/* Writes the head of an unfragmented, unmasked text frame; returns its length: 2, 4 or 10. */
size_t frame_text_head(unsigned char head[FRAME_HEAD_MAX], size_t payload_length);

/* Writes a whole close frame with its code and its reason, of at most 123 bytes of UTF-8; returns
 * its length. */
size_t frame_close(unsigned char out[FRAME_CLOSE_MAX], int code, const char *reason);

#endif
