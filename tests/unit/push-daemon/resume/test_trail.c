/* test_trail.c - which entry of a list names the place where its next piece begins. */
#include "push-daemon/resume/trail.h"

#include "tests/unit/push-daemon/replies.h"

enum {
    ENTRIES_MAX = 8
};

/* Messages begin with M. */
static void
read_entries(struct trail *t, const char *const *entries)
{
    for (size_t i = 0; i < ENTRIES_MAX && entries[i] != NULL; i++) {
        trail_add(t, str_of(entries[i]), entries[i][0] == 'M');
    }
}

#define LONG_END " of more bytes than name a place"

static void
the_oldest_message_that_is_like_no_other_entry_names_the_place(void **state)
{
    static const struct {
        const char *entries[ENTRIES_MAX]; /* the newest first */
        const char *end;                  /* NULL: nothing can */
        size_t known;
    } rows[] = {
        {{NULL}, NULL, 0},
        {{"M3", "M2", "M1"}, "M1", 0},
        {{"M1"}, "M1", 0},
        {{"x"}, NULL, 0},
        {{"x", "y", "z"}, NULL, 0},
        {{"M3", "x"}, "M3", 1},
        {{"x", "M3", "x", "x"}, "M3", 2},
        {{"M3", "M2", "M2"}, "M3", 2}, /* other writers may store one twice */
        {{"M2", "M3", "M2"}, "M3", 1},
        {{"M2", "M2"}, NULL, 0},
        {{"M3" LONG_END, "M2" LONG_END, "M1"}, "M1", 0},
        {{"M3", "M2" LONG_END, "M1" LONG_END}, "M3", 2}, /* only the last bytes are known */
        {{"M1", "M1" LONG_END "x" LONG_END}, &LONG_END[sizeof(LONG_END) - 1 - CMD_PLACE_BYTES], 0},
        {{"M2", "2", ""}, "M2", 2},
        {{"M2", "xM2" LONG_END, "M3" LONG_END}, "M2", 2}, /* nor may it be like what is none */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct trail t = {0};
        struct trail_place place;
        size_t bytes = 0;
        bool found;

        read_entries(&t, rows[i].entries);
        t.position = 7;
        found = trail_find(&t, &place);
        if (found != (rows[i].end != NULL)) {
            fail_msg("row %zu", i);
        }
        if (found) {
            assert_bytes(place.place.entry, str_of(rows[i].end));
            assert_int_equal(place.known, rows[i].known);
            assert_int_equal(place.place.position, 7 + (int64_t)rows[i].known);
            for (size_t k = t.count - place.known; k < t.count; k++) {
                bytes += strlen(rows[i].entries[k]) + 400;
            }
            assert_int_equal(place.known_bytes, bytes);
        }
        trail_fini(&t);
    }
}

/* They would be asked for again and again. */
static void
it_is_not_far_from_the_oldest_entry(void **state)
{
    static char large[2 * CMD_PIECE_BYTES];
    struct trail t = {0};
    struct trail_place place;

    (void)state;
    trail_add(&t, str_of("M"), true);
    for (int i = 0; i < 64; i++) {
        trail_add(&t, str_of("x"), false);
    }
    assert_true(trail_find(&t, &place));
    assert_int_equal(place.known, 64);
    trail_add(&t, str_of("x"), false);
    assert_false(trail_find(&t, &place));
    trail_add(&t, str_of("N"), true);
    trail_add(&t, str_make(large, CMD_PIECE_BYTES - 400), false);
    assert_true(trail_find(&t, &place));
    trail_add(&t, str_of(""), false);
    assert_false(trail_find(&t, &place));
    trail_fini(&t);
}

static void
what_follows_begins_with_what_is_known(void **state)
{
    static const char *const entries[] = {"M3", "x", "y" LONG_END, NULL};
    static const struct {
        const char *answer;
        bool goes_on;
    } rows[] = {
        {"*3\r\n$1\r\nx\r\n$33\r\ny" LONG_END "\r\n$2\r\nM2\r\n", true},
        {"*2\r\n$1\r\nx\r\n$33\r\ny" LONG_END "\r\n", false}, /* nothing follows */
        {"*3\r\n$33\r\ny" LONG_END "\r\n$2\r\nM2\r\n$2\r\nM1\r\n", false},
        {"*3\r\n$1\r\nz\r\n$33\r\ny" LONG_END "\r\n$2\r\nM2\r\n", false},
        {"*0\r\n", false},
        {"-ERR no\r\n", false},
    };
    struct trail t = {0};

    (void)state;
    read_entries(&t, entries);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct reply *reply = reply_parse(rows[i].answer);

        if (trail_goes_on(&t, 2, reply) != rows[i].goes_on) {
            fail_msg("row %zu", i);
        }
        reply_free(reply);
    }
    assert_false(trail_goes_on(&t, 0, NULL));
    trail_fini(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_message_that_is_like_no_other_entry_names_the_place),
        cmocka_unit_test(it_is_not_far_from_the_oldest_entry),
        cmocka_unit_test(what_follows_begins_with_what_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
