/* wire.c - WebSocket on the wire, for the load generator and the bare server: handshake and frames.
 */
#include "tests/bench/wire.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

void
wire_accept(char accept[WIRE_ACCEPT_SIZE], const char *key)
{
    char text[64];
    unsigned char digest[SHA_DIGEST_LENGTH];
    int length = snprintf(text, sizeof(text), "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);

    SHA1((const unsigned char *)text, (size_t)length, digest);
    EVP_EncodeBlock((unsigned char *)accept, digest, sizeof(digest));
}

int
wire_read(char *at, size_t length, struct wire_frame *frame)
{
    const unsigned char *b = (const unsigned char *)at;
    size_t header = 2, payload;
    bool masked;
    uint32_t mask;

    if (length < 2) {
        return 0;
    }
    masked = (b[1] & 0x80) != 0;
    payload = b[1] & 0x7f;
    if (payload == 126) {
        header = 4;
        payload = length >= 4 ? (size_t)b[2] << 8 | b[3] : 0;
    } else if (payload == 127) {
        header = 10;
        payload = 0;
        for (size_t i = 2; length >= 10 && i < 10; i++) {
            payload = payload << 8 | b[i];
        }
    }
    header += masked ? 4 : 0;
    if (length < header) {
        return 0;
    }
    if ((b[0] & 0x70) != 0 || payload > 1u << 30) {
        return -1;
    }
    if (length < header + payload) {
        return 0;
    }
    *frame = (struct wire_frame){b[0] & 15, b[0] >= 0x80, at + header, payload, header + payload};
    if (masked) {
        memcpy(&mask, at + header - 4, 4);
        wire_mask(frame->payload, payload, mask);
    }
    return 1;
}

size_t
wire_header(char out[WIRE_HEADER_MAX], unsigned opcode, size_t length)
{
    out[0] = (char)(0x80 | opcode);
    if (length < 126) {
        out[1] = (char)length;
        return 2;
    }
    if (length < 65536) {
        out[1] = 126;
        out[2] = (char)(length >> 8);
        out[3] = (char)length;
        return 4;
    }
    out[1] = 127;
    for (int i = 0; i < 8; i++) {
        out[2 + i] = (char)(length >> (56 - 8 * i));
    }
    return 10;
}

size_t
wire_header_masked(char out[WIRE_HEADER_MAX], unsigned opcode, size_t length, uint32_t mask)
{
    size_t size = wire_header(out, opcode, length);

    out[1] = (char)(out[1] | 0x80);
    memcpy(out + size, &mask, 4);
    return size + 4;
}

void
wire_mask(char *bytes, size_t length, uint32_t mask)
{
    uint64_t wide = (uint64_t)mask << 32 | mask, v;
    size_t i = 0;

    for (; i + 8 <= length; i += 8) {
        memcpy(&v, bytes + i, 8);
        v ^= wide;
        memcpy(bytes + i, &v, 8);
    }
    for (; i < length; i++) {
        bytes[i] = (char)(bytes[i] ^ (char)(mask >> (8 * (i & 3))));
    }
}
