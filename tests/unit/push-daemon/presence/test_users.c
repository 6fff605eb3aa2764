/* test_users.c - the users of one group on this daemon, each once. */
#include "push-daemon/presence/users.h"

#include <stdio.h>

#include "tests/unit/unit.h"

static struct test {
    struct users users;
    struct users_away away;
    int changes;
} t;

static int
setup(void **state)
{
    (void)state;
    memset(&t, 0, sizeof(t));
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    users_fini(&t.users);
    assert_int_equal(users_count(&t.users), 0);
    return 0;
}

static bool
enter(const char *id)
{
    return users_enter(&t.users, str_of(id), &t.away);
}

static void
leave(const char *id, int64_t now_ms)
{
    users_leave(&t.users, str_of(id), &t.away, now_ms);
}

static void
on_change(struct users *of)
{
    assert_ptr_equal(of, &t.users);
    t.changes++;
}

/* Who went before that time is gone: so many. */
static void
assert_expired(int64_t since_ms, int gone)
{
    t.changes = 0;
    users_expire(&t.away, since_ms, 1000, on_change);
    assert_int_equal(t.changes, gone);
}

static void
assert_ids(const char *wanted)
{
    struct text ids;

    text_init(&ids);
    text_add_str(&ids, "");
    users_add_ids(&t.users, &ids);
    assert_bytes(text_str(&ids), str_of(wanted));
    text_fini(&ids);
}

static void
a_user_counts_once_however_many_connections_there_are(void **state)
{
    (void)state;
    assert_ids("");
    assert_true(enter("3"));
    assert_false(enter("3"));
    assert_true(enter("7"));
    assert_int_equal(users_count(&t.users), 2);
    assert_int_equal(t.users.connections, 3);
    leave("3", 0);
    assert_expired(INT64_MAX, 0); /* one is left */
    assert_ids("3/7");
}

static void
a_user_stays_until_it_has_been_away_for_long(void **state)
{
    (void)state;
    enter("3");
    enter("7");
    leave("3", 100);
    leave("7", 200);
    assert_int_equal(t.users.connections, 0);
    assert_expired(99, 0);
    assert_int_equal(users_count(&t.users), 2);
    assert_expired(100, 1);
    assert_ids("7");
    assert_expired(200, 1);
    assert_ids("");
}

static void
a_user_that_comes_back_was_never_gone(void **state)
{
    (void)state;
    enter("3");
    enter("7");
    leave("3", 100);
    leave("7", 100);
    assert_false(enter("3"));
    assert_expired(5000, 1);
    assert_ids("3");
    leave("3", 6000);
    assert_expired(5999, 0);
    assert_expired(6000, 1);
    assert_true(enter("3"));
}

static void
who_is_not_there_cannot_leave(void **state)
{
    (void)state;
    leave("3", 100);
    enter("3");
    leave("3", 100);
    leave("3", 9000); /* has no connection any more */
    assert_int_equal(t.users.connections, 0);
    assert_expired(100, 1);
}

static void
no_more_than_so_many_go_at_a_time(void **state)
{
    char id[12];

    (void)state;
    for (int i = 0; i < 25; i++) {
        snprintf(id, sizeof(id), "%d", i);
        enter(id);
        leave(id, i);
    }
    for (int left = 25; left > 0; left -= 10) {
        assert_int_equal(users_count(&t.users), left);
        users_expire(&t.away, INT64_MAX, 10, on_change);
    }
    assert_int_equal(users_count(&t.users), 0);
    assert_int_equal(t.changes, 25);
}

static void
ids_are_written_as_in_json(void **state)
{
    (void)state;
    enter("a\"b");
    enter("\\");
    enter("\xf0\x9f\x98\x80 x");
    assert_ids("a\\\"b/\\\\/\xf0\x9f\x98\x80 x");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_user_counts_once_however_many_connections_there_are),
        TEST(a_user_stays_until_it_has_been_away_for_long),
        TEST(a_user_that_comes_back_was_never_gone),
        TEST(who_is_not_there_cannot_leave),
        TEST(no_more_than_so_many_go_at_a_time),
        TEST(ids_are_written_as_in_json),
    };

    return cmocka_run_group_tests_name("users", tests, NULL, NULL);
}
