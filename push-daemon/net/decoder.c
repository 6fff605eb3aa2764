/* decoder.c - the frames that a WebSocket client sends, as they come in. */
#include "push-daemon/net/decoder.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

enum {
    FIN = 0x80,
    RESERVED = 0x70,
    OPCODE = 0x0f,
    CONTROL = 0x08,
    MASKED = 0x80,
    LENGTH = 0x7f,
    LENGTH_16 = 126,
    LENGTH_64 = 127
};

enum {
    OP_CONTINUATION,
    OP_TEXT,
    OP_BINARY,
    OP_CLOSE = 8,
    OP_PING,
    OP_PONG
};

static uint8_t
decoder_opcode(const struct decoder *d)
{
    return d->head[0] & OPCODE;
}

static bool
decoder_is_control(const struct decoder *d)
{
    return (d->head[0] & CONTROL) != 0;
}

/* ---- heads ---- */

/* Of the first two bytes: may such a frame come now? */
static bool
decoder_allows(const struct decoder *d)
{
    uint8_t opcode = decoder_opcode(d);

    if ((d->head[0] & RESERVED) != 0 || (d->head[1] & MASKED) == 0) {
        return false; /* sections 5.2 and 5.1 */
    }
    if (decoder_is_control(d)) {
        return opcode <= OP_PONG && (d->head[0] & FIN) != 0 &&
               (d->head[1] & LENGTH) <= DECODER_CONTROL_MAX;
    }
    return opcode <= OP_BINARY && (opcode == OP_CONTINUATION) == d->in_message;
}

static uint8_t
decoder_head_size(const struct decoder *d)
{
    switch (d->head[1] & LENGTH) {
    case LENGTH_16:
        return 2 + 2 + 4;
    case LENGTH_64:
        return 2 + 8 + 4;
    default:
        return 2 + 4;
    }
}

/* False: its highest bit is set. (That it is not written in the shortest way harms nobody.) */
static bool
decoder_read_length(struct decoder *d)
{
    size_t bytes = (size_t)d->head_size - 2 - 4;
    uint64_t length = bytes > 0 ? 0 : d->head[1] & LENGTH;

    for (size_t i = 0; i < bytes; i++) {
        length = length << 8 | d->head[2 + i];
    }
    d->left = length;
    return length <= INT64_MAX;
}

static void
decoder_begin_payload(struct decoder *d)
{
    d->in_payload = true;
    d->mask_at = 0;
    d->control_have = 0;
    if (!decoder_is_control(d)) {
        if (!d->in_message) {
            d->binary = decoder_opcode(d) == OP_BINARY;
            d->begun = false;
        }
        d->in_message = (d->head[0] & FIN) == 0;
    }
}

/* Takes bytes of a head. False: the rules are broken. */
static bool
decoder_take_head(struct decoder *d, char **at, const char *end)
{
    while (*at < end && !d->in_payload) {
        d->head[d->head_have++] = (uint8_t) * (*at)++;
        if (d->head_have == 2) {
            if (!decoder_allows(d)) {
                return false;
            }
            d->head_size = decoder_head_size(d);
        }
        if (d->head_have == d->head_size) {
            if (!decoder_read_length(d)) {
                return false;
            }
            decoder_begin_payload(d);
        }
    }
    return true;
}

/* ---- payloads ---- */

/* Section 5.3: eight bytes at once, where there are as many. */
static void
decoder_unmask(struct decoder *d, char *bytes, size_t length)
{
    const uint8_t *key = d->head + d->head_size - 4;
    uint8_t turned[8];
    uint64_t mask, eight;
    size_t i = 0;

    for (size_t k = 0; k < sizeof(turned); k++) {
        turned[k] = key[(d->mask_at + k) % 4];
    }
    memcpy(&mask, turned, sizeof(mask));
    for (; length - i >= sizeof(eight); i += sizeof(eight)) {
        memcpy(&eight, bytes + i, sizeof(eight));
        eight ^= mask;
        memcpy(bytes + i, &eight, sizeof(eight));
    }
    for (; i < length; i++) {
        bytes[i] = (char)((uint8_t)bytes[i] ^ turned[i % 4]);
    }
    d->mask_at = (uint8_t)((d->mask_at + length) % 4);
}

static struct str
decoder_take_payload(struct decoder *d, char **at, const char *end)
{
    size_t there = (size_t)(end - *at), length = d->left < there ? (size_t)d->left : there;
    struct str bytes = str_make(*at, length);

    decoder_unmask(d, *at, length);
    *at += length;
    d->left -= length;
    if (d->left == 0) {
        d->in_payload = false;
        d->head_have = d->head_size = 0;
    }
    return bytes;
}

static enum decoder_event
decoder_give_piece(struct decoder *d, char **at, const char *end, struct ws_piece *piece)
{
    if (*at == end && d->left > 0) {
        return DECODER_MORE;
    }
    piece->bytes = decoder_take_payload(d, at, end);
    piece->binary = d->binary;
    piece->first = !d->begun;
    piece->last = !d->in_payload && !d->in_message;
    d->begun = !piece->last;
    return DECODER_PIECE;
}

/* Control frames come between fragments, but not in pieces. */
static enum decoder_event
decoder_give_control(struct decoder *d, char **at, const char *end, struct ws_piece *piece)
{
    struct str bytes = decoder_take_payload(d, at, end);

    if (d->in_payload || d->control_have > 0) {
        if (d->control == NULL) {
            d->control = mem_alloc(DECODER_CONTROL_MAX);
        }
        memcpy(d->control + d->control_have, bytes.p, bytes.len);
        d->control_have = (uint8_t)(d->control_have + bytes.len);
        bytes = str_make((const char *)d->control, d->control_have);
    }
    if (d->in_payload) {
        return DECODER_MORE;
    }
    *piece = (struct ws_piece){.bytes = bytes, .first = true, .last = true};
    switch (decoder_opcode(d)) {
    case OP_PING:
        return DECODER_PING;
    case OP_PONG:
        return DECODER_PONG;
    default:
        return DECODER_CLOSE;
    }
}

enum decoder_event
decoder_next(struct decoder *d, char **at, char *end, struct ws_piece *piece)
{
    if (!decoder_take_head(d, at, end)) {
        return DECODER_VIOLATION;
    }
    if (!d->in_payload) {
        return DECODER_MORE;
    }
    return decoder_is_control(d) ? decoder_give_control(d, at, end, piece)
                                 : decoder_give_piece(d, at, end, piece);
}

void
decoder_fini(struct decoder *d)
{
    free(d->control);
    d->control = NULL;
}
