/* test_tally.c - who wrote the newest entries of a group, and how many of them a user has not
 * read. */
#include "push-daemon/grouplist/tally.h"

#include <stdlib.h>

#include "lib/redis/resp.h"
#include "tests/unit/push-daemon/replies.h"

static struct tally *t;

static int
setup(void **state)
{
    (void)state;
    t = tally_create(ENCODING_PLAIN);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    tally_destroy(t);
    return 0;
}

/* What Redis answers: entries from ts newest down to oldest, of user u if the ts is even, else of
 * v; every tenth is no message. */
static struct reply *
entries(int newest, int oldest)
{
    struct text wire, raw;
    struct reply *reply;

    text_init(&wire);
    text_init(&raw);
    text_add_str(&wire, "*");
    text_add_int(&wire, newest - oldest + 1);
    text_add_str(&wire, "\r\n");
    for (int ts = newest; ts >= oldest; ts--) {
        text_clear(&raw);
        text_add_str(&raw, ts % 2 == 0 ? "{\"userId\":\"u\"" : "{\"userId\":\"v\"");
        text_add_str(&raw, ts % 10 == 0 ? ",\"ts\":" : ",\"info\":\"x\",\"ts\":");
        text_add_int(&raw, ts);
        text_add_str(&raw, "}");
        text_add_str(&wire, "$");
        text_add_int(&wire, (int64_t)raw.len);
        text_add_str(&wire, "\r\n");
        text_add(&wire, raw.bytes, raw.len);
        text_add_str(&wire, "\r\n");
    }
    reply = reply_parse(wire.bytes);
    text_fini(&wire);
    text_fini(&raw);
    return reply;
}

static bool
take(int64_t total, int newest, int oldest, size_t asked, size_t first)
{
    struct reply *reply = entries(newest, oldest);
    bool taken = tally_take(t, BYTES("g"), total, reply, asked, first);

    reply_free(reply);
    return taken;
}

/* What u has not read above the mark. */
static unsigned
unread(int64_t mark)
{
    return tally_count(t, tally_user(BYTES("u")), mark);
}

static void
messages_of_others_above_the_mark_are_unread(void **state)
{
    static const struct {
        int64_t mark;
        unsigned unread;
    } rows[] = {{-1, 6}, {0, 6}, {1, 5}, {2, 5}, {10, 1}, {11, 0}, {INT64_C(1) << 53, 0}};

    (void)state;
    assert_int_equal(unread(-1), 0);
    assert_true(take(12, 12, 1, 100, 0));
    assert_true(t->known);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(unread(rows[i].mark), rows[i].unread);
    }
    assert_int_equal(tally_count(t, tally_user(BYTES("v")), -1), 5); /* 10 is no message */
    assert_int_equal(tally_count(t, tally_user(BYTES("w")), -1), 11);
    tally_clear(t);
    assert_int_equal(unread(-1), 0);
}

static void
all_is_read_once_and_then_what_is_new(void **state)
{
    static const struct {
        int64_t known, total;
        size_t wanted;
    } rows[] = {
        {12, 13, 10},  {12, 15, 12},  {12, 103, 100},    {12, 104, 100},
        {12, 12, 100}, {12, 11, 100}, {12, 100000, 100}, {-1, 1, 100},
    };

    (void)state;
    assert_int_equal(tally_wants(t, 1), 100);
    assert_true(take(12, 12, 1, 100, 0));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        t->total = rows[i].known;
        assert_int_equal(tally_wants(t, rows[i].total), rows[i].wanted);
    }
}

static void
what_is_new_is_put_in_front(void **state)
{
    (void)state;
    assert_true(take(12, 12, 1, 100, 0));
    assert_true(take(15, 15, 4, 12, 0));
    assert_int_equal(t->count, 15);
    assert_int_equal(unread(-1), 8);
    assert_int_equal(unread(12), 2);
    assert_true(take(16, 18, 9, 10, 2)); /* two came since the length was asked for */
    assert_int_equal(t->count, 16);
    assert_int_equal(t->entries[0].ts, 16);
    assert_int_equal(unread(12), 2);
    for (int ts = 17; ts <= 250; ts++) {
        assert_true(take(ts, ts, ts - 9, 10, 0));
    }
    assert_int_equal(t->count, TALLY_ENTRIES);
    assert_int_equal(unread(-1), 50);
    assert_int_equal(t->entries[90].ts, -1);
    assert_int_equal(t->entries[99].ts, 151);
}

/* A recall or a trimmed list: what is read does not join what is known. */
static void
what_does_not_join_is_read_anew(void **state)
{
    (void)state;
    assert_true(take(12, 12, 1, 100, 0));
    assert_false(take(13, 20, 11, 10, 0)); /* 12 is there, but not behind one new entry */
    assert_int_equal(t->total, 12);
    assert_true(take(13, 20, 8, 100, 0));
    assert_int_equal(t->count, 13);
    assert_true(take(14, 30, 27, 10, 0)); /* less than was asked for: it is all there is */
    assert_int_equal(t->count, 4);
    assert_true(take(9, 40, 32, 100, 3));
    assert_int_equal(t->count, 6);
    assert_int_equal(t->entries[0].ts, 37);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(messages_of_others_above_the_mark_are_unread, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(all_is_read_once_and_then_what_is_new, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_new_is_put_in_front, setup, teardown),
        cmocka_unit_test_setup_teardown(what_does_not_join_is_read_anew, setup, teardown),
    };

    return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
