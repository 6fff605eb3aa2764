/* test_append.c - messages are stored in order, each once, and without a guess about one. */
#include "push-daemon/append/append.h"

#include <inttypes.h>
#include <stdio.h>

#include "push-daemon/hub/hub.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/push-daemon/a_env.h"
#include "tests/unit/push-daemon/fake_nodes.h"
#include "tests/unit/push-daemon/fake_log.h"

enum {
    BEGIN_MS = 5000,  /* our clock at the beginning */
    NOW = 1700000000, /* Redis' clock then */
    SENDERS = 200
};

static struct test {
    struct a_env env;
    struct nodes commands;
    struct appender *appender;
    int64_t heard; /* messages up to this ts have come back */
    char told[SENDERS + 1];
    int order[SENDERS]; /* of the senders, as they were told */
    int told_count;
} t;

/* ---- the scene ---- */

bool
hub_has_heard(const struct hub *hub, struct str group, int64_t ts)
{
    assert_ptr_equal(hub, &t.heard);
    assert_bytes(group, BYTES("g"));
    return ts <= t.heard;
}

static int
setup(void **state)
{
    (void)state;
    memset(&t, 0, sizeof(t));
    a_env_make(&t.env);
    fake_log_clear();
    t.commands.ready = true;
    t.commands.clock = &t.env.redis_clock;
    fake_clock.ms = BEGIN_MS;
    t.env.redis_clock.ahead_ms = NOW - BEGIN_MS;
    t.appender = append_create(&t.env.env, &t.commands, BYTES("node"), (struct hub *)&t.heard);
    append_on_ready(t.appender, fake_node(&t.commands));
    memset(t.told, '-', SENDERS);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    append_destroy(t.appender);
    fake_commands_free(&t.commands);
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

/* ---- what the tests say ---- */

static void
on_outcome(void *arg, const struct append_outcome *outcome)
{
    char *mark = arg;

    assert_int_equal(*mark, '-');     /* told once */
    *mark = "SLRJA"[outcome->result]; /* stored, not logged in, refused, not joined, a rule */
    t.order[t.told_count++] = (int)(mark - t.told);
}

/* Sender i sends the message "mI". */
static bool
post(int i)
{
    char info[16];
    struct append_message m = {BYTES("g"),      BYTES("u"), str_make(NULL, 0),
                               BYTES("secret"), BYTES(""),  CMD_UNVERIFIED};

    snprintf(info, sizeof(info), "m%d", i);
    m.info = str_of(info);
    return append_message(t.appender, NULL, &m, on_outcome, &t.told[i]);
}

static void
post_many(int first, int count)
{
    for (int i = first; i < first + count; i++) {
        assert_true(post(i));
    }
}

/* What each of the first senders was told. */
static void
assert_told(const char *wanted)
{
    assert_bytes(str_make(t.told, strlen(wanted)), str_of(wanted));
}

/* The i-th command is the append of sender `sender`, with that seq in that epoch. */
static void
assert_append_until(size_t i, int sender, int epoch, int seq, int64_t deadline)
{
    char words[500];

    snprintf(words, sizeof(words),
             "EVALSHA append 9 gml:g gmt:g fim:seq:node:%d fim:refused:node:%d login:u fim:rules:g "
             "fim:rules: fim:sent:g/u fim:cap:g "
             "{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"m%d\",\"ts\": } mq:g 604800 100000 %d "
             "%" PRId64 " secret  u 0 0 0",
             epoch, epoch, sender, seq, deadline);
    assert_command(&t.commands, i, words);
}

static void
assert_append(size_t i, int sender, int epoch, int seq)
{
    assert_append_until(i, sender, epoch, seq, NOW + 2500);
}

static void
assert_open_commands(size_t count)
{
    assert_int_equal(fake_commands_open(&t.commands), count);
}

static void
answer(const char *wire)
{
    fake_commands_answer(&t.commands, wire);
}

/* The connection breaks, and there is another one. */
static void
reconnect(void)
{
    fake_commands_lose(&t.commands);
    append_on_down(t.appender, fake_node(&t.commands));
    t.commands.ready = true;
    append_on_ready(t.appender, fake_node(&t.commands));
}

/* The first question then: which of the open ones were refused? */
static void
assert_asks_for_refusals(int open)
{
    char words[60];

    snprintf(words, sizeof(words), "LRANGE fim:refused:node:1 -%d -1", open);
    assert_command(&t.commands, 0, words);
}

/* Its answer, and then that to the second question: the highest seq. */
static void
answer_seq(const char *wire)
{
    answer("*0\r\n");
    assert_command(&t.commands, 0, "GET fim:seq:node:1");
    answer(wire);
}

/* ---- the usual ---- */

static void
messages_are_pipelined_with_a_seq_each(void **state)
{
    (void)state;
    post_many(0, 3);
    for (int i = 0; i < 3; i++) {
        assert_append((size_t)i, i, 1, i + 1);
    }
    assert_open_commands(3);
    assert_int_equal(append_open_count(t.appender), 3);
    assert_false(append_is_settled(t.appender));
}

static void
the_sender_is_told_when_its_message_has_come_back(void **state)
{
    (void)state;
    post_many(0, 3);
    answer(":101\r\n");
    answer(":102\r\n");
    append_resolve_heard(t.appender);
    assert_told("---");
    t.heard = 101;
    append_resolve_heard(t.appender);
    assert_told("S--");
    answer(":103\r\n");
    assert_false(append_is_settled(t.appender));
    t.heard = 103;
    append_resolve_heard(t.appender);
    assert_told("SSS");
    assert_true(append_is_settled(t.appender));
    assert_int_equal(append_open_count(t.appender), 0);
    post_many(3, 1);
    assert_append(0, 3, 1, 4); /* in the same epoch */
}

static void
a_message_that_does_not_come_back_is_given_up_in_the_end(void **state)
{
    (void)state;
    post_many(0, 1);
    answer(":101\r\n");
    fake_clock.ms = BEGIN_MS + 2500 + 10000;
    append_resolve_heard(t.appender);
    assert_told("-");
    fake_clock.ms++;
    append_resolve_heard(t.appender);
    assert_told("S");
}

static void
no_message_is_taken_while_redis_is_away(void **state)
{
    (void)state;
    append_on_down(t.appender, fake_node(&t.commands));
    assert_false(post(0));
    append_hold(t.appender); /* there is nothing to hold */
    assert_false(post(0));
    assert_int_equal(append_open_count(t.appender), 0);
    append_on_ready(t.appender, fake_node(&t.commands));
    post_many(0, 1);
    assert_append(0, 0, 2, 1);
}

/* The seq of a message that could not be sent is given to the next one. */
static void
no_message_is_taken_while_too_many_commands_are_under_way(void **state)
{
    (void)state;
    post_many(0, 1);
    t.commands.full = true;
    assert_false(post(1));
    assert_told("--"); /* the caller knows by the result */
    assert_int_equal(append_open_count(t.appender), 1);
    t.commands.full = false;
    post_many(2, 1);
    assert_append(1, 2, 1, 2);
}

static void
no_message_is_taken_while_64_mib_are_open(void **state)
{
    enum {
        QUARTER = 16 << 20
    };
    char *bytes = calloc(1, QUARTER);
    struct append_message m = {BYTES("g"), BYTES("u"), str_make(bytes, QUARTER - 1000),
                               BYTES(""),  BYTES(""),  CMD_UNVERIFIED};

    (void)state;
    append_hold(t.appender);
    for (int i = 0; i < 4; i++) {
        assert_true(append_message(t.appender, NULL, &m, on_outcome, &t.told[i]));
    }
    m.info.len = 4000;
    assert_false(append_message(t.appender, NULL, &m, on_outcome, &t.told[4]));
    assert_true(post(5));
    free(bytes);
}

/* ---- refusals ---- */

/* One of five is refused, the ones behind it as out of order. When all are answered, they go
 * again. */
static void
those_behind_a_refused_one_go_out_again_in_a_new_epoch(void **state)
{
    (void)state;
    post_many(0, 5);
    answer(":101\r\n");
    answer("-OOM no\r\n");
    assert_told("-R---");
    post_many(5, 1); /* waits behind the barrier */
    assert_open_commands(3);
    answer(":-3\r\n");
    answer(":-3\r\n");
    assert_open_commands(1);
    answer(":-3\r\n");
    assert_told("SR----");
    for (int i = 0; i < 4; i++) {
        assert_append((size_t)i, 2 + i, 2, i + 1);
    }
    assert_open_commands(4);
    post_many(6, 1);
    assert_append(4, 6, 2, 5);
}

/* The answer of Redis to a message, and what its sender is told. */
static void
a_refusal_is_told(void **state)
{
    static const struct {
        const char *answer;
        const char *told;
        int logged;
    } rows[] = {
        {"-WRONGTYPE Operation\r\n", "R", 1}, /* the group's key is no list */
        {"-OOM command not allowed\r\n", "R", 1},
        {"$2\r\nno\r\n", "R", 0}, /* no answer of the script */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        post_many(0, 1);
        answer(rows[i].answer);
        assert_told(rows[i].told);
        assert_int_equal(append_open_count(t.appender), 0);
        assert_int_equal(fake_log_count("append-refused"), rows[i].logged);
        post_many(1, 1);
        assert_append(0, 1, 2, 1); /* the barrier was left at once */
    }
}

/* Its seq is used: nobody behind it waits, and no epoch begins. */
static void
a_refusal_by_a_rule_holds_up_nobody(void **state)
{
    static const struct {
        const char *answer;
        const char *told;
    } rows[] = {
        {":-1\r\n", "-L---"},
        {":-4\r\n", "-J---"},
        {"*3\r\n:-5\r\n$4\r\nroom\r\n:300\r\n", "-A---"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        post_many(0, 3);
        answer(":101\r\n");
        answer(rows[i].answer);
        assert_told(rows[i].told);
        post_many(3, 1);
        assert_append(0, 2, 1, 3);
        assert_append(1, 3, 1, 4);
        answer(":102\r\n");
        answer(":103\r\n");
        t.heard = 103;
        append_resolve_heard(t.appender);
        assert_int_equal(t.told_count, 4);
        assert_int_equal(fake_log_count("append-refused"), 0);
    }
}

static void
refusals_are_logged_every_ten_seconds_with_their_count(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        post_many(i, 1);
        answer("-OOM no\r\n");
    }
    assert_int_equal(fake_log_count("append-refused"), 1);
    assert_int_equal(fake_log_count("answer=\"OOM no\" so-far=1\n"), 1);
    fake_clock.ms += 9999;
    post_many(3, 1);
    answer("-OOM no\r\n");
    assert_int_equal(fake_log_count("append-refused"), 1);
    fake_clock.ms++;
    post_many(4, 1);
    answer("-OOM no\r\n");
    assert_int_equal(fake_log_count("so-far=5\n"), 1);
}

static void
a_lost_script_is_loaded_once_and_all_go_out_again(void **state)
{
    (void)state;
    post_many(0, 3);
    answer("-NOSCRIPT No matching script\r\n");
    answer("-NOSCRIPT No matching script\r\n");
    assert_open_commands(1);
    answer(":-3\r\n"); /* somebody else has loaded it meanwhile */
    assert_told("---");
    assert_command(&t.commands, 0, "SCRIPT LOAD append");
    for (int i = 0; i < 3; i++) {
        assert_append((size_t)i + 1, i, 2, i + 1);
    }
    assert_open_commands(4);
    answer("$1\r\nx\r\n");
    for (int i = 0; i < 3; i++) {
        answer(":101\r\n");
    }
    t.heard = 101;
    append_resolve_heard(t.appender);
    assert_told("SSS");
    assert_int_equal(fake_log_count("append-refused"), 0);
    post_many(3, 1);
    answer(":-3\r\n");
    assert_append(0, 3, 3, 1); /* the script is there: it is not loaded again */
}

/* As when Redis loses the script again and again. */
static void
a_message_whose_deadline_has_passed_is_not_sent_again(void **state)
{
    (void)state;
    post_many(0, 2);
    fake_clock.ms = BEGIN_MS + 2500;
    answer("-NOSCRIPT No matching script\r\n");
    answer("-NOSCRIPT No matching script\r\n");
    assert_open_commands(3); /* just in time */
    fake_clock.ms++;
    answer("+OK\r\n");
    answer("-NOSCRIPT No matching script\r\n");
    answer("-NOSCRIPT No matching script\r\n");
    assert_told("RR");
    assert_int_equal(append_open_count(t.appender), 0);
}

static void
a_message_that_cannot_be_sent_again_is_refused(void **state)
{
    (void)state;
    post_many(0, 2);
    answer(":-3\r\n");
    t.commands.full = true;
    answer(":-3\r\n");
    assert_told("RR");
    t.commands.full = false;
    post_many(2, 1);
    assert_append(0, 2, 2, 1);
}

/* ---- Redis' clock ---- */

/* As readiness has it. */
static bool
is_late(void)
{
    append_resolve_heard(t.appender);
    return t.env.metrics.late != 0;
}

/* Too late, by Redis' clock, which shows this. */
static void
answer_too_late(int64_t redis_ms)
{
    char wire[60];

    snprintf(wire, sizeof(wire), "*2\r\n:-2\r\n:%" PRId64 "\r\n", redis_ms);
    answer(wire);
}

/* Redis' clock has stepped: three were under way. None is lost, their order stands, and the
 * deadlines are the same moments, by the clock as it is now. */
static void
a_step_of_the_clock_costs_no_message(void **state)
{
    static const int64_t steps[] = {3000, 3600000, INT64_C(10) * 365 * 86400000};

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        int64_t now = NOW + steps[i];

        restart(state);
        post_many(0, 3);
        fake_clock.ms += 100;
        answer_too_late(now + 100);
        answer(":-3\r\n");
        post_many(3, 1); /* by the right clock, behind the barrier */
        assert_open_commands(1);
        answer(":-3\r\n");
        assert_told("----");
        for (int m = 0; m < 4; m++) {
            assert_append_until((size_t)m, m, 2, m + 1, now + 2500 + (m == 3 ? 100 : 0));
        }
        assert_open_commands(4);
        for (int m = 0; m < 4; m++) {
            answer(":101\r\n");
        }
        t.heard = 101;
        append_resolve_heard(t.appender);
        assert_told("SSSS");
        assert_int_equal(t.env.metrics.clock_steps, 1);
        assert_int_equal(t.env.metrics.messages_late, 0);
        assert_int_equal(fake_log_count("redis-clock-step"), 1);
        assert_false(is_late());
    }
}

/* Its sender is told, and it is not sent any more: its time is over on our own clock. */
static void
a_message_gets_no_more_time_by_a_step(void **state)
{
    (void)state;
    post_many(0, 2);
    fake_clock.ms += 2500;
    answer_too_late(NOW + 3602500);
    fake_clock.ms++;
    answer(":-3\r\n");
    assert_told("RR");
    assert_open_commands(0);
    assert_int_equal(t.env.metrics.messages_late, 2);
    assert_false(is_late()); /* they had no time left */
    post_many(2, 1);
    assert_append_until(0, 2, 2, 1, NOW + 3600000 + 5001);
}

/* Redis hung, and refuses when it goes on. Its clock is right. */
static void
a_hang_is_no_step_of_the_clock(void **state)
{
    (void)state;
    post_many(0, 1);
    fake_clock.ms += 10000;
    answer_too_late(NOW + 9000);
    assert_told("R");
    assert_int_equal(t.env.redis_clock.ahead_ms, NOW - BEGIN_MS);
    assert_int_equal(t.env.metrics.clock_steps, 0);
    assert_int_equal(t.env.metrics.messages_late, 1);
    assert_int_equal(fake_log_count("append-refused answer=\"too late\" so-far=1\n"), 1);
    assert_false(is_late());
}

/* The clock moves between any two messages, say. It is said, and told by readiness. */
static void
a_message_is_tried_once_more_and_not_for_ever(void **state)
{
    (void)state;
    post_many(0, 1);
    answer_too_late(NOW + 10000);
    assert_told("-");
    answer_too_late(NOW + 20000);
    assert_told("R");
    assert_open_commands(0);
    assert_true(is_late());
    assert_int_equal(t.env.metrics.messages_late, 1);
    assert_int_equal(fake_log_count("append-refused answer=\"too late\" so-far=1\n"), 1);
    fake_clock.ms += 9999;
    assert_true(is_late());
    fake_clock.ms++;
    assert_false(is_late()); /* nobody sends any more, perhaps for that reason */
    post_many(1, 1);
    answer_too_late(NOW + 100000);
    answer_too_late(NOW + 200000);
    assert_true(is_late());
    post_many(2, 1);
    answer(":101\r\n");
    assert_false(is_late());
}

/* Refused by time and to be tried again, when the connection breaks, or is given up. */
static void
a_second_try_waits_for_the_next_connection(void **state)
{
    (void)state;
    for (int held = 0; held < 2; held++) {
        restart(state);
        post_many(0, 3);
        if (held) {
            append_hold(t.appender);
        }
        answer(":101\r\n");
        answer_too_late(NOW + 3600000);
        assert_told("---");
        reconnect();
        answer_seq("$1\r\n1\r\n"); /* of these it was the first alone */
        assert_told("S--");
        assert_append_until(0, 1, 2, 1, NOW + 3600000 + 2500);
        assert_append_until(1, 2, 2, 2, NOW + 3600000 + 2500);
        assert_open_commands(2);
    }
}

/* ---- what is counted ---- */

static void
open_bytes_and_times_are_counted(void **state)
{
    (void)state;
    post_many(0, 2);
    append_resolve_heard(t.appender);
    assert_true(t.env.metrics.open_bytes > 0);
    fake_clock.ms += 30;
    answer(":101\r\n");
    answer(":102\r\n");
    t.heard = 102;
    append_resolve_heard(t.appender);
    assert_int_equal(t.env.metrics.open_bytes, 0);
    assert_int_equal(t.env.metrics.append_us.count, 2);
    assert_int_equal(t.env.metrics.append_us.sum, 60000);
}

/* ---- the connection breaks ---- */

static void
what_redis_had_stored_is_told_and_the_rest_goes_out_again(void **state)
{
    (void)state;
    post_many(0, 4);
    answer(":101\r\n"); /* not heard */
    reconnect();
    assert_told("----");
    assert_false(post(4)); /* not before it is known what became of the others */
    assert_open_commands(1);
    answer_seq("$1\r\n2\r\n");
    assert_told("SS--");
    assert_append(0, 2, 2, 1);
    assert_append(1, 3, 2, 2);
    assert_open_commands(2);
    post_many(5, 1);
    assert_append(2, 5, 2, 3);
}

/* They count as stored, and were not. Redis has noted each of them; of some, the reply is known. */
static void
what_a_rule_had_refused_is_not_taken_for_stored(void **state)
{
    (void)state;
    post_many(0, 8);
    answer(":101\r\n");
    answer(":-1\r\n");
    reconnect();
    assert_told("-L------");
    assert_asks_for_refusals(7);
    answer("*6\r\n$4\r\n2 -1\r\n$11\r\n4 -5 slow 7\r\n$4\r\n5 -4\r\n$1\r\nx\r\n"
           "$4\r\n6 -1\r\n$4\r\n9 -1\r\n");
    assert_told("-L-AJL--");
    assert_command(&t.commands, 0, "GET fim:seq:node:1");
    answer("$1\r\n7\r\n");
    assert_told("SLSAJLS-");
    assert_append(0, 7, 2, 1);
    assert_open_commands(1);
}

static void
a_seq_may_have_two_digits(void **state)
{
    (void)state;
    post_many(0, 12);
    reconnect();
    answer_seq("$2\r\n11\r\n");
    assert_told("SSSSSSSSSSS-");
}

static void
nothing_was_stored_if_redis_knows_no_seq(void **state)
{
    (void)state;
    post_many(0, 2);
    reconnect();
    answer_seq("$-1\r\n");
    assert_told("--");
    assert_append(0, 0, 2, 1);
    assert_append(1, 1, 2, 2);
}

static void
a_lost_answer_about_the_seq_is_asked_for_again(void **state)
{
    (void)state;
    post_many(0, 1);
    reconnect();
    reconnect();
    assert_told("-");
    answer_seq("$1\r\n1\r\n");
    assert_told("S");
    assert_open_commands(0);
    post_many(1, 1);
    assert_append(0, 1, 2, 1);
}

static void
wait(int64_t ms)
{
    fake_loop_advance(t.env.env.loop, ms);
}

static void
a_question_that_cannot_be_asked_is_asked_a_second_later(void **state)
{
    (void)state;
    post_many(0, 1);
    fake_commands_lose(&t.commands);
    append_on_down(t.appender, fake_node(&t.commands));
    append_on_ready(t.appender, fake_node(&t.commands));
    assert_int_equal(fake_log_count("error append-look"), 1);
    assert_told("-");
    t.commands.ready = true;
    wait(999);
    assert_open_commands(0);
    wait(1);
}

/* Redis was made a replica, say: to take that for "nothing was stored" would store messages
 * twice. */
static void
an_answer_that_says_nothing_of_the_seq_is_no_answer(void **state)
{
    (void)state;
    post_many(0, 2);
    reconnect();
    assert_asks_for_refusals(2);
    answer("*0\r\n");
    answer("-MASTERDOWN Link with MASTER is down\r\n");
    assert_told("--");
    assert_false(post(2));
    assert_int_equal(fake_log_count("warn append-look answer=\"MASTERDOWN"), 1);
    wait(1000);
    answer("-LOADING Redis is loading\r\n");
    wait(500);
    reconnect(); /* the new connection asks for itself */
    wait(500);
    assert_open_commands(1);
    answer_seq("$1\r\n1\r\n");
    assert_told("S-");
    assert_append(0, 1, 2, 1);
    wait(10000);
    assert_open_commands(1);
}

/* Somebody else has overwritten the key. No other answer would come. */
static void
a_seq_that_cannot_be_read_says_that_nothing_was_stored(void **state)
{
    (void)state;
    post_many(0, 1);
    reconnect();
    answer("*0\r\n");
    answer("-WRONGTYPE Operation\r\n");
    assert_append(0, 0, 2, 1);
}

/* The answers up to the break are known; behind the refused one nothing was stored. */
static void
a_break_ends_a_barrier(void **state)
{
    (void)state;
    post_many(0, 3);
    answer(":101\r\n");
    answer(":-3\r\n");
    reconnect();
    answer_seq("$1\r\n1\r\n");
    assert_told("S--");
    assert_append(0, 1, 2, 1);
    assert_append(1, 2, 2, 2);
    assert_open_commands(2);
}

static void
a_deadline_that_passed_during_the_break_is_told_after_it(void **state)
{
    (void)state;
    post_many(0, 2);
    reconnect();
    fake_clock.ms = BEGIN_MS + 2501;
    answer_seq("$1\r\n1\r\n");
    assert_told("SR");
    assert_open_commands(0);
}

/* ---- a failover ---- */

static void
held_messages_wait_for_another_connection(void **state)
{
    (void)state;
    post_many(0, 1);
    append_hold(t.appender);
    post_many(1, 2);
    assert_open_commands(1);
    assert_false(append_is_settled(t.appender));
    answer(":101\r\n");
    assert_false(append_is_settled(t.appender)); /* stored, but not heard */
    t.heard = 101;
    append_resolve_heard(t.appender);
    assert_told("S--");
    assert_true(append_is_settled(t.appender)); /* what is held was never sent */
    reconnect();
    answer_seq("$1\r\n1\r\n"); /* a seq of the old epoch says nothing of them */
    assert_told("S--");
    assert_append(0, 1, 2, 1);
    assert_append(1, 2, 2, 2);
}

static void
a_refusal_while_held_sends_nothing_to_the_old_master(void **state)
{
    (void)state;
    post_many(0, 2);
    append_hold(t.appender);
    answer(":-3\r\n");
    answer(":-3\r\n");
    assert_open_commands(0);
    assert_true(append_is_settled(t.appender));
    reconnect();
    answer_seq("$-1\r\n");
    assert_append(0, 0, 2, 1);
    assert_append(1, 1, 2, 2);
}

/* The old master had stored two and nobody heard them; the new one has the first of them. */
static void
a_message_that_the_new_master_does_not_have_goes_out_again(void **state)
{
    (void)state;
    post_many(0, 2);
    answer(":101\r\n");
    answer(":102\r\n");
    append_hold(t.appender);
    reconnect();
    t.heard = 102;
    answer_seq("$1\r\n1\r\n");
    append_resolve_heard(t.appender);
    assert_told("S-");
    assert_append(0, 1, 2, 1);
    answer(":103\r\n");
    append_resolve_heard(t.appender);
    assert_told("S-"); /* its old ts counts no more */
    t.heard = 103;
    append_resolve_heard(t.appender);
    assert_told("SS");
}

/* ---- the end ---- */

static void
an_appender_goes_without_telling_the_senders(void **state)
{
    (void)state;
    post_many(0, 2);
    answer(":101\r\n");
    append_destroy(t.appender);
    t.appender = NULL;
    append_destroy(NULL);
    assert_told("--");
}

static void
senders_are_told_in_order(void **state)
{
    (void)state;
    post_many(0, SENDERS);
    for (int i = 0; i < SENDERS; i++) {
        answer(":101\r\n");
    }
    t.heard = 101;
    append_resolve_heard(t.appender);
    assert_int_equal(t.told_count, SENDERS);
    for (int i = 0; i < SENDERS; i++) {
        assert_int_equal(t.order[i], i);
    }
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(messages_are_pipelined_with_a_seq_each),
        TEST(the_sender_is_told_when_its_message_has_come_back),
        TEST(a_message_that_does_not_come_back_is_given_up_in_the_end),
        TEST(no_message_is_taken_while_redis_is_away),
        TEST(no_message_is_taken_while_too_many_commands_are_under_way),
        TEST(no_message_is_taken_while_64_mib_are_open),
        TEST(a_refusal_by_a_rule_holds_up_nobody),
        TEST(those_behind_a_refused_one_go_out_again_in_a_new_epoch),
        TEST(a_refusal_is_told),
        TEST(refusals_are_logged_every_ten_seconds_with_their_count),
        TEST(a_lost_script_is_loaded_once_and_all_go_out_again),
        TEST(a_message_whose_deadline_has_passed_is_not_sent_again),
        TEST(a_message_that_cannot_be_sent_again_is_refused),
        TEST(a_step_of_the_clock_costs_no_message),
        TEST(a_message_gets_no_more_time_by_a_step),
        TEST(a_hang_is_no_step_of_the_clock),
        TEST(a_message_is_tried_once_more_and_not_for_ever),
        TEST(a_second_try_waits_for_the_next_connection),
        TEST(open_bytes_and_times_are_counted),
        TEST(what_redis_had_stored_is_told_and_the_rest_goes_out_again),
        TEST(what_a_rule_had_refused_is_not_taken_for_stored),
        TEST(a_seq_may_have_two_digits),
        TEST(nothing_was_stored_if_redis_knows_no_seq),
        TEST(a_lost_answer_about_the_seq_is_asked_for_again),
        TEST(a_question_that_cannot_be_asked_is_asked_a_second_later),
        TEST(an_answer_that_says_nothing_of_the_seq_is_no_answer),
        TEST(a_seq_that_cannot_be_read_says_that_nothing_was_stored),
        TEST(a_break_ends_a_barrier),
        TEST(a_deadline_that_passed_during_the_break_is_told_after_it),
        TEST(held_messages_wait_for_another_connection),
        TEST(a_refusal_while_held_sends_nothing_to_the_old_master),
        TEST(a_message_that_the_new_master_does_not_have_goes_out_again),
        TEST(an_appender_goes_without_telling_the_senders),
        TEST(senders_are_told_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
