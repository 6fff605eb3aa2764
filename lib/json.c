/* json.c - reads JSON. */
#include "lib/json.h"

#include <json-c/json_object.h>
#include <json-c/json_tokener.h>
#include <limits.h>

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

bool
json_parse(struct json_object **root, struct str text, int depth)
{
    struct json_tokener *tok;
    bool ok;

    *root = NULL;
    if (text.len > INT_MAX || !utf8_valid(text)) {
        return false;
    }
    tok = json_tokener_new_ex(depth);
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

void
json_free(struct json_object *root)
{
    json_object_put(root);
}

struct str
json_text(struct json_object *root, const char *key)
{
    struct json_object *member;

    if (!json_object_is_type(root, json_type_object) ||
        !json_object_object_get_ex(root, key, &member) ||
        !json_object_is_type(member, json_type_string)) {
        return str_make(NULL, 0);
    }
    return str_make(json_object_get_string(member), (size_t)json_object_get_string_len(member));
}

/* json-c's strict mode still takes more than RFC 8259: NaN and Infinity, `1.`, bare control
 * characters. Returns false if text has one of these. */
static bool
json_is_strict(const char *text)
{
    bool in_string = false, ok = true;

    for (const char *p = text; ok && *p != '\0'; p++) {
        if (*p == '"') {
            in_string = !in_string;
        } else if (!in_string) {
            ok = *p != 'N' && *p != 'I' && (*p != '.' || (p[1] >= '0' && p[1] <= '9'));
        } else if (*p == '\\') {
            p++; /* the next character is escaped */
        } else {
            ok = (unsigned char)*p >= 0x20;
        }
    }
    return ok;
}

bool
json_is_valid(const char *text)
{
    struct json_object *root;
    bool ok = json_parse(&root, str_of(text), DEPTH_MAX) && json_is_strict(text);

    json_object_put(root);
    return ok;
}
