/* test_admission.c - who may come in, and how fast. */
#include "tests/unit/push-daemon/client/an_admission.h"

/* ---- origins ---- */

static void
pages_of_known_origins_are_welcome(void **state)
{
    static const struct {
        const char *origins, *origin;
        int status;
    } rows[] = {
        {"*", "https://a.example", 0},
        {"*", "", 0},
        {"https://a.example https://b.example", "https://b.example", 0},
        {"https://a.example https://b.example", "https://c.example", 403},
        {"https://a.example https://b.example", "https://a.exampl", 403},
        {"https://a.example https://b.example", "null", 403},
        {"https://a.example", "", 0}, /* not a browser */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ws_request request = a_request("g", "u", "10.0.0.1");

        set("push.origins", rows[i].origins);
        request.origin = str_of(rows[i].origin);
        assert_int_equal(admission_check(t.admission, &request), rows[i].status);
    }
}

/* ---- how many are here ---- */

static void
no_more_come_in_than_there_is_room_for(void **state)
{
    (void)state;
    for (int i = 0; i < MAX; i++) {
        enter(i, "u", "10.0.0.1");
    }
    assert_int_equal(check("other", "10.0.0.2"), 503);
    leave(0);
    enter(0, "u", "10.0.0.1");
    assert_int_equal(check("u", "10.0.0.1"), 503);
}

static void
nobody_comes_in_once_it_is_closed(void **state)
{
    (void)state;
    enter(0, "u", "10.0.0.1");
    admission_close(t.admission);
    assert_int_equal(check("u", "10.0.0.1"), 503);
    leave(0);
    assert_int_equal(check("u", "10.0.0.1"), 503);
}

static void
a_user_has_a_limit(void **state)
{
    (void)state;
    set("push.maxPerUser", "2");
    enter(0, "u", "10.0.0.1");
    enter(1, "u", "10.0.0.2");
    assert_int_equal(check("u", "10.0.0.3"), 429);
    enter(2, "other", "10.0.0.3");
    leave(1);
    enter(1, "u", "10.0.0.3");
    assert_int_equal(check("u", "10.0.0.3"), 429);
    leave(0);
    leave(1);
    enter(0, "u", "10.0.0.3"); /* both places are free again */
    enter(1, "u", "10.0.0.3");
}

static void
nobody_is_counted_without_a_limit(void **state)
{
    (void)state;
    set("push.maxPerAddress", "0");
    set("push.joinsPerSecond", "0");
    set("push.messagesPerSecond", "0");
    set("push.bytesPerSecond", "0");
    enter(0, "u", "10.0.0.1");
    assert_true(say(0, "u", 1 << 30));
    assert_null(t.tickets[0].user);
    assert_null(t.tickets[0].address);
    set("push.maxPerUser", "1"); /* SIGHUP: who is here was not counted */
    enter(1, "u", "10.0.0.1");
    assert_int_equal(check("u", "10.0.0.1"), 429);
    leave(0);
    assert_int_equal(check("u", "10.0.0.1"), 429);
}

/* Pairs of addresses: do both count as one client? */
static void
an_address_has_a_limit(void **state)
{
    static const struct {
        const char *first, *second;
        bool same;
    } rows[] = {
        {"10.0.0.1", "10.0.0.1", true},
        {"10.0.0.1", "10.0.0.2", false},
        {"10.0.0.1", "::ffff:10.0.0.1", true},
        {"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true}, /* one /64 network */
        {"2001:db8:1:2::1", "2001:db8:1:3::1", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        set("push.maxPerAddress", "1");
        set("push.joinsPerSecond", "0");
        enter(0, "a", rows[i].first);
        assert_int_equal(check("b", rows[i].second), rows[i].same ? 429 : 0);
        leave(0);
        enter(0, "b", rows[i].second);
    }
}

/* Its clients are many, and it does not say who. */
static void
a_proxy_is_not_counted(void **state)
{
    struct ws_request request = a_request("g", "u", "10.0.0.1");

    (void)state;
    set("push.maxPerAddress", "1");
    set("push.joinsPerSecond", "1");
    request.is_proxy = true;
    for (int i = 0; i < MAX; i++) {
        assert_int_equal(admission_check(t.admission, &request), 0);
        t.tickets[i] = admission_enter(t.admission, &request);
        assert_null(t.tickets[i].address);
    }
    leave(0);
    enter(0, "u", "10.0.0.1");
}

/* ---- how fast they come ---- */

static void
an_address_comes_so_often_a_second_and_ten_times_as_often_at_once(void **state)
{
    (void)state;
    set("push.joinsPerSecond", "2");
    for (int i = 0; i < 20; i++) {
        assert_int_equal(check("u", "10.0.0.1"), 0);
    }
    assert_int_equal(check("u", "10.0.0.1"), 429);
    assert_int_equal(check("u", "10.0.0.2"), 0);
    fake_loop_advance(t.env.env.loop, 499);
    assert_int_equal(check("u", "10.0.0.1"), 429);
    fake_loop_advance(t.env.env.loop, 1);
    assert_int_equal(check("u", "10.0.0.1"), 0);
    assert_int_equal(check("u", "10.0.0.1"), 429);
}

/* Whoever is refused for another reason has not used up its rate. */
static void
a_full_address_does_not_use_up_its_rate(void **state)
{
    (void)state;
    set("push.maxPerAddress", "1");
    set("push.joinsPerSecond", "1");
    enter(0, "u", "10.0.0.1");
    for (int i = 0; i < 100; i++) {
        assert_int_equal(check("u", "10.0.0.1"), 429);
    }
    leave(0);
    for (int i = 0; i < 9; i++) {
        assert_int_equal(check("u", "10.0.0.1"), 0);
    }
    assert_int_equal(check("u", "10.0.0.1"), 429);
}

/* The rate is remembered as long as it says anything. */
static void
an_idle_address_is_remembered_until_it_has_rested(void **state)
{
    (void)state;
    set("push.maxPerAddress", "0");
    set("push.joinsPerSecond", "1");
    for (int i = 0; i < 10; i++) {
        assert_int_equal(check("u", "10.0.0.1"), 0);
    }
    fake_loop_advance(t.env.env.loop, 5000);
    admission_every_second(t.admission);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(check("u", "10.0.0.1"), 0);
    }
    assert_int_equal(check("u", "10.0.0.1"), 429);
    fake_loop_advance(t.env.env.loop, 10000);
    admission_every_second(t.admission);
    assert_int_equal(check("u", "10.0.0.1"), 0);
}

/* Crowds of 2000 users come and go, a few hundred KiB each time: what they took is given back. */
static void
those_that_are_gone_take_no_memory(void **state)
{
    size_t used = 0;

    (void)state;
    set("push.maxPerUser", "1");
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 2000; i++) {
            char user[32], address[32];

            snprintf(user, sizeof(user), "%d-%d", round, i);
            snprintf(address, sizeof(address), "%d.%d.%d.1", 10 + round, i / 250, i % 250);
            enter(0, user, address);
            leave(0);
        }
        fake_loop_advance(t.env.env.loop, 10);
        admission_every_second(t.admission);
        used = round == 0 ? mallinfo2().uordblks : used;
    }
    assert_in_range(mallinfo2().uordblks, 0, used + 100000);
}

/* While it has a connection it is not forgotten, and its count goes on. */
static void
an_address_with_a_connection_is_not_forgotten(void **state)
{
    (void)state;
    set("push.maxPerAddress", "2");
    enter(0, "u", "10.0.0.1");
    enter(1, "u", "10.0.0.1");
    fake_loop_advance(t.env.env.loop, 100000);
    admission_every_second(t.admission);
    assert_int_equal(check("u", "10.0.0.1"), 429);
    leave(0);
    admission_every_second(t.admission);
    enter(0, "u", "10.0.0.1");
    assert_int_equal(check("u", "10.0.0.1"), 429);
    leave(0);
    leave(1);
    admission_every_second(t.admission);
    enter(0, "u", "10.0.0.1");
    enter(1, "u", "10.0.0.1");
    assert_int_equal(check("u", "10.0.0.1"), 429);
    admission_destroy(NULL);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(pages_of_known_origins_are_welcome),
        TEST(no_more_come_in_than_there_is_room_for),
        TEST(nobody_comes_in_once_it_is_closed),
        TEST(a_user_has_a_limit),
        TEST(nobody_is_counted_without_a_limit),
        TEST(an_address_has_a_limit),
        TEST(a_proxy_is_not_counted),
        TEST(an_address_comes_so_often_a_second_and_ten_times_as_often_at_once),
        TEST(a_full_address_does_not_use_up_its_rate),
        TEST(an_idle_address_is_remembered_until_it_has_rested),
        TEST(those_that_are_gone_take_no_memory),
        TEST(an_address_with_a_connection_is_not_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
