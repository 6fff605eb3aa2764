/* stamp.h - what each message carries: who sent it, which of its messages it is, and when.
 *
 * It stands somewhere in the text, so that the reader finds it whatever envelope a server puts
 * around:
 * `~`, then 28 digits `@A…O` (the low four bits are the digit), which no server has to escape. */
#ifndef BENCH_STAMP_H
#define BENCH_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

enum {
    STAMP_BYTES = 29
};

struct stamp {
    unsigned sender;
    unsigned seq;
    uint64_t ns;
};

static inline uint64_t
now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline void
stamp_digits(char *out, unsigned digits, uint64_t value)
{
    while (digits-- > 0) {
        out[digits] = (char)('@' + (value & 15));
        value >>= 4;
    }
}

/* Eight digits at once: the frames to be read are ten million a second. */
static inline uint64_t
stamp_eight(const char *at)
{
    uint64_t v;

    memcpy(&v, at, 8);
    v = __builtin_bswap64(v) & 0x0f0f0f0f0f0f0f0fu;
    v = (v | v >> 4) & 0x00ff00ff00ff00ffu;
    v = (v | v >> 8) & 0x0000ffff0000ffffu;
    return (v | v >> 16) & 0xffffffffu;
}

static inline void
stamp_write(char out[STAMP_BYTES], const struct stamp *s)
{
    out[0] = '~';
    stamp_digits(out + 1, 4, s->sender);
    stamp_digits(out + 5, 8, s->seq);
    stamp_digits(out + 13, 16, s->ns);
}

/* The first one at or behind `from`; NULL if there is none. Returns where it ends. */
static inline const char *
stamp_read(const char *from, const char *end, struct stamp *s)
{
    const char *at = memchr(from, '~', (size_t)(end - from));

    if (at == NULL || end - at < STAMP_BYTES) {
        return NULL;
    }
    s->sender = (unsigned)(stamp_eight(at + 1) >> 16);
    s->seq = (unsigned)stamp_eight(at + 5);
    s->ns = stamp_eight(at + 13) << 32 | stamp_eight(at + 21);
    return at + STAMP_BYTES;
}

#endif
