/* test_snapshot.c - one reading of a list: what Redis answers, and the first frame that it
 * makes. */
#include "push-daemon/sync/snapshot.h"

#include "lib/garbage.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "tests/unit/push-daemon/replies.h"

static struct snapshot *
a_snapshot(int64_t window, const char *wire, bool wanted)
{
    struct snapshot *s = snapshot_create(NULL, window, 1000);
    struct reply *reply = wire != NULL ? reply_parse(wire) : NULL;

    if (snapshot_read(s, reply) != wanted) {
        fail_msg("%s: it was %s", wire, wanted ? "not read" : "read");
    }
    reply_free(reply);
    return s;
}

static void
only_an_answer_of_the_script_is_read(void **state)
{
    static const char *const others[] = {
        NULL,
        "-ERR no\r\n",
        ":3\r\n",
        "$-1\r\n",
        "*0\r\n",
        "*1\r\n:3\r\n",
        "*2\r\n:3\r\n:3\r\n",
        "*2\r\n:3\r\n$-1\r\n",
        "*3\r\n:0\r\n*0\r\n*0\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct snapshot *s = a_snapshot(50, others[i], false);

        assert_int_equal(s->entry_count, 0);
        snapshot_destroy(s);
    }
    snapshot_destroy(NULL);
}

static void
entries_are_copied(void **state)
{
    struct snapshot *s =
        a_snapshot(3, "*2\r\n:5\r\n*3\r\n$1\r\na\r\n$0\r\n\r\n$3\r\nbcd\r\n", true);

    (void)state;
    assert_int_equal(s->total, 5);
    assert_int_equal(s->entry_count, 3);
    assert_bytes(s->entries[0].raw, BYTES("a"));
    assert_bytes(s->entries[1].raw, BYTES(""));
    assert_bytes(s->entries[2].raw, BYTES("bcd"));
    assert_true(s->entries[0].hash == hash_bytes(BYTES("a")));
    assert_true(s->entries[2].hash == hash_bytes(BYTES("bcd")));
    snapshot_destroy(s);
}

static const struct width {
    const char *wire;
    int64_t window;
    bool whole;
    bool can_widen; /* to 100 entries */
} widths[] = {
    {"*2\r\n:0\r\n*0\r\n", 50, true, false},
    {"*2\r\n:1\r\n*1\r\n$1\r\na\r\n", 50, true, false},
    {"*2\r\n:2\r\n*1\r\n$1\r\na\r\n", 1, false, true},
    {"*2\r\n:3\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n", 2, false, true},
    {"*2\r\n:2\r\n*1\r\n$1\r\na\r\n", 99, false, false}, /* more would be too many bytes */
    {"*2\r\n:2\r\n*1\r\n$1\r\na\r\n", 100, false, false},
    {"*2\r\n:2\r\n*0\r\n", 0, false, true},
};

static void
it_tells_whether_more_can_be_had(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
        struct snapshot *s = a_snapshot(widths[i].window, widths[i].wire, true);

        assert_int_equal(snapshot_is_whole(s), widths[i].whole);
        assert_int_equal(snapshot_can_widen(s, 100), widths[i].can_widen);
        snapshot_destroy(s);
    }
}

static void
what_passed_is_noted_in_its_order(void **state)
{
    struct snapshot *s = snapshot_create(NULL, 1, 1000);

    (void)state;
    for (size_t i = 0; i < 100; i++) {
        snapshot_note(s, i, 10 * i, 10 * i + 5);
    }
    assert_int_equal(s->passed_count, 100);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(s->passed[i].hash, i);
        assert_int_equal(s->passed[i].from, 10 * i);
        assert_int_equal(s->passed[i].to, 10 * i + 5);
    }
    snapshot_destroy(s);
}

/* ---- first frames ---- */

#define ENTRY(n)   "{\"userId\":\"u\",\"info\":\"i\",\"ts\":" #n "}"
#define MESSAGE(n) "{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"i\",\"ts\":" #n "}"

static const struct first_frame {
    const char *entries[4]; /* oldest first */
    size_t count;           /* messages that are wanted */
    const char *frame;
    size_t found, first;
} first_frames[] = {
    {{0}, 2, "{\"list\":[],\"total\":9}", 0, 0},
    {{ENTRY(1)}, 2, "{\"list\":[" MESSAGE(1) "],\"total\":9}", 1, 0},
    {{ENTRY(1)}, 0, "{\"list\":[],\"total\":9}", 0, 1},
    {{ENTRY(1), ENTRY(2), ENTRY(3)},
     2,
     "{\"list\":[" MESSAGE(2) "," MESSAGE(3) "],\"total\":9}",
     2,
     1},
    {{ENTRY(1), ENTRY(2), "no", ENTRY(3)},
     2,
     "{\"list\":[" MESSAGE(2) "," MESSAGE(3) "],\"total\":9}",
     2,
     1},
    {{"no", ENTRY(2), ENTRY(3), "no"},
     3,
     "{\"list\":[" MESSAGE(2) "," MESSAGE(3) "],\"total\":9}",
     2,
     0},
    {{"no", "no", "no"}, 1, "{\"list\":[],\"total\":9}", 0, 0},
};

static void
a_first_frame_has_the_newest_messages(void **state)
{
    (void)state;
    log_set_level(LOG_ERROR);
    for (size_t i = 0; i < sizeof(first_frames) / sizeof(first_frames[0]); i++) {
        const struct first_frame *f = &first_frames[i];
        struct snapshot *s = snapshot_create(NULL, 50, 1000);
        struct snapshot_entry entries[4];
        struct garbage garbage = {0};
        struct text frame;
        size_t first = 99, garbage_count = 0;

        s->entries = entries;
        s->total = 9;
        while (s->entry_count < 4 && f->entries[s->entry_count] != NULL) {
            struct str raw = str_of(f->entries[s->entry_count]);

            entries[s->entry_count++] = (struct snapshot_entry){raw, hash_bytes(raw)};
            garbage_count += str_is(raw, "no");
        }
        text_init(&frame);
        assert_int_equal(snapshot_first_frame(s, ENCODING_PLAIN, str_of("g"), f->count, &garbage,
                                              &frame, &first),
                         f->found);
        assert_string_equal(frame.bytes, f->frame);
        assert_int_equal(first, f->first);
        assert_int_equal(garbage.logged.count, garbage_count > 0); /* the same one each time */
        text_fini(&frame);
        s->entries = NULL;
        snapshot_destroy(s);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_an_answer_of_the_script_is_read),
        cmocka_unit_test(entries_are_copied),
        cmocka_unit_test(it_tells_whether_more_can_be_had),
        cmocka_unit_test(what_passed_is_noted_in_its_order),
        cmocka_unit_test(a_first_frame_has_the_newest_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
