/* test_framelog.c - the log of a room and the cursors into it. */
#include "push-daemon/frames/framelog.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/push-daemon/a_frame.h"
#include "tests/unit/unit.h"

/* A frame of `size` payload bytes, each the same letter; size < 126, so it takes size + 2 bytes. */
static void
append(struct framelog *log, char letter, size_t size)
{
    char payload[125];

    memset(payload, letter, size);
    append_text(log, str_make(payload, size));
}

static void
log_gives_what_lies_behind_a_cursor_in_one_span(void **state)
{
    struct framelog log;
    uint64_t cursor;

    (void)state;
    framelog_init(&log);
    assert_int_equal(framelog_span(&log, 0, 1000).len, 0); /* nothing was ever appended */
    append(&log, 'a', 1);
    cursor = framelog_end(&log);
    append(&log, 'b', 2);
    append(&log, 'c', 3);
    assert_bytes(framelog_span(&log, cursor, 1000), BYTES("\x81\x02"
                                                          "bb\x81\x03"
                                                          "ccc"));
    assert_int_equal(framelog_span(&log, framelog_end(&log), 1000).len, 0);
    framelog_fini(&log);
}

static void
log_cuts_a_span_between_frames_only(void **state)
{
    struct framelog log;

    (void)state;
    framelog_init(&log);
    append(&log, 'a', 10);
    append(&log, 'b', 10);
    append(&log, 'c', 10);
    assert_int_equal(framelog_span(&log, 0, 36).len, 36);
    assert_int_equal(framelog_span(&log, 0, 35).len, 24);
    assert_int_equal(framelog_span(&log, 0, 24).len, 24);
    assert_int_equal(framelog_span(&log, 0, 23).len, 12);
    assert_int_equal(framelog_span(&log, 12, 23).len, 12);
    framelog_fini(&log);
}

static void
log_gives_a_frame_alone_that_is_larger_than_asked(void **state)
{
    struct framelog log;

    (void)state;
    framelog_init(&log);
    append(&log, 'a', 100);
    append(&log, 'b', 10);
    assert_int_equal(framelog_span(&log, 0, 50).len, 102);
    framelog_fini(&log);
}

static void
log_drops_whole_frames_and_keeps_offsets(void **state)
{
    struct framelog log;

    (void)state;
    framelog_init(&log);
    append(&log, 'a', 10);
    append(&log, 'b', 10);
    append(&log, 'c', 10);
    framelog_drop(&log, 13); /* one byte into the second frame */
    assert_int_equal(framelog_base(&log), 12);
    assert_int_equal(framelog_end(&log), 36);
    assert_int_equal(framelog_span(&log, 12, 12).p[2], 'b');
    framelog_drop(&log, framelog_end(&log));
    assert_int_equal(framelog_base(&log), 36);
    append(&log, 'd', 10);
    assert_int_equal(framelog_end(&log), 48);
    assert_int_equal(framelog_span(&log, 36, 100).p[2], 'd');
    framelog_fini(&log);
}

static void
log_holds_no_more_than_its_bound_but_the_newest(void **state)
{
    struct framelog log;

    (void)state;
    framelog_init(&log);
    for (int i = 0; i < 100; i++) {
        append(&log, 'a', 10);
        framelog_bound(&log, 60);
        assert_true(log.length <= 60);
    }
    assert_int_equal(framelog_end(&log), 1200);
    assert_int_equal(framelog_base(&log), 1140);
    append(&log, 'b', 100);
    framelog_bound(&log, 60);
    assert_int_equal(framelog_base(&log), 1200);
    assert_int_equal(log.length, 102);
    framelog_fini(&log);
}

static void
log_gives_its_memory_back_when_all_have_read_it(void **state)
{
    struct framelog log;

    (void)state;
    framelog_init(&log);
    for (int i = 0; i < 1000; i++) {
        append(&log, 'a', 100);
    }
    framelog_drop(&log, framelog_end(&log));
    assert_int_equal(log.room, 0);
    assert_null(log.bytes);
    framelog_fini(&log);
}

/* Many cursors at many places, appends and drops in any order: each cursor reads every frame from
 * where it began, once and in order. */
static void
log_shows_each_cursor_all_frames_in_order(void **state)
{
    enum {
        CURSORS = 5,
        STEPS = 20000
    };
    struct {
        uint64_t at;
        int next; /* number of the frame that it must read next */
    } cursors[CURSORS] = {{0, 0}};
    struct framelog log;
    int appended = 0;

    (void)state;
    srand(7);
    framelog_init(&log);
    for (int step = 0; step < STEPS; step++) {
        int who = rand() % (CURSORS + 2);
        uint64_t lowest = framelog_end(&log);

        if (who >= CURSORS) {
            char number[16];

            append_text(&log, str_make(number, (size_t)snprintf(number, 16, "%08d", appended++)));
            continue;
        }
        struct str span = framelog_span(&log, cursors[who].at, (size_t)(rand() % 100));

        assert_int_equal(span.len % 10, 0);
        for (size_t i = 0; i < span.len; i += 10) {
            assert_int_equal(strtol(strndupa(span.p + i + 2, 8), NULL, 10), cursors[who].next++);
        }
        cursors[who].at += span.len;
        for (int i = 0; i < CURSORS; i++) {
            lowest = cursors[i].at < lowest ? cursors[i].at : lowest;
        }
        framelog_drop(&log, lowest);
        assert_int_equal(framelog_base(&log), lowest);
    }
    assert_true(appended > 1000);
    framelog_fini(&log);
}

/* A frame that many clients are sent in pieces is copied once, and goes with the log. */
static void
log_shares_a_frame_as_long_as_it_is_held(void **state)
{
    struct framelog log;
    struct blob *first, *again, *second;

    (void)state;
    framelog_init(&log);
    append_text(&log, BYTES("one"));
    append_text(&log, BYTES("three"));
    first = framelog_share(&log, 0, framelog_span(&log, 0, 1));
    again = framelog_share(&log, 0, framelog_span(&log, 0, 1));
    assert_ptr_equal(first, again);
    assert_int_equal(first->references, 3);
    assert_bytes(str_make(first->bytes, first->length), BYTES("\x81\x03one"));
    second = framelog_share(&log, 5, framelog_span(&log, 5, 1));
    assert_bytes(str_make(second->bytes, second->length), BYTES("\x81\x05three"));
    assert_int_equal(first->references, 2);
    framelog_drop(&log, 5);
    assert_int_equal(second->references, 2); /* still held */
    framelog_drop(&log, 12);
    assert_int_equal(second->references, 1);
    blob_unref(first);
    blob_unref(again);
    append_text(&log, BYTES("four"));
    blob_unref(framelog_share(&log, 12, framelog_span(&log, 12, 1)));
    blob_unref(second);
    framelog_fini(&log);
}

/* Whatever is written in it: the log alone knows where its frames end. */
static void
log_knows_where_a_frame_ends(void **state)
{
    struct framelog log;

    (void)state;
    framelog_init(&log);
    framelog_append(&log, BYTES("gone"));
    framelog_append(&log, BYTES("one"));
    framelog_append(&log, BYTES("three"));
    framelog_drop(&log, 4);
    for (uint64_t offset = 5; offset <= 12; offset++) {
        assert_int_equal(framelog_frame_end(&log, offset), offset <= 7 ? 7 : 12);
    }
    framelog_fini(&log);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_gives_what_lies_behind_a_cursor_in_one_span),
        cmocka_unit_test(log_cuts_a_span_between_frames_only),
        cmocka_unit_test(log_gives_a_frame_alone_that_is_larger_than_asked),
        cmocka_unit_test(log_drops_whole_frames_and_keeps_offsets),
        cmocka_unit_test(log_holds_no_more_than_its_bound_but_the_newest),
        cmocka_unit_test(log_gives_its_memory_back_when_all_have_read_it),
        cmocka_unit_test(log_knows_where_a_frame_ends),
        cmocka_unit_test(log_shares_a_frame_as_long_as_it_is_held),
        cmocka_unit_test(log_shows_each_cursor_all_frames_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
