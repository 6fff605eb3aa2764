/* json_body.c - the members of an application/json body.
 *
 * Not by json-c: it would build a tree of whatever a stranger sends, before any login is checked,
 * and 1 MiB of `[{},{},…` takes 270 MB and 140 ms there. It also keeps the last of equal names,
 * ends a name at a NUL, and has a number's value instead of its digits. */
#include "fcgi-api/http/json_body.h"

#include <stdint.h>

#include "lib/utf8.h"

struct json_scan {
    char *p;
    char *end;
};

static bool
json_at(const struct json_scan *s, const char *chars)
{
    return s->p < s->end && *s->p != '\0' && strchr(chars, *s->p) != NULL;
}

static void
json_skip_blanks(struct json_scan *s)
{
    while (json_at(s, " \t\r\n")) {
        s->p++;
    }
}

/* Moves behind c, if it comes next but for blanks. */
static bool
json_take(struct json_scan *s, char c)
{
    json_skip_blanks(s);
    if (s->p == s->end || *s->p != c) {
        return false;
    }
    s->p++;
    return true;
}

/* ---- strings: what is decoded is never longer than what it came from ---- */

/* The value of four hexadecimal digits; -1 if they are not there. */
static int32_t
json_hex(struct json_scan *s)
{
    int32_t value = 0;

    for (int i = 0; i < 4; i++) {
        static const char digits[] = "0123456789abcdef0123456789ABCDEF";

        if (!json_at(s, digits)) {
            return -1;
        }
        value = value * 16 + (int32_t)((strchr(digits, *s->p) - digits) % 16);
        s->p++;
    }
    return value;
}

/* Behind `\u`: four digits, or two times four for what is beyond U+FFFF. */
static enum json_body_result
json_unicode(struct json_scan *s, char **to)
{
    int32_t c = json_hex(s), low;

    if (c < 0) {
        return JSON_BODY_NO_JSON;
    }
    if (c >= 0xD800 && c <= 0xDFFF) {
        if (c >= 0xDC00 || s->end - s->p < 2 || s->p[0] != '\\' || s->p[1] != 'u') {
            return JSON_BODY_SURROGATE;
        }
        s->p += 2;
        low = json_hex(s);
        if (low < 0) {
            return JSON_BODY_NO_JSON;
        }
        if (low < 0xDC00 || low > 0xDFFF) {
            return JSON_BODY_SURROGATE;
        }
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
    *to += utf8_put(*to, (uint32_t)c);
    return JSON_BODY_OK;
}

/* Behind a backslash. */
static enum json_body_result
json_escape(struct json_scan *s, char **to)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";

    if (json_at(s, "u")) {
        s->p++;
        return json_unicode(s, to);
    }
    if (!json_at(s, names)) {
        return JSON_BODY_NO_JSON;
    }
    *(*to)++ = values[strchr(names, *s->p) - names];
    s->p++;
    return JSON_BODY_OK;
}

/* Behind the quote. */
static enum json_body_result
json_string(struct json_scan *s, struct str *out)
{
    char *from = s->p, *to = s->p;
    enum json_body_result result = JSON_BODY_OK;

    while (result == JSON_BODY_OK && s->p < s->end && *s->p != '"') {
        if ((unsigned char)*s->p < 0x20) {
            return JSON_BODY_NO_JSON;
        }
        if (*s->p == '\\') {
            s->p++;
            result = json_escape(s, &to);
        } else {
            *to++ = *s->p++;
        }
    }
    *out = str_make(from, (size_t)(to - from));
    return result == JSON_BODY_OK && !json_take(s, '"') ? JSON_BODY_NO_JSON : result;
}

/* ---- the other values ---- */

/* How many digits come next? Moves behind them. */
static size_t
json_digits(struct json_scan *s)
{
    const char *from = s->p;

    while (json_at(s, "0123456789")) {
        s->p++;
    }
    return (size_t)(s->p - from);
}

static bool
json_number(struct json_scan *s)
{
    const char *first;
    size_t digits;

    s->p += json_at(s, "-");
    first = s->p;
    digits = json_digits(s);
    if (digits == 0 || (*first == '0' && digits > 1)) {
        return false;
    }
    if (json_at(s, ".")) {
        s->p++;
        if (json_digits(s) == 0) {
            return false;
        }
    }
    if (json_at(s, "eE")) {
        s->p++;
        s->p += json_at(s, "+-");
        return json_digits(s) > 0;
    }
    return true;
}

static bool
json_word(struct json_scan *s, const char *word)
{
    size_t length = strlen(word);

    if ((size_t)(s->end - s->p) < length || memcmp(s->p, word, length) != 0) {
        return false;
    }
    s->p += length;
    return true;
}

/* value->p is NULL for null. */
static enum json_body_result
json_value(struct json_scan *s, struct str *value)
{
    const char *from;
    bool ok;

    if (json_take(s, '"')) {
        return json_string(s, value);
    }
    if (json_at(s, "{[")) {
        return JSON_BODY_NESTED;
    }
    from = s->p;
    if (json_word(s, "null")) {
        *value = str_make(NULL, 0);
        return JSON_BODY_OK;
    }
    ok = json_word(s, "true") || json_word(s, "false") || json_number(s);
    *value = str_make(from, (size_t)(s->p - from));
    return ok ? JSON_BODY_OK : JSON_BODY_NO_JSON;
}

/* ---- the object ---- */

static enum json_body_result
json_member(struct json_scan *s, json_body_fn *fn, void *arg, struct json_body_fault *fault)
{
    struct str name, value;
    enum json_body_result result;

    if (!json_take(s, '"')) {
        return JSON_BODY_NO_JSON;
    }
    result = json_string(s, &name);
    if (result != JSON_BODY_OK) {
        return result;
    }
    if (!json_take(s, ':')) {
        return JSON_BODY_NO_JSON;
    }
    fault->name = name;
    result = json_value(s, &value);
    if (result == JSON_BODY_OK && !fn(arg, name, value)) {
        return JSON_BODY_REFUSED;
    }
    return result;
}

/* Behind the brace. */
static enum json_body_result
json_members(struct json_scan *s, json_body_fn *fn, void *arg, struct json_body_fault *fault)
{
    enum json_body_result result;

    if (json_take(s, '}')) {
        return JSON_BODY_OK;
    }
    do {
        fault->name = str_make("", 0);
        result = json_member(s, fn, arg, fault);
        if (result != JSON_BODY_OK) {
            return result;
        }
    } while (json_take(s, ','));
    return json_take(s, '}') ? JSON_BODY_OK : JSON_BODY_NO_JSON;
}

static enum json_body_result
json_root(struct json_scan *s, json_body_fn *fn, void *arg, struct json_body_fault *fault)
{
    struct str value;

    json_skip_blanks(s);
    if (s->p == s->end) {
        return JSON_BODY_OK;
    }
    if (json_take(s, '{')) {
        return json_members(s, fn, arg, fault);
    }
    if (json_at(s, "[")) {
        return JSON_BODY_NO_OBJECT;
    }
    if (json_value(s, &value) != JSON_BODY_OK) {
        return JSON_BODY_NO_JSON;
    }
    return value.p != NULL ? JSON_BODY_NO_OBJECT : JSON_BODY_OK;
}

enum json_body_result
json_body_parse(char *body, size_t length, json_body_fn *fn, void *arg,
                struct json_body_fault *fault)
{
    struct json_scan s = {body, body + length};
    enum json_body_result result;

    *fault = (struct json_body_fault){.name = str_make("", 0)};
    result = json_root(&s, fn, arg, fault);
    if (result == JSON_BODY_OK) {
        json_skip_blanks(&s);
        result = s.p == s.end ? JSON_BODY_OK : JSON_BODY_NO_JSON;
    }
    fault->at = (size_t)(s.p - body);
    return result;
}
