/* test_commands.c - the command connection: how it is prepared, and what may be sent. */
#include "push-daemon/redis/commands.h"

#include <inttypes.h>

#include "lib/redis/commands.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/redis_clock.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/push-daemon/a_config.h"
#include "tests/unit/push-daemon/fake_log.h"
#include "tests/unit/push-daemon/redis/fake_conn.h"

struct scene {
    struct config config;
    struct metrics metrics;
    struct redis_clock redis_clock;
    char refused[32]; /* what a node of a cluster has answered last */
    struct env env;
    struct commands *commands;
    int ready, down;
    char moved[RESP_ADDRESS_SIZE];
};

static struct scene s;

/* ---- the scene ---- */

static void
on_ready(void *ctx)
{
    ((struct scene *)ctx)->ready++;
}

static void
on_down(void *ctx)
{
    ((struct scene *)ctx)->down++;
}

static void
on_moved(void *ctx, const struct redis_addr *addr)
{
    strcpy(((struct scene *)ctx)->moved, addr->address);
}

static void
on_refused(void *ctx, const struct reply *reply)
{
    struct str text = reply_text(reply);

    snprintf(((struct scene *)ctx)->refused, 32, "%.*s", (int)text.len, text.p);
}

static const struct commands_events events = {on_ready, on_down, on_moved, on_refused};

static int
set_up(void **state)
{
    (void)state;
    memset(&s, 0, sizeof(s));
    fake_conn_forget();
    a_config_make(&s.config);
    fake_clock.ms = 5000;
    fake_clock.unix_ms = 0;
    fake_log_clear();
    redis_clock_init(&s.redis_clock, &s.metrics);
    s.env = (struct env){.config = &s.config, .metrics = &s.metrics, .redis_clock = &s.redis_clock};
    s.commands = commands_create(&s.env, NULL, &s.redis_clock, &events, &s);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    commands_destroy(s.commands);
    assert_true(fake_conn.destroyed);
    fake_conn_forget();
    a_config_free(&s.config);
    return 0;
}

/* The greeting's answers up to TIME, which is the next: of this run of Redis, as this client. */
static void
greet_until_time(const char *info, const char *client_id)
{
    fake_conn_up();
    fake_conn_answer("INFO server", info);
    if (strncmp(fake_conn.sent[fake_conn.answered].words, "CLIENT KILL", 11) == 0) {
        fake_conn_answer_any(":1\r\n");
    }
    fake_conn_answer("CLIENT ID", client_id);
    for (int i = 0; i < SCRIPT_LOADED__MAX; i++) {
        assert_int_equal(strncmp(fake_conn.sent[fake_conn.answered].words, "SCRIPT LOAD --", 14),
                         0);
        fake_conn_answer_any("$1\r\nx\r\n");
    }
}

static const char run_a[] = "$26\r\n# Server\r\nrun_id:aaaa\r\nx:1\r\n";
static const char run_b[] = "$26\r\n# Server\r\nrun_id:bbbb\r\nx:1\r\n";
static const char time_1000_5[] = "*2\r\n$4\r\n1000\r\n$6\r\n500000\r\n"; /* 1000.5 s */

static void
greet(const char *info, const char *client_id)
{
    greet_until_time(info, client_id);
    fake_conn_answer("TIME", time_1000_5);
    assert_int_equal(fake_conn_unanswered(), 0);
}

/* What we believe that Redis' clock shows. */
static int64_t
redis_now(void)
{
    return redis_clock_at_ms(&s.redis_clock, fake_clock.ms);
}

/* ---- the greeting ---- */

static void
it_is_ready_after_the_whole_greeting(void **state)
{
    (void)state;
    commands_start(s.commands);
    assert_true(fake_conn.started);
    greet_until_time(run_a, ":7\r\n");
    assert_false(commands_is_ready(s.commands));
    fake_conn_answer("TIME", time_1000_5);
    assert_true(commands_is_ready(s.commands));
    assert_int_equal(s.ready, 1);
    assert_int_equal(fake_conn_unanswered(), 0);
}

/* Asked at 5000, answered at 5100: Redis' clock showed 1000.5 s at 5050. */
static void
the_clock_is_that_of_redis(void **state)
{
    (void)state;
    greet_until_time(run_a, ":7\r\n");
    fake_clock.ms = 5100;
    fake_conn_answer("TIME", time_1000_5);
    assert_int_equal(redis_now(), 1000500 + 50);
    fake_clock.ms = 6100;
    assert_int_equal(redis_now(), 1000500 + 1050);
}

static void
without_time_it_is_our_own(void **state)
{
    (void)state;
    greet_until_time(run_a, ":7\r\n");
    fake_clock.unix_ms = 777000;
    fake_conn_answer("TIME", "-NOPERM\r\n");
    assert_true(commands_is_ready(s.commands));
    assert_int_equal(redis_now(), 777000);
}

static void
until_redis_tells_it_it_is_our_own(void **state)
{
    (void)state;
    fake_clock.unix_ms = 900000;
    redis_clock_init(&s.redis_clock, &s.metrics);
    assert_int_equal(redis_now(), 900000);
}

/* ---- the clock, measured anew ---- */

/* What Redis' clock shows, as TIME answers it. */
static const char *
time_of(int64_t ms)
{
    static char wire[80];

    snprintf(wire, sizeof(wire), "*2\r\n$%d\r\n%" PRId64 "\r\n$6\r\n%06d\r\n",
             snprintf(NULL, 0, "%" PRId64, ms / 1000), ms / 1000, (int)(ms % 1000) * 1000);
    return wire;
}

/* A probe that is answered so much later, when Redis' clock shows this. */
static void
probe(int64_t after_ms, int64_t redis_ms)
{
    commands_probe_clock(s.commands);
    fake_clock.ms += after_ms;
    fake_conn_answer("TIME", time_of(redis_ms));
}

static void
a_step_of_the_clock_is_seen_by_the_next_probe(void **state)
{
    static const int64_t steps[] = {3000, -3000, 3600000, -3600000, 172800000};

    (void)state;
    greet(run_a, ":7\r\n");
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        int64_t before = redis_now();

        probe(0, before + steps[i]);
        assert_int_equal(redis_now(), before + steps[i]);
        assert_int_equal(s.metrics.clock_steps, i + 1);
        fake_clock.ms += 9999;
    }
    assert_int_equal(fake_log_count("warn redis-clock-step moved-ms=3000 so-far=1\n"), 1);
    assert_int_equal(fake_log_count("redis-clock-step"), 3); /* each ten seconds */
    assert_int_equal(s.down, 0);
}

/* Redis was asked at 0 and answered after 4 s: it may have read its clock at any time between. */
static void
a_slow_answer_moves_nothing_that_it_does_not_disprove(void **state)
{
    int64_t before;

    (void)state;
    greet(run_a, ":7\r\n");
    before = redis_now();
    probe(4000, before); /* read at once */
    assert_int_equal(redis_now(), before + 4000);
    probe(4000, before + 8000); /* read at last */
    assert_int_equal(redis_now(), before + 8000);
    probe(4000, before + 7999); /* before it was asked: the clock is behind */
    assert_int_equal(redis_now(), before + 11999);
    probe(4000, before + 16001); /* after it was answered: ahead */
    assert_int_equal(redis_now(), before + 16001);
    assert_int_equal(s.metrics.clock_steps, 0);
}

/* Ten parts in a million, for three days: each probe sees no more than a millisecond of it. */
static void
a_drift_is_followed_and_is_no_step(void **state)
{
    int64_t first;

    (void)state;
    greet(run_a, ":7\r\n");
    first = redis_now();
    for (int i = 1; i <= 400; i++) {
        fake_clock.ms += 1000;
        probe(0, first + i * 1001);
        assert_int_equal(redis_now(), first + i * 1001);
    }
    assert_int_equal(s.metrics.clock_steps, 0);
    assert_int_equal(fake_log_count("redis-clock"), 0);
}

static void
one_probe_is_under_way_at_a_time(void **state)
{
    (void)state;
    commands_probe_clock(s.commands); /* not connected */
    greet_until_time(run_a, ":7\r\n");
    commands_probe_clock(s.commands); /* not ready */
    fake_conn_answer("TIME", time_1000_5);
    assert_int_equal(fake_conn_unanswered(), 0);
    commands_probe_clock(s.commands);
    commands_probe_clock(s.commands);
    assert_int_equal(fake_conn_unanswered(), 1);
    fake_conn_answer("TIME", "-LOADING\r\n"); /* no time: nothing changes */
    assert_int_equal(redis_now(), 1000500);
    commands_probe_clock(s.commands);
    fake_conn_down();
    commands_probe_clock(s.commands);
    assert_int_equal(fake_conn_unanswered(), 0);
    greet(run_a, ":8\r\n");
    commands_probe_clock(s.commands); /* the lost one is forgotten */
    assert_int_equal(fake_conn_unanswered(), 1);
}

/* It may be that of another Redis. */
static void
a_new_connection_begins_with_its_own_clock(void **state)
{
    (void)state;
    greet(run_a, ":7\r\n");
    fake_conn_down();
    greet_until_time(run_b, ":3\r\n");
    fake_clock.ms += 100;
    fake_conn_answer("TIME", time_of(5000000));
    assert_int_equal(redis_now(), 5000050);
    assert_int_equal(s.metrics.clock_steps, 0);
}

static void
how_long_redis_takes_is_counted(void **state)
{
    (void)state;
    greet(run_a, ":7\r\n");
    probe(40, 1000540);
    assert_int_equal(s.metrics.answer_us.count, 2);
    assert_int_equal(s.metrics.answer_us.sum, 40000);
}

/* ---- the rest of the greeting ---- */

static void
a_refused_script_does_not_stop_it(void **state)
{
    (void)state;
    fake_conn_up();
    fake_conn_answer("INFO server", "-NOPERM\r\n");
    fake_conn_answer("CLIENT ID", "-ERR unknown\r\n");
    for (int i = 0; i < SCRIPT_LOADED__MAX; i++) {
        fake_conn_answer_any("-NOPERM\r\n");
    }
    fake_conn_answer("TIME", time_1000_5);
    assert_true(commands_is_ready(s.commands));
}

/* ---- the connection before ---- */

static void
the_connection_before_is_killed_first(void **state)
{
    (void)state;
    greet(run_a, ":7\r\n");
    fake_conn_down();
    assert_int_equal(s.down, 1);
    fake_conn_up();
    fake_conn_answer("INFO server", run_a);
    fake_conn_answer("CLIENT KILL ID 7", ":1\r\n");
    fake_conn_answer("CLIENT ID", ":9\r\n");
    fake_conn_down();
    fake_conn_up();
    fake_conn_answer("INFO server", run_a);
    fake_conn_answer("CLIENT KILL ID 9", ":1\r\n");
}

static void
in_another_redis_nobody_is_killed(void **state)
{
    (void)state;
    greet(run_a, ":7\r\n");
    fake_conn_down();
    fake_conn_up();
    fake_conn_answer("INFO server", run_b);
    fake_conn_answer("CLIENT ID", ":3\r\n");
}

/* A number of the old Redis may be a stranger's in the new one. */
static void
a_number_is_of_the_redis_that_gave_it(void **state)
{
    (void)state;
    greet(run_a, ":7\r\n");
    fake_conn_down();
    fake_conn_up();
    fake_conn_answer("INFO server", run_b);
    fake_conn_down(); /* before CLIENT ID was answered */
    fake_conn_up();
    fake_conn_answer("INFO server", run_b);
    fake_conn_answer("CLIENT ID", ":3\r\n");
}

/* The kill may have been lost as well. */
static void
a_connection_lost_while_greeting_leaves_the_one_before_to_be_killed(void **state)
{
    (void)state;
    greet(run_a, ":7\r\n");
    fake_conn_down();
    fake_conn_up();
    fake_conn_answer("INFO server", run_a);
    fake_conn_down();
    fake_conn_up();
    fake_conn_answer("INFO server", run_a);
    fake_conn_answer("CLIENT KILL ID 7", ":1\r\n");
}

static void
a_redis_without_a_run_id_is_not_recognized(void **state)
{
    static const char long_run[] = "$80\r\nrun_id:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                                   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n";
    const char *const infos[] = {"$0\r\n\r\n", "-NOPERM\r\n", ":1\r\n", "$7\r\nrun_id:\r\n",
                                 long_run};

    (void)state;
    for (size_t i = 0; i < sizeof(infos) / sizeof(infos[0]); i++) {
        fake_conn_up();
        fake_conn_answer("INFO server", infos[i]);
        fake_conn_answer("CLIENT ID", ":7\r\n");
        fake_conn_down();
    }
}

static void
lost_while_greeting_it_was_never_ready(void **state)
{
    (void)state;
    fake_conn_up();
    fake_conn_down();
    assert_int_equal(fake_conn.count, 1); /* nothing is sent after INFO was lost */
    greet_until_time(run_a, ":7\r\n");
    fake_conn_down();
    assert_false(commands_is_ready(s.commands));
    assert_int_equal(s.ready, 0);
    assert_int_equal(s.down, 0);
}

/* ---- sending ---- */

static bool
try_to_send(bool script)
{
    struct argv argv;
    bool sent;

    argv_init(&argv);
    argv_add_str(&argv, "GET");
    argv_add_str(&argv, "a");
    sent = (script ? commands_send_script : commands_send)(s.commands, &argv, NULL, NULL);
    argv_fini(&argv);
    return sent;
}

static void
commands_are_sent_while_it_is_ready(void **state)
{
    (void)state;
    assert_false(try_to_send(false));
    greet_until_time(run_a, ":7\r\n");
    assert_false(try_to_send(false));
    assert_false(try_to_send(true));
    fake_conn_answer("TIME", time_1000_5);
    assert_true(try_to_send(false));
    assert_false(fake_conn.sent[fake_conn.count - 1].script);
    assert_true(try_to_send(true));
    assert_true(fake_conn.sent[fake_conn.count - 1].script);
    fake_conn_answer("GET a", "+x\r\n");
    fake_conn_answer("GET a", "+x\r\n");
    assert_int_equal(fake_conn_unanswered(), 0);
    fake_conn.up = false; /* it is about to tell */
    assert_false(try_to_send(false));
    assert_false(try_to_send(true));
    fake_conn_down();
    assert_int_equal(s.down, 1);
    assert_false(commands_is_ready(s.commands));
}

static void
too_many_under_way_are_refused(void **state)
{
    (void)state;
    greet(run_a, ":7\r\n");
    fake_conn.in_flight = 99999;
    assert_true(try_to_send(false));
    fake_conn.in_flight = 100000;
    assert_false(try_to_send(false));
    assert_false(try_to_send(true));
}

/* ---- another master ---- */

static void
what_was_sent_goes_out_when_flushed(void **state)
{
    (void)state;
    assert_int_equal(fake_conn.flushes, 0);
    commands_flush(s.commands);
    assert_int_equal(fake_conn.flushes, 1);
}

static void
it_follows_a_master_that_is_elsewhere(void **state)
{
    struct redis_addr here = {.address = "10.0.0.1"}, there = {.address = "10.0.0.2"};

    (void)state;
    fake_conn.addr = here;
    assert_true(commands_is_at(s.commands, &here));
    assert_false(commands_is_at(s.commands, &there));
    commands_follow(s.commands, &here);
    assert_string_equal(fake_conn.dropped, "");
    commands_follow(s.commands, &there);
    assert_string_equal(fake_conn.dropped, "the master is another one now");
    fake_conn.events.on_moved(fake_conn.ctx, &there);
    assert_string_equal(s.moved, "10.0.0.2");
}

static void
without_a_connection_there_is_none(void **state)
{
    (void)state;
    fake_conn.refused = true;
    assert_null(commands_create(&s.env, NULL, &s.redis_clock, &events, &s));
    commands_destroy(NULL);
}

/* One of a cluster has a clock of its own; the daemon hears of its errors. */
static void
a_node_of_a_cluster_is_told_apart(void **state)
{
    const struct place place = {"10.0.0.7", 7001};
    struct redis_clock own;

    (void)state;
    commands_destroy(s.commands);
    fake_conn_forget();
    s.commands = commands_create(&s.env, &place, &own, &events, &s);
    assert_int_equal(fake_conn.target.kind, TARGET_MASTER);
    assert_string_equal(fake_conn.target.name, "commands node=10.0.0.7:7001");
    reply_give(fake_conn.events.on_refused, fake_conn.ctx, "-MOVED 5 10.0.0.8:1\r\n");
    assert_string_equal(s.refused, "MOVED 5 10.0.0.8:1");
    fake_conn_forget();
    commands_destroy(s.commands);
    s.commands = commands_create(&s.env, NULL, &s.redis_clock, &events, &s);
    assert_int_equal(fake_conn.target.kind, TARGET_REDIS);
    assert_string_equal(fake_conn.target.name, "commands");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(it_is_ready_after_the_whole_greeting),
        TEST(the_clock_is_that_of_redis),
        TEST(without_time_it_is_our_own),
        TEST(until_redis_tells_it_it_is_our_own),
        TEST(a_step_of_the_clock_is_seen_by_the_next_probe),
        TEST(a_slow_answer_moves_nothing_that_it_does_not_disprove),
        TEST(a_drift_is_followed_and_is_no_step),
        TEST(one_probe_is_under_way_at_a_time),
        TEST(a_new_connection_begins_with_its_own_clock),
        TEST(how_long_redis_takes_is_counted),
        TEST(a_refused_script_does_not_stop_it),
        TEST(the_connection_before_is_killed_first),
        TEST(in_another_redis_nobody_is_killed),
        TEST(a_number_is_of_the_redis_that_gave_it),
        TEST(a_connection_lost_while_greeting_leaves_the_one_before_to_be_killed),
        TEST(a_redis_without_a_run_id_is_not_recognized),
        TEST(lost_while_greeting_it_was_never_ready),
        TEST(commands_are_sent_while_it_is_ready),
        TEST(too_many_under_way_are_refused),
        TEST(what_was_sent_goes_out_when_flushed),
        TEST(it_follows_a_master_that_is_elsewhere),
        TEST(without_a_connection_there_is_none),
        TEST(a_node_of_a_cluster_is_told_apart),
    };

    return cmocka_run_group_tests_name("commands", tests, NULL, NULL);
}
