/* test_store_cluster.c - a command on its way through a cluster: where it goes, and when it gives
 * up.
 *
 * Nodes A and B are fakes, each of which awaits certain commands. */
#include "fcgi-api/store/store.h"

#include "lib/clock.h"
#include "lib/cluster/slot.h"
#include "lib/redis/commands_admin.h"
#include "tests/unit/capture.h"
#include "tests/unit/fcgi-api/fake_redis.h"

enum {
    A,
    B,
    NODES,
    STEPS_MAX = 16,
    TIMEOUT_MS = 3000
};

struct cluster {
    struct fake_redis nodes[NODES];
    int ports[NODES];
    struct fake_step steps[NODES][STEPS_MAX];
    char answers[NODES][STEPS_MAX][400];
    int counts[NODES];
    struct config config;
    struct store *store;
};

static struct cluster k;

static int
set_up(void **state)
{
    (void)state;
    memset(&k, 0, sizeof(k));
    for (int i = 0; i < NODES; i++) {
        k.ports[i] = fake_redis_bind(&k.nodes[i]);
    }
    settings_set_defaults(&k.config);
    return 0;
}

static void
set(const char *key, const char *value)
{
    assert_true(settings_set(&k.config, settings_find(key), str_of(value)));
}

/* The answer: %a and %b are the ports. */
static void
awaits_and(int node, const char *awaits, const char *answers, bool hangs_up)
{
    int n = k.counts[node]++;
    char *out = k.answers[node][n];

    assert_true(n < STEPS_MAX - 1);
    for (; *answers != '\0'; answers++) {
        if (answers[0] == '%') {
            out += sprintf(out, "%d", k.ports[*++answers - 'a']);
        } else {
            *out++ = *answers;
        }
    }
    *out = '\0';
    k.steps[node][n] = (struct fake_step){awaits, k.answers[node][n], hangs_up};
}

static void
awaits(int node, const char *command, const char *answers)
{
    awaits_and(node, command, answers, false);
}

/* The answer to CLUSTER NODES of one that has all slots of itself, or none. */
static void
awaits_map(int node, bool has_all)
{
    char text[300], reply[400];
    int me = k.ports[node], other = k.ports[!node];

    snprintf(text, sizeof(text),
             "%d 127.0.0.1:%d@1 myself,master - 0 0 %d connected%s\n"
             "%d 127.0.0.1:%d@1 master - 0 0 %d connected%s\n",
             node, me, has_all ? 2 : 1, has_all ? " 0-16383" : "", !node, other, has_all ? 1 : 2,
             has_all ? "" : " 0-16383");
    snprintf(reply, sizeof(reply), "$%zu\r\n%s\r\n", strlen(text), text);
    awaits(node, "CLUSTER", reply);
}

/* seeds: as "a b", or "x" for a port at which nobody listens. */
static void
begin(const char *seeds)
{
    char list[100] = "", timeout[12];
    int dead = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(at);

    assert_int_equal(bind(dead, (struct sockaddr *)&at, sizeof(at)), 0); /* it does not listen */
    assert_int_equal(getsockname(dead, (struct sockaddr *)&at, &length), 0);
    for (; *seeds != '\0'; seeds++) {
        int port = *seeds == 'x' ? ntohs(at.sin_port) : k.ports[*seeds == 'b'];

        if (*seeds != ' ') {
            snprintf(list + strlen(list), sizeof(list) - strlen(list), "127.0.0.1:%d ", port);
        }
    }
    close(dead);
    set("redis.cluster", list);
    snprintf(timeout, sizeof(timeout), "%d", TIMEOUT_MS);
    set("redis.timeoutMs", timeout);
    for (int i = 0; i < NODES; i++) {
        fake_redis_run(&k.nodes[i], k.steps[i]);
    }
    k.store = store_create(&k.config);
}

static int
tear_down(void **state)
{
    (void)state;
    store_destroy(k.store);
    for (int i = 0; i < NODES; i++) {
        (void)fake_redis_stop(&k.nodes[i]);
    }
    settings_free_strings(&k.config);
    return 0;
}

/* Sends a command of one key, and compares what comes of it; within little more than the time. */
static void
ask(enum store_repeat repeat, enum store_result wanted, int64_t answer)
{
    const struct reply *reply = NULL;
    int64_t began = clock_ms();
    struct argv c;

    argv_init(&c);
    cmd_groups(&c, &k.config, str_of("u"), str_of("0"));
    assert_int_not_equal(c.slot, SLOT_NONE);
    assert_int_equal(store_ask(k.store, &c, repeat, &reply), wanted);
    assert_true(reply_int(reply) == answer);
    argv_fini(&c);
    assert_true(clock_ms() - began < TIMEOUT_MS + 300);
}

/* Which seed is the first one goes by it. */
pid_t
getpid(void)
{
    return 0;
}

/* ---- where it goes ---- */

static void
first_command_goes_on_from_any_node_and_reads_no_map(void **state)
{
    (void)state;
    awaits(A, "SSCAN", "-MOVED 7 127.0.0.1:%b\r\n");
    awaits(B, "SSCAN", ":1\r\n");
    begin("a");
    ask(STORE_ONCE, STORE_OK, 1);
}

static void
map_is_read_before_the_next_command(void **state)
{
    (void)state;
    awaits(A, "SSCAN", "-MOVED 7 127.0.0.1:%b\r\n");
    awaits(B, "SSCAN", ":1\r\n");
    awaits_map(A, false); /* connected first */
    awaits(B, "SSCAN", ":2\r\n");
    awaits(B, "SSCAN", ":3\r\n");
    begin("a");
    ask(STORE_ONCE, STORE_OK, 1);
    ask(STORE_ONCE, STORE_OK, 2);
    ask(STORE_ONCE, STORE_OK, 3);
}

static void
slot_on_the_move_is_asked_for_behind_asking_and_not_learned(void **state)
{
    (void)state;
    awaits(A, "SSCAN", "-ASK 7 127.0.0.1:%b\r\n");
    awaits(B, "ASKING", "+OK\r\n");
    awaits(B, "SSCAN", ":1\r\n");
    awaits_map(A, true);
    awaits(A, "SSCAN", ":2\r\n");
    begin("a");
    ask(STORE_ONCE, STORE_OK, 1);
    ask(STORE_ONCE, STORE_OK, 2);
}

static void
keys_on_the_move_are_asked_for_again(void **state)
{
    (void)state;
    awaits(A, "SSCAN", "-TRYAGAIN Multiple keys request during rehashing of slot\r\n");
    awaits(A, "SSCAN", "-TRYAGAIN Multiple keys request during rehashing of slot\r\n");
    awaits(A, "SSCAN", ":1\r\n");
    begin("a");
    ask(STORE_ONCE, STORE_OK, 1);
}

static void
dead_seed_is_passed_over(void **state)
{
    (void)state;
    awaits_map(B, true);
    awaits(B, "SSCAN", ":1\r\n");
    begin("x x x b x");
    k.config.redis.timeout_ms = TIMEOUT_MS;
    ask(STORE_ONCE, STORE_OK, 1);
}

static void
node_that_speaks_no_cluster_is_passed_over(void **state)
{
    (void)state;
    awaits(A, "SSCAN", "-MOVED 7 127.0.0.1:%b\r\n");
    awaits_and(B, "SSCAN", "", true); /* it takes the command, and dies */
    awaits(A, "CLUSTER", "-ERR This instance has cluster support disabled\r\n");
    begin("a");
    ask(STORE_REPEAT, STORE_UNREACHABLE, 0);
}

/* Another Redis would carry out each command. */
static void
redis_that_is_no_node_of_a_cluster_is_sent_nothing(void **state)
{
    (void)state;
    awaits(A, "READWRITE", "-ERR This instance has cluster support disabled\r\n");
    begin("a");
    ask(STORE_REPEAT, STORE_UNREACHABLE, 0);
}

/* ---- when it gives up ---- */

static void
moved_in_a_loop_ends(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        awaits(A, "SSCAN", "-MOVED 7 127.0.0.1:%b\r\n");
        awaits(B, "SSCAN", "-MOVED 7 127.0.0.1:%a\r\n");
    }
    begin("a");
    ask(STORE_ONCE, STORE_UNREACHABLE, 0);
}

static void
seeds_that_are_all_dead_are_unreachable_at_once(void **state)
{
    int64_t began = clock_ms();

    (void)state;
    begin("x x");
    ask(STORE_REPEAT, STORE_UNREACHABLE, 0);
    assert_true(clock_ms() - began < TIMEOUT_MS);
}

static void
keys_that_stay_on_the_move_are_unreachable_in_time(void **state)
{
    (void)state;
    for (int i = 0; i < STEPS_MAX - 1; i++) {
        awaits(A, "SSCAN", "-TRYAGAIN Multiple keys request during rehashing of slot\r\n");
    }
    begin("a");
    k.config.redis.timeout_ms = 100; /* at most four of them */
    ask(STORE_ONCE, STORE_UNREACHABLE, 0);
    assert_true(k.nodes[A].done >= 2 && k.nodes[A].done <= 5);
    k.steps[A][k.nodes[A].done].awaits = NULL;
}

static void
command_that_may_have_been_carried_out_goes_nowhere_else(void **state)
{
    (void)state;
    awaits_and(A, "SSCAN", "", true);
    begin("a b");
    ask(STORE_ONCE, STORE_UNREACHABLE, 0);
}

static void
cluster_that_is_down_is_unreachable(void **state)
{
    (void)state;
    awaits(A, "SSCAN", "-CLUSTERDOWN Hash slot not served\r\n");
    begin("a");
    ask(STORE_REPEAT, STORE_UNREACHABLE, 0);
}

/* ---- steps ---- */

static void
ask_with_steps(enum store_result wanted, int64_t answer)
{
    const struct reply *reply = NULL;
    struct argv c;

    argv_init(&c);
    cmd_groups(&c, &k.config, str_of("u"), str_of("0"));
    cmd_nodes(argv_add_step(&c, ARGV_BEFORE));
    cmd_ping(argv_add_step(&c, ARGV_AFTER_CHANGE));
    cmd_admin_time(argv_add_step(&c, ARGV_AFTER_0));
    assert_int_equal(store_ask(k.store, &c, STORE_ONCE, &reply), wanted);
    assert_true(reply_int(reply) == answer);
    argv_fini(&c);
}

static void
step_before_a_command_may_refuse_it(void **state)
{
    (void)state;
    awaits(A, "CLUSTER", ":-4\r\n");
    awaits_map(A, true);
    awaits(A, "CLUSTER", "-CLUSTERDOWN The cluster is down\r\n");
    begin("a");
    ask_with_steps(STORE_OK, -4);
    ask_with_steps(STORE_UNREACHABLE, 0);
}

static void
step_behind_a_command_goes_by_its_reply(void **state)
{
    (void)state;
    awaits(A, "CLUSTER", ":1\r\n");
    awaits_map(A, true);
    awaits(A, "SSCAN", ":1\r\n");
    awaits(A, "PING", "+PONG\r\n");
    awaits(A, "CLUSTER", ":1\r\n");
    awaits(A, "SSCAN", ":0\r\n");
    awaits(A, "TIME", "*0\r\n");
    awaits(A, "CLUSTER", ":1\r\n");
    awaits(A, "SSCAN", ":-3\r\n");
    begin("a");
    k.config.redis.timeout_ms = 5000;
    ask_with_steps(STORE_OK, 1);
    ask_with_steps(STORE_OK, 0);
    ask_with_steps(STORE_OK, -3);
}

/* What was done is done. The log says what is missing, and where. */
static void
step_behind_a_command_that_fails_is_in_the_log(void **state)
{
    char lines[200];
    struct capture log;

    (void)state;
    awaits(A, "CLUSTER", ":1\r\n");
    awaits_map(A, true);
    awaits(A, "SSCAN", ":1\r\n");
    awaits(A, "PING", "-ERR no\r\n");
    begin("a");
    k.config.redis.timeout_ms = 5000;
    log = capture_begin();
    ask_with_steps(STORE_OK, 1);
    snprintf(lines, sizeof(lines),
             "error redis-error node=127.0.0.1:%d answer=\"ERR no\"\n"
             "error redis-lost step=\"PING\" key=\"\" node=127.0.0.1:%d what=\"PING\"\n",
             k.ports[A], k.ports[A]);
    assert_string_equal(capture_end(log), lines);
}

/* Its node takes connections, and says nothing. */
static void
step_that_is_not_needed_leaves_time_for_the_command(void **state)
{
    const struct reply *reply = NULL;
    int64_t began = clock_ms();
    struct argv c;

    (void)state;
    awaits(A, "PING", "");
    awaits_map(A, true);
    awaits(A, "SSCAN", ":1\r\n");
    begin("a");
    argv_init(&c);
    cmd_groups(&c, &k.config, str_of("u"), str_of("0"));
    cmd_ping(argv_add_step(&c, ARGV_BEFORE_IF_UP));
    assert_int_equal(store_ask(k.store, &c, STORE_ONCE, &reply), STORE_OK);
    assert_true(reply_int(reply) == 1);
    assert_in_range(clock_ms() - began, 490, 1400);
    argv_fini(&c);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(first_command_goes_on_from_any_node_and_reads_no_map),
        TEST(map_is_read_before_the_next_command),
        TEST(slot_on_the_move_is_asked_for_behind_asking_and_not_learned),
        TEST(keys_on_the_move_are_asked_for_again),
        TEST(dead_seed_is_passed_over),
        TEST(node_that_speaks_no_cluster_is_passed_over),
        TEST(redis_that_is_no_node_of_a_cluster_is_sent_nothing),
        TEST(moved_in_a_loop_ends),
        TEST(seeds_that_are_all_dead_are_unreachable_at_once),
        TEST(keys_that_stay_on_the_move_are_unreachable_in_time),
        TEST(command_that_may_have_been_carried_out_goes_nowhere_else),
        TEST(cluster_that_is_down_is_unreachable),
        TEST(step_before_a_command_may_refuse_it),
        TEST(step_behind_a_command_goes_by_its_reply),
        TEST(step_behind_a_command_that_fails_is_in_the_log),
        TEST(step_that_is_not_needed_leaves_time_for_the_command),
    };

    return cmocka_run_group_tests_name("store_cluster", tests, NULL, NULL);
}
