/* test_admission.c - may a connection come in: origins, quotas, rates. */
#include "push-daemon/client/admission.h"

#include <malloc.h>
#include <stdio.h>

#include "push-daemon/net/ws_request.h"
#include "tests/unit/push-daemon/a_env.h"
#include "tests/unit/push-daemon/a_request.h"

enum {
    MAX = 5 /* connections */
};

static struct test {
    struct a_env env;
    struct admission *admission;
    struct ticket tickets[16];
} t;

static int
setup(void **state)
{
    (void)state;
    memset(&t, 0, sizeof(t));
    a_env_make(&t.env);
    t.admission = admission_create(&t.env.env, MAX);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    admission_destroy(t.admission);
    a_env_free(&t.env);
    return 0;
}

/* For the next row of a table. */
static void
restart(void **state)
{
    teardown(state);
    setup(state);
}

static void
set(const char *key, const char *value)
{
    a_config_set(&t.env.config, key, value);
}

static int
check(const char *user, const char *address)
{
    struct ws_request request = a_request("g", user, address);

    return admission_check(t.admission, &request);
}

/* It is welcome, and comes in. */
static void
enter(int i, const char *user, const char *address)
{
    struct ws_request request = a_request("g", user, address);

    assert_int_equal(admission_check(t.admission, &request), 0);
    t.tickets[i] = admission_enter(t.admission, &request);
}

static void
leave(int i)
{
    admission_leave(t.admission, &t.tickets[i]);
}

/* Connection i, of that user, sends so many bytes. */
static bool
say(int i, const char *user, size_t bytes)
{
    return admission_take_message(t.admission, &t.tickets[i], str_of(user), bytes);
}

/* How many messages of so many bytes it may send at once. */
static int
say_all(int i, const char *user, size_t bytes)
{
    int taken = 0;

    while (say(i, user, bytes)) {
        taken++;
    }
    return taken;
}

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

/* ---- frames ---- */

/* A listener sends a pong now and then, which its address counts; behind a proxy its user does. */
static void
frames_count_for_the_address_or_the_user(void **state)
{
    struct ws_request request = a_request("g", "u", "10.0.0.1");

    (void)state;
    set("push.messagesPerSecond", "1");
    set("push.messageBurst", "1");
    enter(0, "u", "10.0.0.1");
    request.is_proxy = true;
    t.tickets[1] = admission_enter(t.admission, &request);
    for (int i = 0; i < 4; i++) {
        assert_true(admission_take_frame(t.admission, &t.tickets[0], str_of("u")));
        assert_true(admission_take_frame(t.admission, &t.tickets[1], str_of("u")));
    }
    assert_null(t.tickets[0].user);
    assert_non_null(t.tickets[1].user);
    assert_false(admission_take_frame(t.admission, &t.tickets[0], str_of("u")));
    assert_false(admission_take_frame(t.admission, &t.tickets[1], str_of("u")));
    fake_loop_advance(t.env.env.loop, 250);
    assert_true(admission_take_frame(t.admission, &t.tickets[0], str_of("u")));
    assert_false(admission_take_frame(t.admission, &t.tickets[0], str_of("u")));
    set("push.messagesPerSecond", "0");
    assert_true(admission_take_frame(t.admission, &t.tickets[0], str_of("u")));
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

/* ---- how much they say ---- */

static void
limit_messages(void)
{
    set("push.messagesPerSecond", "10");
    set("push.messageBurst", "5");
}

static void
a_user_says_so_much_on_all_connections_together(void **state)
{
    (void)state;
    limit_messages();
    enter(0, "u", "10.0.0.1");
    enter(1, "u", "10.0.0.2");
    enter(2, "other", "10.0.0.3");
    assert_int_equal(say_all(0, "u", 1), 5);
    assert_int_equal(say_all(1, "u", 1), 0);
    assert_int_equal(say_all(2, "other", 1), 5);
    fake_loop_advance(t.env.env.loop, 200);
    assert_int_equal(say_all(1, "u", 1), 2);
}

/* Whatever names it gives itself. */
static void
an_address_says_so_much_under_all_names_together(void **state)
{
    (void)state;
    limit_messages();
    enter(0, "a", "10.0.0.1");
    enter(1, "b", "10.0.0.1");
    enter(2, "c", "10.0.0.2");
    assert_int_equal(say_all(0, "a", 1), 5);
    assert_int_equal(say_all(1, "b", 1), 0);
    assert_int_equal(say_all(2, "c", 1), 5);
}

/* What one of the two refuses does not count for the other. */
static void
what_is_refused_does_not_count(void **state)
{
    (void)state;
    limit_messages();
    enter(0, "a", "10.0.0.1");
    enter(1, "b", "10.0.0.1");
    enter(2, "b", "10.0.0.2");
    assert_int_equal(say_all(0, "a", 1), 5);
    assert_int_equal(say_all(1, "b", 1), 0);
    assert_int_equal(say_all(2, "b", 1), 5);
}

static void
bytes_are_limited_beside_messages(void **state)
{
    (void)state;
    set("push.bytesPerSecond", "1000");
    set("push.byteBurst", "5000");
    enter(0, "u", "10.0.0.1");
    assert_int_equal(say_all(0, "u", 1000), 5);
    assert_false(say(0, "u", 1));
    fake_loop_advance(t.env.env.loop, 500);
    assert_int_equal(say_all(0, "u", 100), 5);
    fake_loop_advance(t.env.env.loop, 100000);
    assert_true(say(0, "u", 9000)); /* more than a burst: after a silence it may */
    fake_loop_advance(t.env.env.loop, 8000);
    assert_int_equal(say_all(0, "u", 1000), 4);
    assert_int_equal(say_all(0, "u", 1000), 0);
}

static void
reconnecting_brings_no_new_burst(void **state)
{
    (void)state;
    limit_messages();
    for (int round = 0; round < 20; round++) {
        enter(0, "u", "10.0.0.1");
        assert_int_equal(say_all(0, "u", 1), round == 0 ? 5 : 0);
        leave(0);
        admission_every_second(t.admission);
    }
    fake_loop_advance(t.env.env.loop, 500);
    admission_every_second(t.admission);
    enter(0, "u", "10.0.0.1");
    assert_int_equal(say_all(0, "u", 1), 5);
}

static void
reconnecting_brings_no_new_burst_of_frames(void **state)
{
    (void)state;
    set("push.joinsPerSecond", "0");
    set("push.messagesPerSecond", "1");
    set("push.messageBurst", "1");
    enter(0, "u", "10.0.0.1");
    while (admission_take_frame(t.admission, &t.tickets[0], str_of("u"))) {
    }
    leave(0);
    admission_every_second(t.admission);
    enter(0, "u", "10.0.0.1");
    assert_false(admission_take_frame(t.admission, &t.tickets[0], str_of("u")));
}

static void
reconnecting_brings_no_new_burst_of_bytes(void **state)
{
    (void)state;
    set("push.joinsPerSecond", "0");
    set("push.messagesPerSecond", "0");
    enter(0, "u", "10.0.0.1");
    assert_true(say_all(0, "u", 1000) > 0);
    leave(0);
    admission_every_second(t.admission);
    enter(0, "u", "10.0.0.1");
    assert_int_equal(say_all(0, "u", 1000), 0);
}

/* Behind a proxy that says nothing of its clients. */
static void
what_a_user_fetches_is_charged_to_the_user(void **state)
{
    struct ws_request request = a_request("g", "u", "10.0.0.1");

    (void)state;
    set("push.messagesPerSecond", "0");
    request.is_proxy = true;
    t.tickets[0] = admission_enter(t.admission, &request);
    assert_true(admission_allows(t.admission, &t.tickets[0], 1));
    admission_charge(t.admission, &t.tickets[0], str_of("u"), 100 << 20);
    assert_false(admission_allows(t.admission, &t.tickets[0], 1));
}

/* As if all connections of the address sent as much. */
static void
bytes_take_up_their_share_of_the_rate(void **state)
{
    struct ticket alone = {NULL, NULL};

    (void)state;
    set("push.bytesPerSecond", "1000");
    enter(0, "u", "10.0.0.1");
    assert_int_equal(admission_wait_ms(t.admission, &t.tickets[0], 500), 500);
    enter(1, "v", "10.0.0.1");
    assert_int_equal(admission_wait_ms(t.admission, &t.tickets[0], 500), 1000);
    leave(1);
    assert_int_equal(admission_wait_ms(t.admission, &t.tickets[0], 500), 500);
    assert_int_equal(admission_wait_ms(t.admission, &alone, 500), 0);
    set("push.bytesPerSecond", "0");
    assert_int_equal(admission_wait_ms(t.admission, &t.tickets[0], 500), 0);
}

/* Its clients are many; each user counts by itself. */
static void
a_proxy_may_say_any_amount(void **state)
{
    struct ws_request request = a_request("g", "a", "10.0.0.1");

    (void)state;
    limit_messages();
    request.is_proxy = true;
    t.tickets[0] = admission_enter(t.admission, &request);
    t.tickets[1] = admission_enter(t.admission, &request);
    assert_int_equal(say_all(0, "a", 1), 5);
    assert_int_equal(say_all(1, "b", 1), 5);
}

/* A listener, as most clients are, costs nothing but its address's quota. */
static void
a_user_who_says_nothing_has_no_quota(void **state)
{
    (void)state;
    enter(0, "u", "10.0.0.1");
    assert_null(t.tickets[0].user);
    assert_true(say(0, "u", 1));
    assert_non_null(t.tickets[0].user);
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
        TEST(frames_count_for_the_address_or_the_user),
        TEST(an_address_comes_so_often_a_second_and_ten_times_as_often_at_once),
        TEST(a_full_address_does_not_use_up_its_rate),
        TEST(an_idle_address_is_remembered_until_it_has_rested),
        TEST(those_that_are_gone_take_no_memory),
        TEST(an_address_with_a_connection_is_not_forgotten),
        TEST(a_user_says_so_much_on_all_connections_together),
        TEST(an_address_says_so_much_under_all_names_together),
        TEST(what_is_refused_does_not_count),
        TEST(bytes_are_limited_beside_messages),
        TEST(reconnecting_brings_no_new_burst),
        TEST(reconnecting_brings_no_new_burst_of_frames),
        TEST(reconnecting_brings_no_new_burst_of_bytes),
        TEST(what_a_user_fetches_is_charged_to_the_user),
        TEST(bytes_take_up_their_share_of_the_rate),
        TEST(a_proxy_may_say_any_amount),
        TEST(a_user_who_says_nothing_has_no_quota),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
