/* slot.c - the hash slot of a key or a sharded channel. */
#include "lib/cluster/slot.h"

#include <string.h>

/* A table of 16 words, for half a byte each: a name has some 20 bytes. */
static const uint16_t slot_table[16] = {
    0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7,
    0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c, 0xd1ad, 0xe1ce, 0xf1ef,
};

uint16_t
slot_crc16(struct str bytes)
{
    uint16_t crc = 0;

    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char byte = (unsigned char)bytes.p[i];

        crc = (uint16_t)(crc << 4) ^ slot_table[(crc >> 12) ^ (byte >> 4)];
        crc = (uint16_t)(crc << 4) ^ slot_table[(crc >> 12) ^ (byte & 15)];
    }
    return crc;
}

int
slot_of(struct str name)
{
    const char *open = name.len > 0 ? memchr(name.p, '{', name.len) : NULL;
    const char *close;

    if (open != NULL) {
        open++;
        close = memchr(open, '}', name.len - (size_t)(open - name.p));
        if (close != NULL && close > open) {
            name = str_make(open, (size_t)(close - open));
        }
    }
    return slot_crc16(name) % SLOT_COUNT;
}
