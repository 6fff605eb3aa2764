/* json.c - reads JSON. */
#include "lib/json.h"

#include <json-c/json_object.h>
#include <json-c/json_tokener.h>
#include <json-c/linkhash.h>
#include <limits.h>
#include <string.h>

#include "lib/text.h"
#include "lib/utf8.h"

enum {
    DEPTH_MAX = 32
};

static bool
json_is_ascii(char c)
{
    return (unsigned char)c < 0x80;
}

/* In strict mode json-c 0.18 mistakes the bytes of non-ASCII characters for control characters.
 * So only the ASCII parts are parsed in strict mode; the other parts need none. */
static enum json_tokener_error
json_parse_parts(struct json_tokener *tok, struct json_object **root, struct str text)
{
    enum json_tokener_error error = json_tokener_continue;
    size_t at = 0, end;

    while (at < text.len && error == json_tokener_continue) {
        for (end = at + 1;
             end < text.len && json_is_ascii(text.p[end]) == json_is_ascii(text.p[at]);) {
            end++;
        }
        json_tokener_set_flags(tok, json_is_ascii(text.p[at]) ? JSON_TOKENER_STRICT : 0);
        *root = json_tokener_parse_ex(tok, text.p + at, (int)(end - at));
        error = json_tokener_get_error(tok);
        at += json_tokener_get_parse_end(tok);
    }
    if (error == json_tokener_continue) { /* a number at the end may go on: tell it that it ends */
        json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
        *root = json_tokener_parse_ex(tok, "", 1);
        error = json_tokener_get_error(tok);
    }
    return at == text.len ? error : json_tokener_error_parse_unexpected;
}

/* ---- characters beyond U+FFFF ---- */

int32_t
json_unit(const char *p, const char *end)
{
    int32_t unit = 0;

    if (end - p < 6 || p[0] != '\\' || p[1] != 'u') {
        return -1;
    }
    for (int i = 2; i < 6; i++) {
        static const char digits[] = "0123456789abcdef0123456789ABCDEF";
        const char *digit = p[i] != '\0' ? strchr(digits, p[i]) : NULL;

        if (digit == NULL) {
            return -1;
        }
        unit = unit * 16 + (int32_t)((digit - digits) % 16);
    }
    return unit;
}

/* json-c 0.16 makes U+FFFD of each pair whose character ends in D800 to DFFF, such as U+2D800. So
 * pairs become the characters themselves before it sees them. What is escaped otherwise stays. */
static void
json_join_pairs(struct text *out, struct str text)
{
    const char *p = text.p, *end = text.p + text.len, *from = p;

    while ((p = memchr(p, '\\', (size_t)(end - p))) != NULL && end - p >= 2) {
        int32_t high = json_unit(p, end), low = high >= 0 ? json_unit(p + 6, end) : -1;
        char bytes[UTF8_MAX_BYTES];

        if (high < 0xD800 || high > 0xDBFF || low < 0xDC00 || low > 0xDFFF) {
            p += 2;
            continue;
        }
        text_add(out, from, (size_t)(p - from));
        text_add(out, bytes,
                 utf8_put(bytes, (uint32_t)(0x10000 + ((high - 0xD800) << 10) + low - 0xDC00)));
        p += 12;
        from = p;
    }
    text_add(out, from, (size_t)(end - from));
}

static bool
json_may_have_pairs(struct str text)
{
    return text.len > 0 && (memmem(text.p, text.len, "\\ud", 3) != NULL ||
                            memmem(text.p, text.len, "\\uD", 3) != NULL);
}

static bool
json_parse_utf8(struct json_object **root, struct str text, int depth)
{
    struct json_tokener *tok = json_tokener_new_ex(depth);
    bool ok;

    if (tok == NULL) {
        return false;
    }
    ok = json_parse_parts(tok, root, text) == json_tokener_success;
    json_tokener_free(tok);
    if (!ok) {
        json_object_put(*root);
        *root = NULL;
    }
    return ok;
}

bool
json_parse(struct json_object **root, struct str text, int depth)
{
    struct text joined;
    bool ok;

    *root = NULL;
    if (text.len > INT_MAX || !utf8_valid(text)) {
        return false;
    }
    if (!json_may_have_pairs(text)) {
        return json_parse_utf8(root, text, depth);
    }
    text_init(&joined);
    json_join_pairs(&joined, text);
    ok = json_parse_utf8(root, text_str(&joined), depth);
    text_fini(&joined);
    return ok;
}

/* json-c's strict mode still takes more than RFC 8259: NaN and Infinity, `1.`, bare control
 * characters. */
bool
json_is_strict(struct str text)
{
    bool in_string = false, ok = true;

    for (size_t i = 0; ok && i < text.len; i++) {
        char c = text.p[i], next = i + 1 < text.len ? text.p[i + 1] : '\0';

        if (c == '"') {
            in_string = !in_string;
        } else if (!in_string) {
            ok = c != 'N' && c != 'I' && (c != '.' || (next >= '0' && next <= '9'));
        } else if (c == '\\') {
            i++; /* the next character is escaped */
        } else {
            ok = (unsigned char)c >= 0x20;
        }
    }
    return ok;
}

bool
json_is_valid(const char *text)
{
    struct json_object *root;
    bool ok = json_parse(&root, str_of(text), DEPTH_MAX) && json_is_strict(str_of(text));

    json_object_put(root);
    return ok;
}

void
json_free(struct json_object *value)
{
    json_object_put(value);
}

/* ---- members ---- */

static struct json_object *
json_member(const struct json_object *value, const char *key)
{
    struct json_object *member = NULL;

    return json_object_object_get_ex(value, key, &member) ? member : NULL;
}

bool
json_has(const struct json_object *value, const char *key)
{
    return json_object_object_get_ex(value, key, NULL);
}

static bool
json_take_text(struct json_object *string, struct str *out)
{
    if (!json_object_is_type(string, json_type_string)) {
        return false;
    }
    *out = str_make(json_object_get_string(string), (size_t)json_object_get_string_len(string));
    return true;
}

bool
json_get_text(const struct json_object *value, const char *key, struct str *out)
{
    return json_take_text(json_member(value, key), out);
}

bool
json_get_number(const struct json_object *value, const char *key, double *out)
{
    return json_number(json_member(value, key), out);
}

bool
json_get_bool(const struct json_object *value, const char *key, bool *out)
{
    struct json_object *member = json_member(value, key);

    *out = json_object_is_type(member, json_type_boolean) && json_object_get_boolean(member);
    return json_object_is_type(member, json_type_boolean);
}

bool
json_get_texts(const struct json_object *value, const char *key,
               void (*take)(void *arg, struct str text), void *arg)
{
    struct json_object *array = json_member(value, key);
    struct str text;

    if (!json_object_is_type(array, json_type_array)) {
        return false;
    }
    for (size_t i = 0; i < json_object_array_length(array); i++) {
        if (!json_take_text(json_object_array_get_idx(array, i), &text)) {
            return false;
        }
        take(arg, text);
    }
    return true;
}

const struct json_object *
json_get(const struct json_object *value, const char *key)
{
    return json_member(value, key);
}

/* ---- a value of any type ---- */

bool
json_is_object(const struct json_object *value)
{
    return json_object_is_type(value, json_type_object);
}

bool
json_is_array(const struct json_object *value)
{
    return json_object_is_type(value, json_type_array);
}

bool
json_number(const struct json_object *value, double *out)
{
    if (!json_object_is_type(value, json_type_int) &&
        !json_object_is_type(value, json_type_double)) {
        return false;
    }
    *out = json_object_get_double(value);
    return true;
}

size_t
json_count(const struct json_object *array)
{
    return json_is_array(array) ? json_object_array_length(array) : 0;
}

const struct json_object *
json_at(const struct json_object *array, size_t i)
{
    return json_object_array_get_idx(array, i);
}

void
json_each(const struct json_object *value,
          void (*take)(void *arg, const char *key, const struct json_object *member), void *arg)
{
    if (!json_is_object(value)) {
        return;
    }
    json_object_object_foreach((struct json_object *)(uintptr_t)value, key, member)
    {
        take(arg, key, member);
    }
}

struct str
json_plain(const struct json_object *value)
{
    struct json_object *own = (struct json_object *)(uintptr_t)value;
    struct str text;

    if (json_take_text(own, &text)) {
        return text;
    }
    return str_of(json_object_to_json_string_ext(own, JSON_C_TO_STRING_PLAIN |
                                                          JSON_C_TO_STRING_NOSLASHESCAPE));
}
