/* frame.c - the frames that a WebSocket server sends (RFC 6455, section 5). */
#include "push-daemon/frames/frame.h"

#include <stdint.h>

enum {
    FIN_TEXT = 0x81,
    FIN_CLOSE = 0x88,
    LENGTH_16 = 126,
    LENGTH_64 = 127
};

size_t
frame_text_head(unsigned char head[FRAME_HEAD_MAX], size_t payload_length)
{
    head[0] = FIN_TEXT;
    if (payload_length < LENGTH_16) {
        head[1] = (unsigned char)payload_length;
        return 2;
    }
    if (payload_length <= UINT16_MAX) {
        head[1] = LENGTH_16;
        head[2] = (unsigned char)(payload_length >> 8);
        head[3] = (unsigned char)payload_length;
        return 4;
    }
    head[1] = LENGTH_64;
    for (int i = 0; i < 8; i++) {
        head[2 + i] = (unsigned char)((uint64_t)payload_length >> (56 - 8 * i));
    }
    return 10;
}

size_t
frame_close(unsigned char out[FRAME_CLOSE_MAX], int code, const char *reason)
{
    size_t length = strnlen(reason, FRAME_CLOSE_MAX - 4);

    out[0] = FIN_CLOSE;
    out[1] = (unsigned char)(2 + length);
    out[2] = (unsigned char)(code >> 8);
    out[3] = (unsigned char)code;
    memcpy(out + 4, reason, length);
    return 4 + length;
}
