/* value.c - a value as the Java original keeps it in Redis. */
#include "lib/encoding/value.h"

#include <stdint.h>

#include "lib/json.h"
#include "lib/utf8.h"

/* ---- encoding ---- */

static void
value_add_unit(struct text *out, uint32_t unit)
{
    static const char digits[] = "0123456789ABCDEF";
    const char escape[] = {
        '\\',
        'u',
        digits[unit >> 12 & 15],
        digits[unit >> 8 & 15],
        digits[unit >> 4 & 15],
        digits[unit & 15],
    };

    text_add(out, escape, sizeof(escape));
}

static void
value_add_escape(struct text *out, unsigned char c)
{
    static const char shorts[0x20] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r',
    };
    char code = c < 0x20 ? shorts[c] : (char)c;

    if (code != 0) {
        text_add(out, (const char[]){'\\', code}, 2);
    } else {
        value_add_unit(out, c);
    }
}

/* The four bytes of a character beyond U+FFFF. */
static void
value_add_pair(struct text *out, const unsigned char *p)
{
    uint32_t c = (p[0] & 0x07u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);

    c -= 0x10000;
    value_add_unit(out, 0xD800 | c >> 10);
    value_add_unit(out, 0xDC00 | (c & 0x3FF));
}

void
value_encode_part(struct text *out, struct str plain)
{
    const unsigned char *p = (const unsigned char *)plain.p;
    size_t from = 0, i = 0;

    text_reserve(out, plain.len + 2);
    while (i < plain.len) {
        size_t step = p[i] >= 0xF0 && plain.len - i >= 4 ? 4 : 1;

        if (p[i] >= 0x20 && p[i] != '"' && p[i] != '\\' && step == 1) {
            i++;
            continue;
        }
        text_add(out, p + from, i - from);
        if (step == 4) {
            value_add_pair(out, p + i);
        } else {
            value_add_escape(out, p[i]);
        }
        i += step;
        from = i;
    }
    if (i > from) {
        text_add(out, p + from, i - from);
    }
}

void
value_encode(struct text *out, struct str plain)
{
    text_add_str(out, "\"");
    value_encode_part(out, plain);
    text_add_str(out, "\"");
}

/* ---- decoding ---- */

bool
value_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Without the white space of JSON around it. */
static struct str
value_trim(struct str s)
{
    while (s.len > 0 && value_is_blank(s.p[0])) {
        s.p++;
        s.len--;
    }
    while (s.len > 0 && value_is_blank(s.p[s.len - 1])) {
        s.len--;
    }
    return s;
}

/* Adds the character of the \uXXXX at p, or of two of them. Returns its length; 0: it is none. */
static size_t
value_take_unicode(struct text *out, const char *p, const char *end)
{
    int32_t unit = json_unit(p, end), low;
    char bytes[UTF8_MAX_BYTES];
    size_t length = 6;

    if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) {
        return 0;
    }
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        low = json_unit(p + 6, end);
        if (low < 0xDC00 || low > 0xDFFF) {
            return 0;
        }
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        length = 12;
    }
    text_add(out, bytes, utf8_put(bytes, (uint32_t)unit));
    return length;
}

/* Adds what the escape at p stands for. Returns its length; 0: it is none. */
static size_t
value_take_escape(struct text *out, const char *p, const char *end)
{
    static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *name;

    if (end - p < 2) {
        return 0;
    }
    if (p[1] == 'u') {
        return value_take_unicode(out, p, end);
    }
    name = memchr(names, p[1], sizeof(names) - 1);
    if (name == NULL) {
        return 0;
    }
    text_add(out, &meanings[name - names], 1);
    return 2;
}

/* Adds what stands between the quotes. */
static bool
value_take_inner(struct text *out, const char *p, const char *end)
{
    const char *from = p;
    size_t step;

    while (p < end) {
        if (*p == '\\') {
            text_add(out, from, (size_t)(p - from));
            step = value_take_escape(out, p, end);
            if (step == 0) {
                return false;
            }
            p += step;
            from = p;
        } else if (*p == '"' || (unsigned char)*p < 0x20) {
            return false;
        } else {
            p++;
        }
    }
    text_add(out, from, (size_t)(p - from));
    return true;
}

bool
value_decode(struct text *out, struct str stored)
{
    size_t before = out->len;
    struct str s = value_trim(stored);

    if (s.len < 2 || s.p[0] != '"' || s.p[s.len - 1] != '"' || !utf8_valid(s)) {
        return false;
    }
    text_reserve(out, s.len);
    if (value_take_inner(out, s.p + 1, s.p + s.len - 1)) {
        return true;
    }
    out->len = before;
    out->bytes[before] = '\0';
    return false;
}

struct str
value_bare_number(struct str stored)
{
    struct str s = value_trim(stored);
    size_t sign = s.len > 0 && s.p[0] == '-';

    if (s.len == sign || (s.p[sign] == '0' && s.len > sign + 1)) {
        return str_make(NULL, 0);
    }
    for (size_t i = sign; i < s.len; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return str_make(NULL, 0);
        }
    }
    return s;
}
