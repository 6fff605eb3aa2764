/* records.c - any bytes as a FastCGI answer: the same however they are cut; and a request is
 * what it was made of. */
#include "fcgi-api/cgi/records.h"

#include "tests/fuzz/fuzz.h"

struct taken {
    struct text out;
    struct text errors;
    enum answer_state state;
};

static void
take(struct taken *t, struct str bytes, size_t piece)
{
    struct answer answer = {0};

    text_init(&t->out);
    text_init(&t->errors);
    t->state = ANSWER_MORE;
    while (bytes.len > 0 && t->state == ANSWER_MORE) {
        size_t n = bytes.len < piece ? bytes.len : piece;

        t->state = answer_take(&answer, str_make(bytes.p, n), &t->out, &t->errors);
        CHECK(t->state < ANSWER_STATE__MAX);
        CHECK(answer.content_left <= 65535 && answer.padding_left <= 255);
        bytes = str_make(bytes.p + n, bytes.len - n);
    }
}

static void
forget(struct taken *t)
{
    text_fini(&t->out);
    text_fini(&t->errors);
}

/* The input's lines as variables, what follows an empty one as the body. */
static void
check_request(struct str input)
{
    char *variables[64];
    size_t count = 0;
    struct text out;
    struct str bytes, line, body = {NULL, 0};
    size_t body_seen = 0;

    while (count < 63 && input.len > 0 && (line = fuzz_part(&input, '\n')).len > 0) {
        variables[count] = strndup(line.p, line.len);
        CHECK(variables[count++] != NULL);
    }
    variables[count] = NULL;
    body = input;
    text_init(&out);
    records_add_request(&out, variables, body);
    for (bytes = text_str(&out); bytes.len > 0;) {
        const unsigned char *header = (const unsigned char *)bytes.p;
        size_t length = bytes.len >= 8 ? (size_t)header[4] << 8 | header[5] : 0;

        CHECK(bytes.len >= 8 + length);
        if (header[1] == 5) {
            CHECK(length == 0 || memcmp(bytes.p + 8, body.p + body_seen, length) == 0);
            body_seen += length;
        }
        bytes = str_make(bytes.p + 8 + length, bytes.len - 8 - length);
    }
    CHECK(body_seen == body.len);
    text_fini(&out);
    while (count > 0) {
        free(variables[--count]);
    }
}

static void
fuzz(struct str input)
{
    struct taken whole, cut;

    take(&whole, input, input.len > 0 ? input.len : 1);
    take(&cut, input, 1);
    CHECK(whole.state == cut.state);
    CHECK(str_equal(text_str(&whole.out), text_str(&cut.out)));
    CHECK(str_equal(text_str(&whole.errors), text_str(&cut.errors)));
    CHECK(whole.out.len + whole.errors.len <= input.len);
    forget(&whole);
    forget(&cut);
    check_request(input);
}
