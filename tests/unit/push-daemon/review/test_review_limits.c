/* test_review_limits.c - much at once, and a site that is away. */
#include "tests/unit/push-daemon/review/a_review.h"

/* ---- limits ---- */

static void
the_site_is_asked_over_so_many_connections(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "im.hook.connections", "2");
    for (int i = 0; i < 5; i++) {
        say(i % 3, i);
    }
    assert_int_equal(t.asks, 2);
    answer(1, REVIEW_ALLOWED, "");
    assert_int_equal(t.asks, 3);
    a_config_set(&t.env.config, "im.hook.connections", "4");
    answer(0, REVIEW_ALLOWED, "");
    assert_int_equal(t.asks, 5);
    assert_string_equal(t.asked[4].asked, "http://site/ g u 4 192.0.2.7 24576/4");
}

static void
a_thousand_wait_and_more_are_a_failure(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "im.hook.onFailure", "refuse");
    for (int i = 0; i < 1000; i++) {
        say(0, i);
    }
    assert_happened("", "");
    say(1, 1000);
    assert_happened("", "1000=6.");
    assert_int_equal(t.env.metrics.review_waiting, 1000);
    assert_false(fake_log_count("in a row") > 0); /* that is not the site's fault */
    say(0, 1001); /* behind the others, where its answer comes in order */
    assert_happened("", "");
    assert_int_equal(review_open_count(t.review), 1001);
    answer(0, REVIEW_ALLOWED, "");
    say(1, 1002);
    assert_happened("0.", "");
    assert_int_equal(t.env.metrics.review_waiting, 1000);
}

static void
their_bytes_are_bounded(void **state)
{
    char *big = mem_zalloc(BIG_BYTES);
    int taken = 0;

    (void)state;
    a_config_set(&t.env.config, "im.groupMessage.maxMessageBytes", "1048576");
    while (say_text(0, str_make(big, BIG_BYTES), messages[0])) {
        assert_in_range(++taken, 1, 64);
    }
    assert_int_equal(taken, 63);
    free(big);
}

/* ---- a site that is away ---- */

/* So many messages, none of which it answers. */
static void
fail_all(int first, int count)
{
    for (int i = first; i < first + count; i++) {
        say(0, i);
        answer(t.asks - 1, REVIEW_FAILED, "");
    }
    text_clear(&t.stored);
}

static void
a_site_that_is_away_is_asked_once_a_second(void **state)
{
    (void)state;
    fail_all(0, 10);
    assert_int_equal(fake_log_count("10 reviews in a row"), 1);
    assert_int_equal(t.asks, 10);
    say(0, 10);
    assert_happened("10.", "");
    wait_ms(999);
    say(0, 11);
    assert_happened("11.", "");
    assert_int_equal(t.asks, 10);
    wait_ms(1);
    say(0, 12);
    say(1, 13);
    assert_int_equal(t.asks, 11);
    assert_happened("13.", "");
    answer(10, REVIEW_FAILED, "");
    assert_happened("12.", "");
    wait_ms(1000);
    say(0, 14);
    answer(11, REVIEW_ALLOWED, "");
    assert_happened("14.", "");
    say(0, 15);
    say(0, 16);
    assert_int_equal(t.asks, 14);
    assert_int_equal(fake_log_count("10 reviews in a row"), 1);
    assert_int_equal(fake_log_count("reviews messages again"), 1);
    assert_int_equal(t.env.metrics.review_failed, 10 + 4);
}

static void
those_that_wait_then_go_at_once(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "im.hook.connections", "10");
    for (int i = 0; i < 20; i++) {
        say(i < 12 ? 0 : 1, i);
    }
    assert_int_equal(t.asks, 10);
    wait_ms(999);
    assert_happened("", "");
    wait_ms(1); /* none of the ten was answered */
    assert_happened("0.1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.", "");
    assert_int_equal(t.asks, 10);
    assert_int_equal(t.env.metrics.review_failed, 20);
}

static void
an_answer_that_is_late_brings_it_back(void **state)
{
    (void)state;
    say(1, 100);
    fail_all(0, 10);
    answer(0, REVIEW_ALLOWED, "");
    assert_happened("100.", "");
    say(0, 11);
    assert_int_equal(t.asks, 12);
}

static void
another_site_is_asked_at_once(void **state)
{
    (void)state;
    fail_all(0, 10);
    a_config_set(&t.env.config, "im.hook.url", "http://other/");
    say(0, 11);
    assert_string_equal(t.asked[10].asked, "http://other/ g u 11 192.0.2.7 24576/16");
    assert_happened("", "");
}

static void
without_a_site_nothing_waits_any_more(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "im.hook.connections", "1");
    say(0, 1);
    say(0, 2);
    say(1, 3);
    a_config_set(&t.env.config, "im.hook.url", "");
    answer(0, REVIEW_REFUSED, "review");
    assert_happened("2.3.", "1=5review.");
    assert_int_equal(t.asks, 1);
}

static void
what_is_left_at_the_end_is_refused(void **state)
{
    (void)state;
    say(0, 1);
    say(0, 2);
    say(1, 3);
    answer(1, REVIEW_REPLACED, "two");
    review_destroy(t.review);
    assert_happened("", "1=2.2=2.3=2.");
    t.review = review_create(&t.env.env, NULL);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_site_is_asked_over_so_many_connections),
        TEST(a_thousand_wait_and_more_are_a_failure),
        TEST(their_bytes_are_bounded),
        TEST(a_site_that_is_away_is_asked_once_a_second),
        TEST(those_that_wait_then_go_at_once),
        TEST(an_answer_that_is_late_brings_it_back),
        TEST(another_site_is_asked_at_once),
        TEST(without_a_site_nothing_waits_any_more),
        TEST(what_is_left_at_the_end_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
