/* base64url.c - decodes the base64 of JWTs (RFC 7515, section 2). */
#include "lib/jwt/base64url.h"

static int
base64url_value(char c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *at = c != '\0' ? strchr(alphabet, c) : NULL;

    return at != NULL ? (int)(at - alphabet) : -1;
}

bool
base64url_decode(struct text *out, struct str encoded)
{
    size_t before = out->len;
    unsigned bits = 0;
    int count = 0; /* of bits that are not in a whole byte yet */

    for (size_t i = 0; i < encoded.len; i++) {
        int value = base64url_value(encoded.p[i]);
        unsigned char byte;

        if (value < 0) {
            out->len = before;
            return false;
        }
        bits = (bits << 6 | (unsigned)value) & 0xfff;
        count += 6;
        if (count >= 8) {
            count -= 8;
            byte = (unsigned char)(bits >> count);
            text_add(out, &byte, 1);
        }
    }
    if (count >= 6 || (bits & ((1U << count) - 1)) != 0) { /* half a byte, or bits of none */
        out->len = before;
        return false;
    }
    return true;
}
