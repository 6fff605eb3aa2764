/* records.c - FastCGI from the web server's side. */
#include "fcgi-api/cgi/records.h"

#include <stdbool.h>

enum {
    VERSION = 1,
    REQUEST_ID = 1,
    ROLE_RESPONDER = 1,
    STATUS_REQUEST_COMPLETE = 0,
    CONTENT_MAX = 65528, /* of a record; the most that needs no padding to a multiple of 8 */
    RECORD_HEADER_BYTES = 8
};

enum record_type {
    BEGIN_REQUEST = 1,
    END_REQUEST = 3,
    PARAMS = 4,
    STDIN = 5,
    STDOUT = 6,
    STDERR = 7
};

/* Offsets in the header of a record, and in the content of an END_REQUEST. */
enum {
    HEADER_VERSION = 0,
    HEADER_TYPE = 1,
    HEADER_CONTENT_LENGTH = 4,
    HEADER_PADDING_LENGTH = 6,
    END_PROTOCOL_STATUS = 4
};

/* ---- the request ---- */

static void
record_add_header(struct text *out, enum record_type type, size_t length)
{
    const unsigned char header[RECORD_HEADER_BYTES] = {
        VERSION,    (unsigned char)type,          0,
        REQUEST_ID, (unsigned char)(length >> 8), (unsigned char)length,
    };

    text_add(out, header, sizeof(header));
}

/* Content of a known length, added piece by piece, in as many records as it needs. */
struct stream {
    struct text *out;
    enum record_type type;
    size_t left;        /* bytes behind the current record */
    size_t record_left; /* bytes that the current record still needs */
};

static void
stream_add(struct stream *s, struct str bytes)
{
    while (bytes.len > 0) {
        size_t n;

        if (s->record_left == 0) {
            s->record_left = s->left < CONTENT_MAX ? s->left : CONTENT_MAX;
            s->left -= s->record_left;
            record_add_header(s->out, s->type, s->record_left);
        }
        n = bytes.len < s->record_left ? bytes.len : s->record_left;
        text_add(s->out, bytes.p, n);
        s->record_left -= n;
        bytes = str_make(bytes.p + n, bytes.len - n);
    }
}

/* Ends it, by an empty record. */
static void
stream_end(struct stream *s)
{
    record_add_header(s->out, s->type, 0);
}

/* The bytes that content of this length takes with its headers, or a few more. */
static size_t
stream_size(size_t length)
{
    return length + RECORD_HEADER_BYTES * (length / CONTENT_MAX + 2);
}

/* A length stands before each name and value: one byte up to 127, else four with the top bit
 * set. */
static size_t
params_length_size(size_t n)
{
    return n < 0x80 ? 1 : 4;
}

static void
params_add_length(struct stream *s, size_t n)
{
    const unsigned char bytes[4] = {(unsigned char)(n >> 24 | 0x80), (unsigned char)(n >> 16),
                                    (unsigned char)(n >> 8), (unsigned char)n};
    size_t size = params_length_size(n);

    stream_add(s, str_make((const char *)bytes + (size == 1 ? 3 : 0), size));
}

/* Returns false if it is not NAME=value. */
static bool
params_split(const char *variable, struct str *name, struct str *value)
{
    const char *equals = strchr(variable, '=');

    if (equals == NULL) {
        return false;
    }
    *name = str_make(variable, (size_t)(equals - variable));
    *value = str_of(equals + 1);
    return true;
}

static size_t
params_length(char *const *variables)
{
    struct str name, value;
    size_t length = 0;

    for (; *variables != NULL; variables++) {
        if (params_split(*variables, &name, &value)) {
            length +=
                params_length_size(name.len) + params_length_size(value.len) + name.len + value.len;
        }
    }
    return length;
}

static void
params_add(struct stream *s, char *const *variables)
{
    struct str name, value;

    for (; *variables != NULL; variables++) {
        if (params_split(*variables, &name, &value)) {
            params_add_length(s, name.len);
            params_add_length(s, value.len);
            stream_add(s, name);
            stream_add(s, value);
        }
    }
    stream_end(s);
}

void
records_add_request(struct text *out, char *const *variables, struct str body)
{
    static const char begin[8] = {0, ROLE_RESPONDER}; /* no FCGI_KEEP_CONN */
    struct stream params = {.out = out, .type = PARAMS, .left = params_length(variables)};
    struct stream input = {.out = out, .type = STDIN, .left = body.len};

    text_reserve(out, RECORD_HEADER_BYTES + sizeof(begin) + stream_size(params.left) +
                          stream_size(body.len));
    record_add_header(out, BEGIN_REQUEST, sizeof(begin));
    text_add(out, begin, sizeof(begin));
    params_add(&params, variables);
    stream_add(&input, body);
    stream_end(&input);
}

/* ---- the answer ---- */

/* Takes at most n bytes off the front. */
static struct str
answer_cut(struct str *rest, size_t n)
{
    struct str front = str_make(rest->p, n < rest->len ? n : rest->len);

    *rest = str_make(rest->p + front.len, rest->len - front.len);
    return front;
}

/* Fills an array of size bytes. Returns true if it is full. */
static bool
answer_fill(unsigned char *to, size_t *have, size_t size, struct str *rest)
{
    struct str some = answer_cut(rest, size - *have);

    if (some.len > 0) {
        memcpy(to + *have, some.p, some.len);
    }
    *have += some.len;
    return *have == size;
}

static void
answer_take_content(struct answer *a, struct str content, struct text *out, struct text *errors)
{
    switch (a->header[HEADER_TYPE]) {
    case STDOUT:
        text_add(out, content.p, content.len);
        break;
    case STDERR:
        text_add(errors, content.p, content.len);
        break;
    case END_REQUEST:
        answer_fill(a->end, &a->end_have, sizeof(a->end), &content);
        break;
    default: /* a later version of FastCGI may have more types */
        break;
    }
}

/* Reads the header, which is complete. */
static void
answer_begin_record(struct answer *a)
{
    a->content_left =
        (size_t)a->header[HEADER_CONTENT_LENGTH] << 8 | a->header[HEADER_CONTENT_LENGTH + 1];
    a->padding_left = a->header[HEADER_PADDING_LENGTH];
}

enum answer_state
answer_take(struct answer *a, struct str rest, struct text *out, struct text *errors)
{
    while (rest.len > 0) {
        struct str content;

        if (a->header_have < sizeof(a->header)) {
            if (!answer_fill(a->header, &a->header_have, sizeof(a->header), &rest)) {
                return ANSWER_MORE;
            }
            if (a->header[HEADER_VERSION] != VERSION) {
                return ANSWER_WRONG;
            }
            answer_begin_record(a);
        }
        content = answer_cut(&rest, a->content_left);
        answer_take_content(a, content, out, errors);
        a->content_left -= content.len;
        if (a->end_have == sizeof(a->end)) {
            return a->end[END_PROTOCOL_STATUS] == STATUS_REQUEST_COMPLETE ? ANSWER_DONE
                                                                          : ANSWER_WRONG;
        }
        if (a->content_left == 0) {
            a->padding_left -= answer_cut(&rest, a->padding_left).len;
        }
        if (a->content_left == 0 && a->padding_left == 0) {
            a->header_have = 0;
        }
    }
    return ANSWER_MORE;
}
