/* utf8.c - which bytes are UTF-8. */
#include "lib/utf8.h"

#include <stdint.h>

/* The number of bytes that follow lead byte c, or -1; *low to *high is the range of the first
 * (RFC 3629, section 4). */
static int
utf8_followers(unsigned char c, unsigned char *low, unsigned char *high)
{
    *low = 0x80;
    *high = 0xBF;
    if (c >= 0xC2 && c <= 0xDF) {
        return 1;
    }
    if (c >= 0xE0 && c <= 0xEF) {
        *low = c == 0xE0 ? 0xA0 : 0x80;
        *high = c == 0xED ? 0x9F : 0xBF;
        return 2;
    }
    if (c >= 0xF0 && c <= 0xF4) {
        *low = c == 0xF0 ? 0x90 : 0x80;
        *high = c == 0xF4 ? 0x8F : 0xBF;
        return 3;
    }
    return -1;
}

bool
utf8_valid(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    size_t i = 0;

    while (i < s.len) {
        unsigned char low, high;
        uint64_t eight;
        int more;

        if (s.len - i >= sizeof(eight)) { /* most text is ASCII: eight bytes at once */
            memcpy(&eight, p + i, sizeof(eight));
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                i += sizeof(eight);
                continue;
            }
        }
        if (p[i] < 0x80) {
            i++;
            continue;
        }
        more = utf8_followers(p[i], &low, &high);
        if (more < 0 || s.len - i <= (size_t)more || p[i + 1] < low || p[i + 1] > high) {
            return false;
        }
        for (int k = 2; k <= more; k++) {
            if (p[i + (size_t)k] < 0x80 || p[i + (size_t)k] > 0xBF) {
                return false;
            }
        }
        i += (size_t)more + 1;
    }
    return true;
}

size_t
utf8_put(char out[UTF8_MAX_BYTES], uint32_t c)
{
    static const unsigned char begins[] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (c & 0x3F));
        c >>= 6;
    }
    out[0] = (char)(begins[length] | c);
    return length;
}
