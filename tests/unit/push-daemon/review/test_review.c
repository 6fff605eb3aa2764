/* test_review.c - what the site answers, in order and in time. */
#include "tests/unit/push-daemon/review/a_review.h"

/* ---- answers ---- */

static void
without_a_site_messages_go_straight_on(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "im.hook.url", "");
    say(0, 1);
    assert_happened("1.", "");
    assert_int_equal(t.asks, 0);
    t.redis_is_away = true;
    assert_false(say_text(0, BYTES("2"), messages[2]));
    assert_happened("", "");
}

static void
the_site_sees_each_message_before_it_is_stored(void **state)
{
    (void)state;
    say(0, 1);
    assert_string_equal(t.asked[0].asked, "http://site/ g u 1 192.0.2.7 24576/16");
    assert_happened("", "");
    assert_int_equal(review_open_count(t.review), 1);
    assert_int_equal(t.env.metrics.review_waiting, 1);
    answer(0, REVIEW_ALLOWED, "");
    assert_happened("1.", "");
    assert_int_equal(review_open_count(t.review), 0);
    say(0, 2);
    answer(1, REVIEW_REPLACED, "two");
    assert_happened("two.", "");
    say(0, 3);
    answer(2, REVIEW_REFUSED, "bad_taste");
    assert_happened("", "3=5bad_taste.");
    assert_int_equal(t.env.metrics.review_asked, 3);
    assert_int_equal(t.env.metrics.review_allowed, 1);
    assert_int_equal(t.env.metrics.review_replaced, 1);
    assert_int_equal(t.env.metrics.review_refused, 1);
    assert_int_equal(t.env.metrics.review_failed, 0);
    assert_int_equal(t.env.metrics.review_waiting, 0);
}

static void
a_failure_is_what_the_setting_says(void **state)
{
    (void)state;
    say(0, 1);
    answer(0, REVIEW_FAILED, "");
    assert_happened("1.", "");
    a_config_set(&t.env.config, "im.hook.onFailure", "refuse");
    say(0, 2);
    answer(1, REVIEW_FAILED, "");
    assert_happened("", "2=6.");
    assert_int_equal(t.env.metrics.review_failed, 2);
}

static void
what_redis_does_not_take_is_refused(void **state)
{
    (void)state;
    say(0, 1);
    t.redis_is_away = true;
    answer(0, REVIEW_ALLOWED, "");
    assert_happened("", "1=2.");
}

/* ---- order ---- */

static void
messages_of_a_client_keep_their_order(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        say(0, i);
    }
    say(1, 4);
    answer(3, REVIEW_ALLOWED, "");
    answer(1, REVIEW_REFUSED, "review");
    answer(2, REVIEW_REPLACED, "two");
    assert_happened("", "");
    answer(4, REVIEW_ALLOWED, ""); /* another client's waits for none of them */
    assert_happened("4.", "");
    assert_int_equal(t.env.metrics.review_waiting, 1);
    answer(0, REVIEW_ALLOWED, "");
    assert_happened("0.two.3.", "1=5review.");
}

static void
what_needs_no_review_waits_for_those_before_it(void **state)
{
    (void)state;
    say(0, 1);
    a_config_set(&t.env.config, "im.hook.url", "");
    say(0, 2);
    say(1, 3);
    assert_happened("3.", "");
    answer(0, REVIEW_ALLOWED, "");
    assert_happened("1.2.", "");
    say(0, 4);
    assert_happened("4.", "");
}

/* ---- time ---- */

static void
no_message_waits_longer_than_the_setting_says(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "im.hook.timeoutMs", "300");
    a_config_set(&t.env.config, "im.hook.connections", "1");
    say(0, 1);
    wait_ms(100);
    say(1, 2); /* which finds no connection */
    wait_ms(199);
    assert_happened("", "");
    wait_ms(1);
    assert_happened("1.", "");
    assert_true(t.asked[0].is_over);
    assert_int_equal(t.asks, 2); /* now it has one, and as much time again */
    say(2, 3);
    wait_ms(299);
    assert_happened("", "");
    answer(1, REVIEW_ALLOWED, "");
    assert_happened("2.", "");
    assert_int_equal(t.asks, 3);
    wait_ms(300);
    assert_happened("3.", "");
    assert_int_equal(t.env.metrics.review_failed, 2);
    a_config_set(&t.env.config, "im.hook.onFailure", "refuse");
    say(0, 4);
    say(1, 5); /* never asked about */
    wait_ms(300);
    assert_happened("", "4=6.5=6.");
    assert_int_equal(t.asks, 4);
    assert_int_equal(fake_loop_timer_count(t.env.env.loop), 0);
}

static void
a_shorter_time_holds_for_what_comes_then(void **state)
{
    (void)state;
    say(0, 1);
    say(1, 2);
    a_config_set(&t.env.config, "im.hook.timeoutMs", "50");
    say(2, 3);
    wait_ms(50);
    assert_happened("3.", "");
    wait_ms(950);
    assert_happened("1.2.", "");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(without_a_site_messages_go_straight_on),
        TEST(the_site_sees_each_message_before_it_is_stored),
        TEST(a_failure_is_what_the_setting_says),
        TEST(what_redis_does_not_take_is_refused),
        TEST(messages_of_a_client_keep_their_order),
        TEST(what_needs_no_review_waits_for_those_before_it),
        TEST(no_message_waits_longer_than_the_setting_says),
        TEST(a_shorter_time_holds_for_what_comes_then),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
