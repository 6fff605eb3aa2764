/* test_admission_speech.c - how much a client may say. */
#include "tests/unit/push-daemon/client/an_admission.h"

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
        TEST(frames_count_for_the_address_or_the_user),
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
