/* http_head.c - the head of an HTTP/1.1 request, as it came. */
#include "push-daemon/net/http_head.h"

#include <strings.h>

static const struct refusal fine = {0, NULL};
static const struct refusal too_large = {431, "the request's head is larger than 16 KiB"};

static struct refusal
bad(const char *why)
{
    return (struct refusal){400, why};
}

/* RFC 9110, section 5.6.2. */
static bool
head_is_token(struct str s)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";

    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.p[i], lower = c | 0x20;

        if (!(lower >= 'a' && lower <= 'z') && !(c >= '0' && c <= '9') &&
            memchr(marks, c, sizeof(marks) - 1) == NULL) {
            return false;
        }
    }
    return s.len > 0;
}

/* Takes what stands before the next one of that character, and the character. */
static bool
head_cut(struct str *s, char at, struct str *before)
{
    const char *found = s->len > 0 ? memchr(s->p, at, s->len) : NULL;

    if (found == NULL) {
        return false;
    }
    *before = str_make(s->p, (size_t)(found - s->p));
    *s = str_make(found + 1, s->len - before->len - 1);
    return true;
}

/* ---- the request line ---- */

/* Of http://HOST/PATH the path is left; "/" if there is none. */
static struct str
head_path_of(struct str target)
{
    static const char *const schemes[] = {"http://", "https://", "ws://", "wss://"};

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t length = strlen(schemes[i]);

        if (target.len >= length && strncasecmp(target.p, schemes[i], length) == 0) {
            const char *slash = memchr(target.p + length, '/', target.len - length);

            return slash != NULL ? str_make(slash, target.len - (size_t)(slash - target.p))
                                 : str_of("/");
        }
    }
    return target;
}

static struct refusal
head_take_request_line(struct http_head *head, struct str line)
{
    struct str target;

    if (!head_cut(&line, ' ', &head->method) || !head_is_token(head->method) ||
        !head_cut(&line, ' ', &target) || target.len == 0) {
        return bad("the request line is not METHOD TARGET HTTP/1.1");
    }
    for (size_t i = 0; i < target.len; i++) {
        if ((unsigned char)target.p[i] <= ' ' || target.p[i] == 0x7f) {
            return bad("a control character in the path");
        }
    }
    head->is_http10 = str_is(line, "HTTP/1.0");
    if (!head->is_http10 && !str_is(line, "HTTP/1.1")) {
        return bad("the version is not HTTP/1.1");
    }
    head->target = head_path_of(target);
    return fine;
}

/* ---- field lines ---- */

static struct refusal
head_check_field(struct str line)
{
    struct str name;

    if (line.p[0] == ' ' || line.p[0] == '\t') {
        return bad("a header line is folded");
    }
    if (!head_cut(&line, ':', &name) || !head_is_token(name)) {
        return bad("a header line is not NAME: VALUE");
    }
    for (size_t i = 0; i < line.len; i++) {
        if (((unsigned char)line.p[i] < ' ' && line.p[i] != '\t') || line.p[i] == 0x7f) {
            return bad("a control character in a header");
        }
    }
    return fine;
}

/* Takes a whole line, without its end. */
static struct refusal
head_take_line(struct http_head *head, struct str bytes, struct str line)
{
    size_t next = (size_t)(line.p - bytes.p) + line.len + 2;
    struct refusal refusal = fine;

    if (head->method.p == NULL && line.len == 0 && head->checked < 2) {
        head->checked = next; /* an empty line before it is passed over (section 2.2) */
        return fine;
    }
    if (head->method.p == NULL) {
        refusal = head_take_request_line(head, line);
        head->fields = str_make(bytes.p + next, 0);
    } else if (line.len > 0) {
        refusal = head_check_field(line);
        head->fields.len = next - (size_t)(head->fields.p - bytes.p);
    } else {
        head->length = next;
    }
    head->checked = next;
    return refusal;
}

/* Of what has come without a line's end. Who speaks TLS, say, need not wait for the end. */
static struct refusal
head_check_begun(const struct http_head *head, struct str line)
{
    if (head->checked + line.len > HTTP_HEAD_MAX) {
        return too_large;
    }
    if (head->method.p == NULL && line.len > 0 && line.p[0] != '\r' &&
        !head_is_token(str_make(line.p, 1))) {
        return bad("this is no HTTP request");
    }
    return fine;
}

struct refusal
http_head_parse(struct http_head *head, struct str bytes)
{
    struct refusal refusal = fine;

    while (refusal.status == 0 && head->length == 0) {
        struct str rest = str_make(bytes.p + head->checked, bytes.len - head->checked), line;

        if (!head_cut(&rest, '\n', &line)) {
            return head_check_begun(head, rest);
        }
        if (line.len == 0 || line.p[line.len - 1] != '\r') {
            return bad("a line does not end in CR LF");
        }
        refusal = head_take_line(head, bytes, str_make(line.p, line.len - 1));
    }
    return refusal.status == 0 && head->length > HTTP_HEAD_MAX ? too_large : refusal;
}

struct str
http_head_get(const struct http_head *head, const char *name, char *room)
{
    struct str rest = head->fields, line, value = {NULL, 0}, field;

    while (head_cut(&rest, '\n', &line)) {
        if (!head_cut(&line, ':', &field) || field.len != strlen(name) ||
            strncasecmp(field.p, name, field.len) != 0) {
            continue;
        }
        line = str_trim(str_make(line.p, line.len - 1));
        if (value.p == NULL) {
            value = line;
            continue;
        }
        memmove(room, value.p, value.len);
        room[value.len] = ',';
        room[value.len + 1] = ' ';
        memcpy(room + value.len + 2, line.p, line.len);
        value = str_make(room, value.len + 2 + line.len);
    }
    return value;
}
