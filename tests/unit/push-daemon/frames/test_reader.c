/* test_reader.c - one client's position in its group's log. */
#include "push-daemon/frames/reader.h"

#include <stdlib.h>

#include "tests/unit/push-daemon/a_frame.h"
#include "tests/unit/unit.h"

/* A log of frames of 3 bytes, one for each letter. Frame i is log[3 * i, 3 * i + 3). */
static void
make_log(struct framelog *log, const char *letters)
{
    framelog_init(log);
    for (; *letters != '\0'; letters++) {
        append_text(log, str_make(letters, 1));
    }
}

/* Reads to the end, at most `most` bytes at a time. Returns the letters, with a blank between
 * spans. */
static const char *
read_all(struct reader *r, size_t most)
{
    static char letters[200];
    size_t count = 0;
    struct str span;

    while ((span = reader_next(r, most)).len > 0) {
        size_t cursor = (size_t)r->cursor;

        assert_int_equal(span.len % 3, 0);
        if (count > 0) {
            letters[count++] = ' ';
        }
        for (size_t i = 0; i < span.len; i += 3) {
            letters[count++] = span.p[i + 2];
        }
        assert_int_equal(reader_advance(r, span.len), span.len / 3);
        assert_int_equal(r->cursor, cursor + span.len);
    }
    letters[count] = '\0';
    return letters;
}

static void
reader_reads_from_its_cursor_but_for_its_skips(void **state)
{
    static const struct {
        int cursor; /* all numbers are frames */
        int skips[3][2];
        size_t most;
        const char *letters;
    } rows[] = {
        {0, {{0, 0}}, 100, "abcdef"},
        {0, {{0, 0}}, 7, "ab cd ef"},
        {0, {{0, 0}}, 1, "a b c d e f"},
        {2, {{0, 0}}, 100, "cdef"},
        {6, {{0, 0}}, 100, ""},
        {0, {{2, 3}}, 100, "ab def"},
        {0, {{0, 1}}, 100, "bcdef"},
        {0, {{5, 6}}, 100, "abcde"},
        {0, {{2, 3}, {3, 4}}, 100, "ab ef"}, /* one behind the other */
        {0, {{0, 1}, {1, 2}, {5, 6}}, 100, "cde"},
        {0, {{1, 2}, {3, 4}}, 100, "a c ef"},
        {0,
         {{3, 4}},
         7,
         "ab c ef"}, /* a skip shortens a span, and a short span stops before a skip */
        {0, {{2, 3}}, 6, "ab de f"},
        {0, {{0, 6}}, 100, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct framelog log;
        struct reader r = {0};

        make_log(&log, "abcdef");
        reader_attach(&r, &log, 3 * (uint64_t)rows[i].cursor);
        assert_true(reader_is_attached(&r));
        for (int k = 0; k < 3 && rows[i].skips[k][1] > 0; k++) {
            reader_skip(&r, 3 * (uint64_t)rows[i].skips[k][0], 3 * (uint64_t)rows[i].skips[k][1]);
        }
        assert_string_equal(read_all(&r, rows[i].most), rows[i].letters);
        assert_null(r.skips);
        append_text(&log, BYTES("g"));
        assert_string_equal(read_all(&r, 100), "g");
        reader_detach(&r);
        framelog_fini(&log);
    }
}

static void
reader_falls_off_a_log_that_dropped_what_it_has_not_read(void **state)
{
    struct framelog log;
    struct reader r = {0};

    (void)state;
    make_log(&log, "abc");
    assert_false(reader_fell_off(&r)); /* it reads no log */
    reader_attach(&r, &log, 3);
    framelog_drop(&log, 3);
    assert_false(reader_fell_off(&r));
    framelog_drop(&log, 6);
    assert_true(reader_fell_off(&r));
    reader_detach(&r);
    assert_false(reader_is_attached(&r));
    assert_false(reader_fell_off(&r));
    framelog_fini(&log);
}

static void
reader_forgets_its_skips_when_it_leaves_the_log(void **state)
{
    struct framelog log;
    struct reader r = {0};

    (void)state;
    make_log(&log, "abc");
    reader_attach(&r, &log, 0);
    reader_skip(&r, 0, 3);
    reader_skip(&r, 6, 9);
    reader_detach(&r);
    reader_detach(&r); /* of none: fine */
    reader_attach(&r, &log, 0);
    assert_string_equal(read_all(&r, 100), "abc");
    reader_detach(&r);
    framelog_fini(&log);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reader_reads_from_its_cursor_but_for_its_skips),
        cmocka_unit_test(reader_falls_off_a_log_that_dropped_what_it_has_not_read),
        cmocka_unit_test(reader_forgets_its_skips_when_it_leaves_the_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
