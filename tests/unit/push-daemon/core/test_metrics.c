/* test_metrics.c - the counters: slots for workers, reasons, histograms, and all of it as text. */
#include "push-daemon/core/metrics.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static struct metrics *slots;
static struct text out;

static int
set_up(void **state)
{
    (void)state;
    slots = metrics_create(3);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    text_fini(&out);
    return munmap(slots, 3 * sizeof(*slots));
}

static const char *
print(size_t count)
{
    text_clear(&out);
    metrics_print(slots, count, &out);
    return out.bytes;
}

#define assert_has(text, wanted) assert_non_null(strstr(text, wanted))

/* ---- slots ---- */

static pid_t
dead_process(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        _exit(0);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    return pid;
}

static void
each_claims_a_slot_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_ptr_equal(metrics_claim(slots, 3), &slots[i]);
        assert_int_equal(slots[i].owner, getpid());
        assert_int_equal(slots[i].present, 1);
    }
}

static void
the_slot_of_a_dead_one_is_cleared_and_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        (void)metrics_claim(slots, 3);
        slots[i].connections_all = 5;
        slots[i].loop_lag_us.sum = 5;
    }
    slots[1].owner = dead_process();
    assert_ptr_equal(metrics_claim(slots, 3), &slots[1]);
    assert_int_equal(slots[1].owner, getpid());
    assert_int_equal(slots[1].present, 1);
    assert_int_equal(slots[1].connections_all, 0);
    assert_int_equal(slots[1].loop_lag_us.sum, 0);
    assert_int_equal(slots[0].connections_all, 5);
    assert_int_equal(slots[2].loop_lag_us.sum, 5);
}

static void
a_living_stranger_keeps_its_slot(void **state)
{
    (void)state;
    slots[0].owner = 1; /* init: kill() says EPERM, or is allowed */
    assert_ptr_equal(metrics_claim(slots, 3), &slots[1]);
}

static void
all_workers_see_all_slots(void **state)
{
    pid_t pid = fork();
    int status;

    (void)state;
    if (pid == 0) {
        metrics_claim(slots, 3)->messages_in = 7;
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(slots[0].owner, pid);
    assert_int_equal(slots[0].messages_in, 7);
}

/* ---- counting ---- */

static void
a_histogram_has_buckets_of_powers_of_four(void **state)
{
    static const struct {
        uint64_t value;
        size_t bucket;
    } cases[] = {{0, 0},
                 {1, 0},
                 {2, 1},
                 {4, 1},
                 {5, 2},
                 {16, 2},
                 {17, 3},
                 {1 << 28, 14},
                 {(1 << 28) + 1, 15},
                 {UINT64_C(1) << 40, 15}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct metrics_histogram h = {0};

        metrics_observe(&h, cases[i].value);
        metrics_observe(&h, cases[i].value);
        assert_int_equal(h.buckets[cases[i].bucket], 2);
        assert_int_equal(h.count, 2);
        assert_int_equal(h.sum, 2 * cases[i].value);
    }
}

/* ---- as text ---- */

static void
the_slots_are_summed_up(void **state)
{
    (void)state;
    slots[0].connections = 3;
    slots[1].connections = 4;
    slots[2].connections = 100; /* not asked for */
    slots[1].present = 1;
    assert_has(print(2), "# HELP fastim_connections WebSockets open.\n"
                         "# TYPE fastim_connections gauge\n"
                         "fastim_connections 7\n");
    assert_has(out.bytes, "\nfastim_workers 1\n");
    assert_has(out.bytes, "# TYPE fastim_connections_total counter\n"
                          "fastim_connections_total 0\n");
}

static void
what_is_told_of_a_cluster(void **state)
{
    (void)state;
    slots[0].nodes_up[0] = 3;
    slots[1].nodes_up[0] = 2;
    slots[1].nodes_up[1] = 1;
    slots[0].slots_unserved = 5461;
    slots[1].slots_unserved = 7;
    slots[0].map_age_ms = 10;
    slots[1].map_age_ms = 20;
    slots[0].redirects[0] = 1;
    slots[1].redirects[3] = 4;
    assert_has(print(2), "# TYPE fastim_redis_nodes_up gauge\n"
                         "fastim_redis_nodes_up{connection=\"commands\"} 5\n"
                         "fastim_redis_nodes_up{connection=\"subscription\"} 1\n");
    assert_has(out.bytes, "# TYPE fastim_redis_slots_unserved gauge\n"
                          "fastim_redis_slots_unserved 5461\n"); /* all speak of the same slots */
    assert_has(out.bytes, "fastim_redis_map_age_milliseconds 20\n");
    assert_has(out.bytes, "# TYPE fastim_redis_redirects_total counter\n"
                          "fastim_redis_redirects_total{kind=\"moved\"} 1\n"
                          "fastim_redis_redirects_total{kind=\"ask\"} 0\n"
                          "fastim_redis_redirects_total{kind=\"tryagain\"} 0\n"
                          "fastim_redis_redirects_total{kind=\"down\"} 4\n");
}

/* A name once only, whatever it is of: promtool would complain. */
static void
each_metric_has_one_head(void **state)
{
    static const char *const names[] = {
        "fastim_workers",
        "fastim_workers_ready",
        "fastim_connections",
        "fastim_groups",
        "fastim_messages_in_total",
        "fastim_deliveries_total",
        "fastim_sent_bytes_total",
        "fastim_closes_total",
        "fastim_refusals_total",
        "fastim_redis_commands_up",
        "fastim_redis_reconnects_total",
        "fastim_redis_nodes",
        "fastim_redis_nodes_up",
        "fastim_redis_slots_unserved",
        "fastim_redis_map_age_milliseconds",
        "fastim_redis_redirects_total",
        "fastim_redis_rooms_moved_total",
        "fastim_redis_rooms_polled",
        "fastim_flush_messages",
        "fastim_flush_lag_seconds",
        "fastim_loop_lag_seconds",
        "fastim_messages_late_total",
        "fastim_messages_open_bytes",
        "fastim_redis_clock_steps_total",
        "fastim_redis_append_seconds",
        "fastim_redis_answer_seconds",
    };

    (void)state;
    print(3);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char head[80];
        const char *found;

        snprintf(head, sizeof(head), "# TYPE %s ", names[i]);
        found = strstr(out.bytes, head);
        assert_non_null(found);
        assert_null(strstr(found + 1, head));
    }
}

static void
reasons_of_all_slots_are_summed_up(void **state)
{
    (void)state;
    slots[0].closes[CLOSE_PROTOCOL_ERROR] = 1;
    slots[1].closes[CLOSE_REDIS_AWAY] = 1; /* the last of the table */
    slots[1].closes[CLOSE_PROTOCOL_ERROR] = 1;
    slots[2].closes[CLOSE_CLIENT_CLOSED] = 3; /* the first */
    metrics_count_refusal(&slots[2], 429);
    metrics_count_refusal(&slots[0], 400);
    metrics_count_refusal(&slots[1], 429);
    metrics_count_refusal(&slots[1], 511);
    assert_has(print(3), "# TYPE fastim_closes_total counter\n"
                         "fastim_closes_total{reason=\"client closed\"} 3\n"
                         "fastim_closes_total{reason=\"against the WebSocket protocol\"} 2\n"
                         "fastim_closes_total{reason=\"Redis is away\"} 1\n"
                         "# HELP fastim_refusals_total Handshakes refused, by status.\n"
                         "# TYPE fastim_refusals_total counter\n"
                         "fastim_refusals_total{reason=\"400\"} 1\n"
                         "fastim_refusals_total{reason=\"429\"} 2\n"
                         "fastim_refusals_total{reason=\"511\"} 1\n"
                         "# HELP ");
}

static void
a_histogram_is_cumulative_and_times_are_seconds(void **state)
{
    (void)state;
    metrics_observe(&slots[0].flush_messages, 1);
    metrics_observe(&slots[1].flush_messages, 3);
    metrics_observe(&slots[1].flush_messages, UINT64_C(1) << 40);
    metrics_observe(&slots[0].loop_lag_us, 2000);
    assert_has(print(2), "# TYPE fastim_flush_messages histogram\n"
                         "fastim_flush_messages_bucket{le=\"1\"} 1\n"
                         "fastim_flush_messages_bucket{le=\"4\"} 2\n"
                         "fastim_flush_messages_bucket{le=\"16\"} 2\n");
    assert_has(out.bytes, "\nfastim_flush_messages_bucket{le=\"268435456\"} 2\n"
                          "fastim_flush_messages_bucket{le=\"+Inf\"} 3\n"
                          "fastim_flush_messages_sum 1.099511628e+12\n"
                          "fastim_flush_messages_count 3\n");
    assert_has(out.bytes, "fastim_loop_lag_seconds_bucket{le=\"0.001024\"} 0\n"
                          "fastim_loop_lag_seconds_bucket{le=\"0.004096\"} 1\n");
    assert_has(out.bytes, "\nfastim_loop_lag_seconds_sum 0.002\n");
}

/* ---- is it alive, is it ready? ---- */

static void
all_loops_must_have_turned_lately(void **state)
{
    (void)state;
    assert_true(metrics_are_alive(slots, 3, 1000)); /* none has begun */
    slots[0].beat_ms = 1000;
    slots[2].beat_ms = 1500;
    assert_true(metrics_are_alive(slots, 3, 1000));
    assert_false(metrics_are_alive(slots, 3, 1001));
    slots[0].beat_ms = 1200;
    assert_true(metrics_are_alive(slots, 3, 1001));
}

static void
all_must_be_there_and_ready(void **state)
{
    const char *why = NULL;

    (void)state;
    slots[0].present = slots[0].ready = slots[1].ready = 1;
    assert_true(metrics_are_ready(slots, 1, &why));
    assert_string_equal(why, "");
    assert_false(metrics_are_ready(slots, 2, &why));
    assert_string_equal(why, "a worker is not there");
    slots[1].present = 1;
    assert_true(metrics_are_ready(slots, 2, &why));
    slots[0].ready = 0;
    assert_false(metrics_are_ready(slots, 2, &why));
    assert_string_equal(why, "Redis does not answer, or it stops");
    slots[0].ready = slots[1].late = 1;
    assert_false(metrics_are_ready(slots, 2, &why));
    assert_string_equal(why, "Redis takes messages for too late");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(each_claims_a_slot_of_its_own),
        TEST(the_slot_of_a_dead_one_is_cleared_and_taken),
        TEST(a_living_stranger_keeps_its_slot),
        TEST(all_workers_see_all_slots),
        TEST(a_histogram_has_buckets_of_powers_of_four),
        TEST(the_slots_are_summed_up),
        TEST(what_is_told_of_a_cluster),
        TEST(each_metric_has_one_head),
        TEST(reasons_of_all_slots_are_summed_up),
        TEST(a_histogram_is_cumulative_and_times_are_seconds),
        TEST(all_loops_must_have_turned_lately),
        TEST(all_must_be_there_and_ready),
    };

    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
