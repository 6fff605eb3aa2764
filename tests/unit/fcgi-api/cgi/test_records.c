/* test_records.c - a request as FastCGI records, and an answer out of them, however it is cut. */
#include "fcgi-api/cgi/records.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

/* ---- requests ---- */

static void
a_request_is_begin_params_and_stdin_each_ended(void **state)
{
    char *variables[] = {"A=1", "NAME=value=more", "EMPTY=", "no variable", NULL};
    struct text out;

    (void)state;
    text_init(&out);
    records_add_request(&out, variables, BYTES("body"));
    assert_bytes(text_str(&out), BYTES("\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0"
                                       "\1\4\0\1\0\33\0\0"
                                       "\1\1A1\4\012NAMEvalue=more\5\0EMPTY"
                                       "\1\4\0\1\0\0\0\0"
                                       "\1\5\0\1\0\4\0\0"
                                       "body"
                                       "\1\5\0\1\0\0\0\0"));
    text_fini(&out);
}

static void
a_length_over_127_takes_four_bytes(void **state)
{
    char variable[3 + 300] = "A=";
    char *variables[] = {variable, NULL};
    struct text out;

    (void)state;
    memset(variable + 2, 'x', 300);
    text_init(&out);
    for (size_t n = 126; n <= 129; n++) {
        variable[2 + n] = '\0';
        text_clear(&out);
        records_add_request(&out, variables, BYTES(""));
        if (n < 128) {
            assert_int_equal((unsigned char)out.bytes[16 + 8 + 1], n);
            assert_memory_equal(out.bytes + 16 + 8 + 2, "Ax", 2);
        } else {
            assert_memory_equal(out.bytes + 16 + 8 + 1, "\x80\0\0", 3);
            assert_int_equal((unsigned char)out.bytes[16 + 8 + 4], n);
            assert_memory_equal(out.bytes + 16 + 8 + 5, "Ax", 2);
        }
        variable[2 + n] = 'x';
    }
    text_fini(&out);
}

/* The content of all records of a type, which the empty one must end. */
static void
collect(struct str bytes, unsigned char type, struct text *content)
{
    bool ended = false;

    text_clear(content);
    while (bytes.len > 0) {
        const unsigned char *header = (const unsigned char *)bytes.p;
        size_t length = (size_t)header[4] << 8 | header[5];

        assert_true(bytes.len >= 8 + length);
        assert_int_equal(header[0], 1);
        assert_int_equal(header[6], 0);
        if (header[1] == type) {
            assert_false(ended);
            ended = length == 0;
            text_add(content, bytes.p + 8, length);
        }
        bytes = str_make(bytes.p + 8 + length, bytes.len - 8 - length);
    }
    assert_true(ended);
}

static void
what_is_longer_than_a_record_takes_several(void **state)
{
    static const size_t lengths[] = {65527, 65528, 65529, 65536, 200000, 1 << 20};
    char *variable = malloc(3 + 200000), *body = malloc(1 << 20);
    char *variables[] = {variable, NULL};
    struct text out, content;

    (void)state;
    memset(variable, 'v', 2 + 200000);
    memcpy(variable, "A=", 2);
    variable[2 + 200000] = '\0';
    for (size_t i = 0; i < 1 << 20; i++) {
        body[i] = (char)(i * 7);
    }
    text_init(&out);
    text_init(&content);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        text_clear(&out);
        records_add_request(&out, variables, str_make(body, lengths[i]));
        collect(text_str(&out), 5, &content);
        assert_bytes(text_str(&content), str_make(body, lengths[i]));
        collect(text_str(&out), 4, &content);
        assert_int_equal(content.len, 5 + 1 + 200000);
    }
    text_fini(&content);
    text_fini(&out);
    free(body);
    free(variable);
}

/* ---- answers ---- */

#define END "\1\3\0\1\0\10\0\0\0\0\0\0\0\0\0\0"

struct taken {
    struct text out;
    struct text errors;
};

/* Hands it over in pieces of so many bytes. */
static enum answer_state
take(struct taken *t, struct str bytes, size_t piece)
{
    struct answer answer = {0};
    enum answer_state state = ANSWER_MORE;

    text_clear(&t->out);
    text_clear(&t->errors);
    while (bytes.len > 0 && state == ANSWER_MORE) {
        size_t n = bytes.len < piece ? bytes.len : piece;
        char *own = malloc(n); /* of just this size, for the sanitizers */

        memcpy(own, bytes.p, n);
        state = answer_take(&answer, str_make(own, n), &t->out, &t->errors);
        free(own);
        bytes = str_make(bytes.p + n, bytes.len - n);
    }
    return state;
}

static void
an_answer_is_read_however_it_is_cut(void **state)
{
    const struct str bytes = BYTES("\1\6\0\1\0\5\3\0"
                                   "Hello"
                                   "PAD"
                                   "\1\7\0\1\0\3\0\0"
                                   "err"
                                   "\1\6\0\1\0\0\0\0"
                                   "\1\6\0\1\0\7\1\0"
                                   ", world"
                                   "P"
                                   "\1\13\0\1\0\2\0\0"
                                   "??"
                                   "\1\7\0\1\0\0\0\0" END);
    struct taken t = {{0}, {0}};

    (void)state;
    for (size_t piece = 1; piece <= bytes.len; piece++) {
        assert_int_equal(take(&t, bytes, piece), ANSWER_DONE);
        assert_bytes(text_str(&t.out), BYTES("Hello, world"));
        assert_bytes(text_str(&t.errors), BYTES("err"));
    }
    for (size_t length = 0; length < bytes.len; length++) {
        assert_int_equal(take(&t, str_make(bytes.p, length), 5), ANSWER_MORE);
    }
    text_fini(&t.out);
    text_fini(&t.errors);
}

static void
what_is_no_answer_is_wrong(void **state)
{
    const struct {
        struct str bytes;
        enum answer_state wanted;
    } cases[] = {
        {BYTES("HTTP/1.1 200 OK\r\n"), ANSWER_WRONG},
        {BYTES("\2\6\0\1\0\0\0\0"), ANSWER_WRONG},
        {BYTES("\1\3\0\1\0\10\0\0\0\0\0\0\2\0\0\0"), ANSWER_WRONG}, /* FCGI_OVERLOADED */
        {BYTES("\1\3\0\1\0\10\0\0\0\0\0\7\0\0\0\0"),
         ANSWER_DONE}, /* its exit status is its own affair */
    };
    struct taken t = {{0}, {0}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t piece = 1; piece <= cases[i].bytes.len; piece++) {
            assert_int_equal(take(&t, cases[i].bytes, piece), cases[i].wanted);
        }
    }
    text_fini(&t.out);
    text_fini(&t.errors);
}

static void
the_longest_record_is_taken(void **state)
{
    size_t length = 8 + 65535 + 255;
    char *bytes = malloc(length + 16);
    struct taken t = {{0}, {0}};

    (void)state;
    memset(bytes, 'x', length);
    memcpy(bytes, "\1\6\0\1\377\377\377\0", 8);
    memcpy(bytes + length, END, 16);
    assert_int_equal(take(&t, str_make(bytes, length + 16), 4096), ANSWER_DONE);
    assert_int_equal(t.out.len, 65535);
    text_fini(&t.out);
    text_fini(&t.errors);
    free(bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_begin_params_and_stdin_each_ended),
        cmocka_unit_test(a_length_over_127_takes_four_bytes),
        cmocka_unit_test(what_is_longer_than_a_record_takes_several),
        cmocka_unit_test(an_answer_is_read_however_it_is_cut),
        cmocka_unit_test(what_is_no_answer_is_wrong),
        cmocka_unit_test(the_longest_record_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
