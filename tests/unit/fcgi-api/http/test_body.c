/* test_body.c - a body is read to its end, and what a CGI's CONTENT_LENGTH may say about it. */
#include "fcgi-api/http/body.h"

#include <unistd.h>

#include "tests/unit/unit.h"

/* A source that gives its text in pieces of three bytes, and then ends or breaks off. */
struct given {
    struct str rest;
    ssize_t end;
    size_t calls;
};

static ssize_t
give(void *arg, char *to, size_t most)
{
    struct given *g = arg;
    size_t n = g->rest.len < 3 ? g->rest.len : 3;

    assert_true(most >= 3);
    g->calls++;
    if (n == 0) {
        return g->end;
    }
    memcpy(to, g->rest.p, n);
    g->rest = str_make(g->rest.p + n, g->rest.len - n);
    return (ssize_t)n;
}

static void
the_first_bytes_are_kept_and_all_are_read(void **state)
{
    struct text body;

    (void)state;
    text_init(&body);
    for (size_t keep = 0; keep <= 12; keep++) {
        struct given g = {.rest = BYTES("0123456789")};

        text_clear(&body);
        assert_true(body_read(&body, keep, give, &g));
        assert_bytes(text_str(&body), str_make("0123456789", keep < 10 ? keep : 10));
        assert_int_equal(g.calls, 5);
    }
    text_fini(&body);
}

static void
a_body_that_breaks_off_is_none(void **state)
{
    struct given g = {.rest = BYTES("half"), .end = -1};
    struct text body;

    (void)state;
    text_init(&body);
    assert_false(body_read(&body, 100, give, &g));
    text_fini(&body);
}

/* Standard input holds this; keep bytes are kept. */
static bool
read_stdin(struct str input, size_t keep, struct str content_length)
{
    int ends[2], saved = dup(STDIN_FILENO);
    struct text body;
    bool whole;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], input.p, input.len), input.len);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    text_init(&body);
    whole = body_read_stdin(&body, keep, content_length);
    assert_int_equal(body.len, input.len < keep ? input.len : keep);
    assert_int_equal(read(STDIN_FILENO, ends, 1), 0);
    text_fini(&body);
    dup2(saved, STDIN_FILENO);
    close(saved);
    return whole;
}

static void
an_end_before_content_length_is_none(void **state)
{
    static const struct str broken[] = {
        {"6", 1}, {"10", 2}, {"100", 3}, {"000006", 6}, {"99999999999999999999999999999", 29},
    };
    static const struct str whole[] = {
        {"5", 1}, {"", 0}, {"0", 1}, {"4", 1}, {"05", 2}, {"-6", 2}, {"6 ", 2}, {"x", 1}, {"6x", 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        assert_false(read_stdin(BYTES("12345"), 100, broken[i]));
        /* What is too large is so whatever is still missing. */
        assert_true(read_stdin(BYTES("12345"), 5, broken[i]));
    }
    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
        assert_true(read_stdin(BYTES("12345"), 100, whole[i]));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_bytes_are_kept_and_all_are_read),
        cmocka_unit_test(a_body_that_breaks_off_is_none),
        cmocka_unit_test(an_end_before_content_length_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
