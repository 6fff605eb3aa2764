/* test_review.c - what waits for the site: order, time, limits, and what its answers do. The site
 * and Redis are the test. */
#include "push-daemon/review/review.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/mem.h"
#include "push-daemon/append/append.h"
#include "push-daemon/client/session.h"
#include "push-daemon/review/requests.h"
#include "tests/unit/push-daemon/a_env.h"
#include "tests/unit/push-daemon/fake_log.h"

enum {
    MESSAGES_MAX = 3000,
    BIG_BYTES = 1 << 20
};

struct requests {
    requests_fn *fn;
    void *ctx;
};

/* One that the site was asked. */
struct request {
    void *arg;
    bool is_over;
    char asked[100]; /* as "URL g u info client 24576/16" */
};

static struct test {
    struct a_env env;
    struct review *review;
    struct session sessions[3];
    struct requests requests;
    struct request asked[MESSAGES_MAX];
    size_t asks, under_way;
    bool redis_is_away;
    struct text stored; /* as "info." */
    struct text told;   /* as "info=result(reason)." */
} t;

static char messages[MESSAGES_MAX][8]; /* the text of each, as its arg */

/* ---- the site, and Redis ---- */

struct requests *
requests_create(struct loop *loop, requests_fn *fn, void *ctx)
{
    assert_ptr_equal(loop, t.env.env.loop);
    t.requests = (struct requests){fn, ctx};
    return &t.requests;
}

void
requests_destroy(struct requests *rs)
{
    assert_true(rs == NULL || rs == &t.requests);
}

struct request *
requests_start(struct requests *rs, const struct review_asking *a, size_t connections, void *arg)
{
    struct request *request = &t.asked[t.asks++];
    const struct review_question *q = &a->question;

    assert_ptr_equal(rs, &t.requests);
    request->arg = arg;
    snprintf(request->asked, sizeof(request->asked), "%s %.*s %.*s %.*s %.*s %zu/%zu", a->url,
             (int)q->group.len, q->group.p, (int)q->user.len, q->user.p, (int)(q->info.len % 20),
             q->info.p, (int)q->client.len, q->client.p, a->max_message_bytes, connections);
    t.under_way++;
    return request;
}

static void
end_request(struct request *request)
{
    assert_false(request->is_over);
    request->is_over = true;
    t.under_way--;
}

void
requests_cancel(struct requests *rs, struct request *request)
{
    assert_ptr_equal(rs, &t.requests);
    end_request(request);
}

size_t
requests_count(const struct requests *rs)
{
    assert_ptr_equal(rs, &t.requests);
    return t.under_way;
}

bool
append_message(struct appender *a, const struct session *s, const struct append_message *m,
               append_fn *fn, void *arg)
{
    assert_null(a);
    assert_non_null(s);
    assert_non_null(fn);
    assert_non_null(arg);
    if (t.redis_is_away) {
        return false;
    }
    text_add(&t.stored, m->info.p, m->info.len % 20);
    text_add_str(&t.stored, ".");
    return true;
}

static void
answer(size_t i, enum review_verdict verdict, const char *text)
{
    struct review_answer a = {.verdict = verdict};

    end_request(&t.asked[i]);
    if (verdict == REVIEW_REPLACED) {
        text_add_str(&a.info, text);
    } else {
        strcpy(a.reason, text);
    }
    t.requests.fn(t.requests.ctx, t.asked[i].arg, &a, "why");
    review_answer_fini(&a);
}

/* ---- what the tests say ---- */

static void
on_outcome(void *arg, const struct append_outcome *outcome)
{
    text_add_str(&t.told, arg);
    text_add_str(&t.told, "=");
    text_add_int(&t.told, outcome->result);
    text_add(&t.told, outcome->reason.p, outcome->reason.len);
    text_add_str(&t.told, ".");
}

static int
setup(void **state)
{
    (void)state;
    memset(&t, 0, sizeof(t));
    fake_log_clear();
    a_env_make(&t.env);
    a_config_set(&t.env.config, "im.hook.url", "http://site/");
    for (int i = 0; i < 3; i++) {
        assert_true(address_parse(&t.sessions[i].client, BYTES("192.0.2.7")));
    }
    text_add_str(&t.stored, "");
    text_add_str(&t.told, "");
    t.review = review_create(&t.env.env, NULL);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    review_destroy(t.review);
    for (int i = 0; i < 3; i++) {
        assert_null(t.sessions[i].chat.review);
    }
    text_fini(&t.stored);
    text_fini(&t.told);
    a_env_free(&t.env);
    return 0;
}

static bool
say_text(int session, struct str info, char *arg)
{
    struct append_message m = {BYTES("g"), BYTES("u"), info, BYTES(""), BYTES(""), CMD_UNVERIFIED};

    return review_message(t.review, &t.sessions[session], &m, on_outcome, arg);
}

/* Session 0, 1 or 2 says the number. */
static void
say(int session, int number)
{
    snprintf(messages[number], sizeof(messages[number]), "%d", number);
    assert_true(say_text(session, str_of(messages[number]), messages[number]));
}

static void
assert_happened(const char *stored, const char *told)
{
    assert_bytes(text_str(&t.stored), str_of(stored));
    assert_bytes(text_str(&t.told), str_of(told));
    text_clear(&t.stored);
    text_clear(&t.told);
}

static void
wait_ms(int64_t ms)
{
    fake_loop_advance(t.env.env.loop, ms);
}

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
        TEST(without_a_site_messages_go_straight_on),
        TEST(the_site_sees_each_message_before_it_is_stored),
        TEST(a_failure_is_what_the_setting_says),
        TEST(what_redis_does_not_take_is_refused),
        TEST(messages_of_a_client_keep_their_order),
        TEST(what_needs_no_review_waits_for_those_before_it),
        TEST(no_message_waits_longer_than_the_setting_says),
        TEST(a_shorter_time_holds_for_what_comes_then),
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
