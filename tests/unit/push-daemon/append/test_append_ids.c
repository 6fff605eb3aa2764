/* test_append_ids.c - messages with an id: their senders learn the ts, also of one that was stored
 * when its reply was lost. */
#include "push-daemon/append/append.h"

#include <inttypes.h>

#include "lib/clock.h"
#include "push-daemon/hub/hub.h"
#include "tests/unit/push-daemon/a_env.h"
#include "tests/unit/push-daemon/fake_commands.h"
#include "tests/unit/push-daemon/fake_log.h"

enum {
    BEGIN_MS = 5000,
    NOW = 1700000000 /* Redis' clock then */
};

static struct test {
    struct a_env env;
    int64_t clock_ms;
    struct commands commands;
    struct appender *appender;
    int64_t heard;    /* messages up to this ts have come back */
    struct text told; /* as "a stored 101, " */
} t;

/* ---- lib/clock.h, hub/ ---- */

int64_t
clock_ms(void)
{
    return t.clock_ms;
}

int64_t
clock_us(void)
{
    return t.clock_ms * 1000;
}

int64_t
clock_unix_ms(void)
{
    return 0;
}

int64_t
clock_cpu_us(void)
{
    return 0;
}

bool
hub_has_heard(const struct hub *hub, struct str group, int64_t ts)
{
    (void)hub;
    (void)group;
    return ts <= t.heard;
}

/* ---- what the tests say ---- */

static int
setup(void **state)
{
    (void)state;
    memset(&t, 0, sizeof(t));
    a_env_make(&t.env);
    fake_log_clear();
    t.commands.ready = true;
    t.clock_ms = BEGIN_MS;
    t.env.redis_clock.ahead_ms = NOW - BEGIN_MS;
    t.appender = append_create(&t.env.env, &t.commands, BYTES("node"), NULL);
    append_on_ready(t.appender);
    text_init(&t.told);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    append_destroy(t.appender);
    fake_commands_free(&t.commands);
    text_fini(&t.told);
    a_env_free(&t.env);
    return 0;
}

static void
on_outcome(void *arg, const struct append_outcome *o)
{
    static const char *const results[] = {"stored", "login", "refused", "member", "rules"};

    text_add_str(&t.told, arg);
    text_add_str(&t.told, " ");
    text_add_str(&t.told, results[o->result]);
    text_add_str(&t.told, " ");
    text_add_int(&t.told, o->ts);
    if (o->result == APPEND_AGAINST_RULES) {
        text_add_str(&t.told, " ");
        text_add(&t.told, o->reason.p, o->reason.len);
        text_add_str(&t.told, " ");
        text_add_int(&t.told, o->retry_ms);
    }
    text_add_str(&t.told, ", ");
}

/* id: a string literal; empty: a message of Part 1, which is told as "-". */
static void
post(const char *id)
{
    struct append_message m = {BYTES("g"), BYTES("u"), BYTES("hi"),
                               BYTES(""),  str_of(id), CMD_VERIFIED};

    assert_true(append_message(t.appender, &m, on_outcome, (void *)(*id != '\0' ? id : "-")));
}

static void
assert_told(const char *wanted)
{
    append_resolve_heard(t.appender);
    text_add_str(&t.told, "");
    assert_string_equal(t.told.bytes, wanted);
    text_clear(&t.told);
}

static void
assert_append_until(size_t i, const char *id, int epoch, int seq, int64_t deadline_ms)
{
    char words[500];

    snprintf(words, sizeof(words),
             "EVALSHA append 9 gml:g gmt:g fim:seq:node:%d fim:refused:node:%d login:u fim:rules:g "
             "fim:rules: fim:sent:g/u fim:cap:g "
             "{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"hi\",\"ts\": } mq:g 604800 100000 %d "
             "%" PRId64 "  %s u 1 0 0",
             epoch, epoch, seq, deadline_ms, id);
    assert_command(&t.commands, i, words);
}

static void
assert_append(size_t i, const char *id, int epoch, int seq)
{
    assert_append_until(i, id, epoch, seq, (int64_t)NOW + 2500);
}

/* Nothing is to be stored, if the id is known no more. */
static void
assert_asks_for_ts(size_t i, const char *id, int epoch, int seq)
{
    assert_append_until(i, id, epoch, seq, 0);
}

static void
answer(const char *wire)
{
    fake_commands_answer(&t.commands, wire);
}

/* The connection breaks, and there is another one, which says what the highest seq is. */
static void
reconnect(const char *highest)
{
    fake_commands_lose(&t.commands);
    append_on_down(t.appender);
    t.commands.ready = true;
    append_on_ready(t.appender);
    answer("*0\r\n"); /* none was refused by a rule */
    answer(highest);
}

/* ---- the tests ---- */

static void
the_sender_learns_the_ts(void **state)
{
    (void)state;
    post("a");
    post("");
    assert_append(0, "a", 1, 1);
    assert_append(1, "", 1, 2);
    answer(":101\r\n");
    answer(":102\r\n");
    assert_told("");
    t.heard = 102;
    assert_told("a stored 101, - stored 102, ");
}

/* Its message has come back long ago. */
static void
a_known_id_is_answered_by_its_first_ts(void **state)
{
    (void)state;
    t.heard = 101;
    post("a");
    post("b");
    answer("*2\r\n:1\r\n:77\r\n");
    assert_told("a stored 77, ");
    assert_append(0, "b", 1, 2); /* the seq counts as stored */
    answer(":101\r\n");
    assert_told("b stored 101, ");
}

static void
one_whose_reply_was_lost_goes_out_again_for_its_ts(void **state)
{
    (void)state;
    post("a");
    post("");
    post("c");
    reconnect("$1\r\n2\r\n");
    assert_told("- stored 0, "); /* Part 1 is told no ts */
    assert_asks_for_ts(0, "a", 2, 1);
    assert_append(1, "c", 2, 2);
    answer("*2\r\n:1\r\n:101\r\n");
    answer(":103\r\n");
    t.heard = 103;
    assert_told("a stored 101, c stored 103, ");
}

/* Known to be stored, it is not late, whatever the time is. */
static void
it_gets_its_ts_past_the_deadline(void **state)
{
    (void)state;
    post("a");
    post("b");
    t.clock_ms += 60000;
    reconnect("$1\r\n1\r\n");
    assert_told("b refused 0, ");
    assert_asks_for_ts(0, "a", 2, 1);
    reconnect("$-1\r\n"); /* it did not get there: it is asked for once more */
    assert_asks_for_ts(0, "a", 3, 1);
    t.heard = 101;
    answer("*2\r\n:1\r\n:101\r\n");
    assert_told("a stored 101, ");
    assert_int_equal(t.env.metrics.messages_late, 1);
}

/* The user has sent much since, over another host, that does not wait for replies. */
static void
one_whose_id_is_known_no_more_is_not_stored_twice(void **state)
{
    (void)state;
    post("a");
    post("b");
    reconnect("$1\r\n1\r\n");
    assert_asks_for_ts(0, "a", 2, 1);
    assert_append(1, "b", 2, 2);
    answer("*2\r\n:-2\r\n:1700000000\r\n");
    assert_told("a stored 0, "); /* its ts stands in the list alone */
    answer(":-3\r\n");
    assert_append(0, "b", 3, 1);
    answer(":103\r\n");
    t.heard = 103;
    assert_told("b stored 103, ");
    assert_int_equal(append_open_count(t.appender), 0);
    assert_int_equal(t.env.metrics.messages_late, 0);
}

/* The old master had it. The new one does not know the id: it was lost, and it is too late to store
 * it. */
static void
one_that_a_failover_lost_is_refused_in_the_end(void **state)
{
    (void)state;
    post("a");
    reconnect("$1\r\n1\r\n");
    assert_asks_for_ts(0, "a", 2, 1);
    append_hold(t.appender);
    t.clock_ms += 60000;
    reconnect("$-1\r\n");
    assert_append(0, "a", 3, 1);
    answer("*2\r\n:-2\r\n:1700060000\r\n");
    assert_told("a refused 0, ");
    assert_int_equal(append_open_count(t.appender), 0);
}

static void
one_that_was_not_stored_goes_out_again_in_time(void **state)
{
    (void)state;
    post("a");
    answer(":101\r\n");
    reconnect("$-1\r\n"); /* a failover lost it */
    assert_append(0, "a", 2, 1);
    answer(":102\r\n");
    t.heard = 102;
    assert_told("a stored 102, ");
}

static void
a_rule_is_told_with_its_reason(void **state)
{
    (void)state;
    post("a");
    post("b");
    post("c");
    answer("*3\r\n:-5\r\n$4\r\nslow\r\n:4200\r\n");
    assert_told("a rules 0 slow 4200, ");
    assert_append(0, "b", 1, 2); /* those behind it do not wait */
    assert_append(1, "c", 1, 3);
    answer("*3\r\n:-5\r\n$6\r\nbanned\r\n:0\r\n");
    t.heard = 104;
    answer(":104\r\n");
    assert_told("b rules 0 banned 0, c stored 104, ");
    assert_int_equal(fake_log_count("append-refused"), 0);
}

/* It goes out no more: it might be stored now, behind those that were sent after it. */
static void
a_rule_whose_reply_was_lost_is_told_from_the_note(void **state)
{
    (void)state;
    post("a");
    post("b");
    fake_commands_lose(&t.commands);
    append_on_down(t.appender);
    t.commands.ready = true;
    append_on_ready(t.appender);
    answer("*1\r\n$14\r\n1 -5 slow 4200\r\n");
    assert_told("a rules 0 slow 4200, ");
    answer("$1\r\n2\r\n");
    assert_asks_for_ts(0, "b", 2, 1);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_sender_learns_the_ts),
        TEST(a_known_id_is_answered_by_its_first_ts),
        TEST(one_whose_reply_was_lost_goes_out_again_for_its_ts),
        TEST(it_gets_its_ts_past_the_deadline),
        TEST(one_whose_id_is_known_no_more_is_not_stored_twice),
        TEST(one_that_a_failover_lost_is_refused_in_the_end),
        TEST(one_that_was_not_stored_goes_out_again_in_time),
        TEST(a_rule_is_told_with_its_reason),
        TEST(a_rule_whose_reply_was_lost_is_told_from_the_note),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
