/* message.c - a chat message and its JSON form. */
#include "lib/message.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>

#include "lib/ids.h"
#include "lib/json.h"
#include "lib/utf8.h"

void
message_add_head(struct text *out, struct str group, struct str user, struct str info)
{
    text_reserve(out, group.len + user.len + info.len + 64);
    text_add_str(out, "{\"groupId\":");
    text_add_json(out, group);
    text_add_str(out, ",\"userId\":");
    text_add_json(out, user);
    text_add_str(out, ",\"info\":");
    text_add_json(out, info);
    text_add_str(out, ",\"ts\":");
}

void
message_add(struct text *out, struct str group, struct str user, struct str info, int64_t ts)
{
    message_add_head(out, group, user, info);
    text_add_int(out, ts);
    text_add_str(out, MESSAGE_TAIL);
}

/* ---- the fast way: the entry already has our form ---- */

/* p moves on while the text matches, and is NULL after the first mismatch. */
struct scan {
    const char *p;
    const char *end;
};

static void
scan_literal(struct scan *s, struct str literal)
{
    if (s->p == NULL || (size_t)(s->end - s->p) < literal.len ||
        memcmp(s->p, literal.p, literal.len) != 0) {
        s->p = NULL;
        return;
    }
    s->p += literal.len;
}

/* Of U+0000 to U+001F: two digits. U+0008, 9, A, C and D have a short form. */
static bool
scan_is_control(char high, char low)
{
    bool is_number = low >= '0' && low <= '9', is_letter = low >= 'a' && low <= 'f';

    if (high == '0') {
        return is_number ? low < '8' : low == 'b' || low == 'e' || low == 'f';
    }
    return high == '1' && (is_number || is_letter);
}

/* Length of the escape at p; 0 if text_add_json() would not write it so. */
static size_t
scan_escape(const char *p, const char *end)
{
    if (end - p < 2) {
        return 0;
    }
    switch (p[1]) {
    case '"':
    case '\\':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return 2;
    case 'u':
        return end - p >= 6 && memcmp(p + 2, "00", 2) == 0 && scan_is_control(p[4], p[5]) ? 6 : 0;
    default:
        return 0;
    }
}

static void
scan_string(struct scan *s)
{
    scan_literal(s, str_of("\""));
    while (s->p != NULL && s->p < s->end && *s->p != '"') {
        unsigned char c = (unsigned char)*s->p;
        size_t step = c == '\\' ? scan_escape(s->p, s->end) : c >= 0x20 ? 1 : 0;

        s->p = step > 0 ? s->p + step : NULL;
    }
    scan_literal(s, str_of("\""));
}

static int64_t
scan_ts(struct scan *s)
{
    int64_t ts = 0;
    const char *from = s->p;

    while (s->p != NULL && s->p < s->end && *s->p >= '0' && *s->p <= '9') {
        ts = ts * 10 + (*s->p - '0');
        s->p = ts <= MESSAGE_TS_MAX ? s->p + 1 : NULL;
    }
    if (s->p != NULL && (s->p == from || (*from == '0' && s->p - from > 1))) {
        s->p = NULL;
    }
    return ts;
}

/* Is stored, to the byte, what message_add() would write for this group? */
static bool
message_is_canonical(struct str group, struct str stored, int64_t *ts)
{
    struct scan s;
    struct str tail = str_of(MESSAGE_TAIL);
    char quoted[6 * ID_MAX_BYTES + 3];
    struct text head = {quoted, 0, sizeof(quoted)};

    if (stored.len == 0 || group.len > ID_MAX_BYTES) {
        return false;
    }
    s = (struct scan){stored.p, stored.p + stored.len};
    text_add_json(&head, group); /* fits: a byte becomes six at most */
    scan_literal(&s, str_of("{\"groupId\":"));
    scan_literal(&s, text_str(&head));
    scan_literal(&s, str_of(",\"userId\":"));
    scan_string(&s);
    scan_literal(&s, str_of(",\"info\":"));
    scan_string(&s);
    scan_literal(&s, str_of(",\"ts\":"));
    *ts = scan_ts(&s);
    scan_literal(&s, tail);
    return s.p != NULL && s.p == s.end && utf8_valid(stored);
}

struct str
message_quoted_user(struct str message)
{
    struct scan s = {message.p, message.p + message.len};
    const char *user;

    scan_literal(&s, str_of("{\"groupId\":"));
    scan_string(&s);
    scan_literal(&s, str_of(",\"userId\":"));
    user = s.p;
    scan_string(&s);
    return s.p != NULL ? str_make(user, (size_t)(s.p - user)) : str_make("", 0);
}

/* ---- the general way ---- */

enum {
    DEPTH_MAX = 1000 /* of nested values; that of cjson in Redis */
};

/* Takes a whole number in any notation (1.0, 1e3): JSON has only one type of number. */
static bool
message_integer(struct json_object *value, int64_t *n)
{
    double d;

    if (json_object_is_type(value, json_type_int)) {
        /* json-c makes a number beyond the limit the limit, so INT64_MIN may be wrong. */
        *n = json_object_get_int64(value);
        return *n != INT64_MIN && (*n != INT64_MAX || json_object_get_uint64(value) == INT64_MAX);
    }
    if (!json_object_is_type(value, json_type_double)) {
        return false;
    }
    d = json_object_get_double(value);
    if (!(fabs(d) <= (double)MESSAGE_TS_MAX) || d != floor(d)) {
        return false;
    }
    *n = (int64_t)d;
    return true;
}

static struct str
message_str(struct json_object *value)
{
    return str_make(json_object_get_string(value), (size_t)json_object_get_string_len(value));
}

static bool
message_recode_parsed(struct text *out, struct str group, struct json_object *root, int64_t *ts)
{
    struct json_object *user, *info, *time;
    char digits[24];
    int64_t number;

    if (!json_object_is_type(root, json_type_object) ||
        !json_object_object_get_ex(root, "userId", &user) ||
        !json_object_object_get_ex(root, "info", &info) ||
        !json_object_object_get_ex(root, "ts", &time) ||
        !json_object_is_type(info, json_type_string) || !message_integer(time, ts) || *ts < 0 ||
        *ts > MESSAGE_TS_MAX) {
        return false;
    }
    if (json_object_is_type(user, json_type_string)) {
        message_add(out, group, message_str(user), message_str(info), *ts);
        return true;
    }
    if (!message_integer(user, &number)) {
        return false;
    }
    snprintf(digits, sizeof(digits), "%" PRId64, number);
    message_add(out, group, str_of(digits), message_str(info), *ts);
    return true;
}

bool
message_recode(struct text *out, struct str group, struct str stored, int64_t *ts)
{
    struct json_object *root;
    int64_t unwanted;
    bool ok;

    if (ts == NULL) {
        ts = &unwanted;
    }
    if (message_is_canonical(group, stored, ts)) {
        text_add(out, stored.p, stored.len);
        return true;
    }
    ok = json_parse(&root, stored, DEPTH_MAX) && message_recode_parsed(out, group, root, ts);
    json_object_put(root);
    return ok;
}
