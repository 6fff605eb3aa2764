/* test_subscriber_breaks.c - silence, and another master. */
#include "tests/unit/push-daemon/redis/a_subscriber.h"

/* ---- silence ---- */

static void
a_subscription_that_hears_no_probe_is_dropped(void **state)
{
    struct scene *s = *state;

    fake_loop_advance(s->loop, 10000);
    subscriber_probed(s->subscriber); /* it is not up */
    up(s);
    assert_int_equal(subscriber_silence_ms(s->subscriber), 0);
    fake_loop_advance(s->loop, SUBSCRIBER_SILENCE_MS);
    assert_int_equal(subscriber_silence_ms(s->subscriber), SUBSCRIBER_SILENCE_MS);
    subscriber_probed(s->subscriber);
    assert_string_equal(fake_conn.dropped, "");
    push_words("message", "p:fim:mark:node", "0");
    fake_loop_advance(s->loop, 1);
    subscriber_probed(s->subscriber);
    assert_string_equal(fake_conn.dropped, "");
    fake_loop_advance(s->loop, SUBSCRIBER_SILENCE_MS);
    subscriber_probed(s->subscriber);
    assert_string_equal(fake_conn.dropped, "it does not hear the probes");
}

static void
a_new_connection_has_its_time(void **state)
{
    struct scene *s = *state;

    up(s);
    fake_conn_down();
    fake_loop_advance(s->loop, 60000);
    fake_conn_up();
    subscriber_probed(s->subscriber);
    assert_string_equal(fake_conn.dropped, "");
}

/* ---- another master ---- */

static void
what_was_sent_goes_out_when_flushed(void **state)
{
    struct scene *s = *state;

    assert_int_equal(fake_conn.flushes, 0);
    subscriber_flush(s->subscriber);
    assert_int_equal(fake_conn.flushes, 1);
}

static void
it_follows_a_master_that_is_elsewhere(void **state)
{
    struct redis_addr here = {.address = "10.0.0.1"}, there = {.address = "10.0.0.2"};
    struct scene *s = *state;

    fake_conn.addr = here;
    subscriber_follow(s->subscriber, &here);
    assert_string_equal(fake_conn.dropped, "");
    subscriber_follow(s->subscriber, &there);
    assert_string_equal(fake_conn.dropped, "the master is another one now");
    fake_conn.events.on_moved(fake_conn.ctx, &there);
    assert_log(s, "moved:10.0.0.2 ");
}

static void
without_a_connection_there_is_none(void **state)
{
    struct scene *s = *state;

    fake_conn.refused = true;
    assert_null(subscriber_create(s->loop, &s->config, NULL, str_of("node"), &events, s));
    subscriber_destroy(NULL);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_subscription_that_hears_no_probe_is_dropped),
        TEST(a_new_connection_has_its_time),
        TEST(what_was_sent_goes_out_when_flushed),
        TEST(it_follows_a_master_that_is_elsewhere),
        TEST(without_a_connection_there_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
