/* text.c - a byte buffer that grows. */
#include "lib/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/mem.h"

void
text_init(struct text *t)
{
    t->bytes = NULL;
    t->len = 0;
    t->cap = 0;
}

void
text_fini(struct text *t)
{
    free(t->bytes);
    text_init(t);
}

void
text_clear(struct text *t)
{
    t->len = 0;
    if (t->bytes != NULL) {
        t->bytes[0] = '\0';
    }
}

void
text_reserve(struct text *t, size_t more)
{
    size_t need = t->len + more + 1;

    if (need <= t->cap) {
        return;
    }
    t->cap = need < 64 ? 64 : need + need / 2;
    t->bytes = mem_resize(t->bytes, t->cap);
}

void
text_add(struct text *t, const void *bytes, size_t len)
{
    text_reserve(t, len);
    if (len > 0) {
        memcpy(t->bytes + t->len, bytes, len);
    }
    t->len += len;
    t->bytes[t->len] = '\0';
}

void
text_add_str(struct text *t, const char *s)
{
    text_add(t, s, strlen(s));
}

void
text_add_int(struct text *t, int64_t n)
{
    char digits[20], *from = digits + sizeof(digits);
    uint64_t rest = n < 0 ? -(uint64_t)n : (uint64_t)n;

    do { /* faster than printf: a command to Redis has a dozen numbers */
        *--from = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (n < 0) {
        *--from = '-';
    }
    text_add(t, from, (size_t)(digits + sizeof(digits) - from));
}

static void
text_add_escape(struct text *t, unsigned char c)
{
    static const char shorts[0x20] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
    };
    char code = c < 0x20 ? shorts[c] : (char)c;

    if (code != 0) {
        text_add(t, (const char[]){'\\', code}, 2);
    } else { /* faster than printf: a text may have nothing else */
        const char out[] = {
            '\\', 'u', '0', '0', (char)('0' + (c >> 4)), "0123456789abcdef"[c & 15],
        };

        text_add(t, out, sizeof(out));
    }
}

void
text_add_json(struct text *t, struct str s)
{
    size_t from = 0;

    text_reserve(t, s.len + 2);
    text_add(t, "\"", 1);
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        text_add(t, s.p + from, i - from);
        text_add_escape(t, c);
        from = i + 1;
    }
    text_add(t, s.len > 0 ? s.p + from : "", s.len - from);
    text_add(t, "\"", 1);
}
