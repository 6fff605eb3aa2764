/* test_discovery.c - where is Redis? Sentinels know, do not know, or do not answer. */
#include "push-daemon/redis/discovery.h"

#include "push-daemon/redis/target.h"
#include "tests/unit/push-daemon/a_config.h"
#include "tests/unit/push-daemon/fake_loop.h"
#include "tests/unit/push-daemon/redis/peers.h"

static const char questions[] = "SENTINEL MASTER fastim|SENTINEL GET-MASTER-ADDR-BY-NAME fastim|";

struct scene {
    struct config config;
    struct loop *loop;
    struct discovery *discovery;
    char told[256]; /* each place that was told, with a blank behind it */
};

static void
on_found(void *arg, const struct redis_addr *addr)
{
    struct scene *s = arg;
    size_t have = strlen(s->told);

    snprintf(s->told + have, sizeof(s->told) - have, "%s:%d ",
             addr != NULL ? addr->address : "none", addr != NULL ? (int)addr->redis.port : 0);
}

static const struct target target = {.kind = TARGET_REDIS};

static int
set_up(void **state)
{
    static struct scene s;

    memset(&s, 0, sizeof(s));
    a_config_make(&s.config);
    a_config_set(&s.config, "redis.sentinels", "10.0.0.1:26379 10.0.0.2:26379 10.0.0.3:26379");
    a_config_set(&s.config, "redis.master", "fastim");
    s.loop = loop_create();
    s.discovery = discovery_create(s.loop, &s.config, &target, on_found, &s);
    *state = &s;
    return 0;
}

static int
tear_down(void **state)
{
    struct scene *s = *state;

    discovery_destroy(s->discovery);
    loop_destroy(s->loop);
    a_config_free(&s->config);
    peers_forget();
    return 0;
}

/* The Sentinel that was connected to last answers: that master, since that failover. */
static void
sentinel_says(struct scene *s, const char *address, int epoch)
{
    struct peer *p = peer_last();
    char wire[256];

    peer_connected(s->loop, p);
    assert_string_equal(peer_commands(p), questions);
    snprintf(wire, sizeof(wire),
             "*4\r\n$4\r\nname\r\n$6\r\nfastim\r\n$12\r\nconfig-epoch\r\n$%d\r\n%d\r\n"
             "*2\r\n$%zu\r\n%s\r\n$4\r\n6379\r\n",
             epoch > 9 ? 2 : 1, epoch, strlen(address), address);
    peer_answer(s->loop, p, wire);
    fake_loop_advance(s->loop, 0);
}

/* All three of them, one after the other, name this master. */
static void
all_say(struct scene *s, const char *address, int epoch)
{
    for (int i = 0; i < 3; i++) {
        sentinel_says(s, address, epoch);
    }
}

static void
without_sentinels_the_settings_say_it(void **state)
{
    struct scene *s = *state;

    discovery_destroy(s->discovery);
    a_config_set(&s->config, "redis.sentinels", "");
    a_config_set(&s->config, "redis.host", "127.0.0.9");
    a_config_set(&s->config, "redis.port", "7000");
    s->discovery = discovery_create(s->loop, &s->config, &target, on_found, s);
    discovery_begin(s->discovery);
    assert_string_equal(s->told, "");
    fake_loop_advance(s->loop, 0);
    assert_string_equal(s->told, "127.0.0.9:7000 ");
    assert_int_equal(fake_loop_timer_count(s->loop), 0);
    fake_loop_advance(s->loop, 60000);
    assert_string_equal(s->told, "127.0.0.9:7000 ");
    discovery_begin(s->discovery);
    fake_loop_advance(s->loop, 0);
    assert_string_equal(s->told, "127.0.0.9:7000 127.0.0.9:7000 ");
    assert_int_equal(peer_count, 0);
}

static void
without_an_address_there_is_no_discovery(void **state)
{
    struct scene *s = *state;
    struct discovery *none;
    char host[101] = "";

    memset(host, 'x', 100); /* too long for a name: nobody is asked */
    a_config_set(&s->config, "redis.host", host);
    discovery_destroy(s->discovery);
    s->discovery = discovery_create(s->loop, &s->config, &target, on_found, s);
    assert_non_null(s->discovery); /* the Sentinels are asked */
    a_config_set(&s->config, "redis.sentinels", "");
    none = discovery_create(s->loop, &s->config, &target, on_found, s);
    assert_null(none);
    discovery_destroy(none);
}

static void
all_sentinels_are_asked_in_their_order(void **state)
{
    struct scene *s = *state;

    discovery_begin(s->discovery);
    fake_loop_advance(s->loop, 0);
    all_say(s, "10.0.0.9", 1);
    assert_int_equal(peer_count, 3);
    assert_string_equal(peers[0].where, "10.0.0.1:26379");
    assert_string_equal(peers[1].where, "10.0.0.2:26379");
    assert_string_equal(peers[2].where, "10.0.0.3:26379");
    assert_string_equal(s->told, "10.0.0.9:6379 ");
    assert_true(peer_is_left(&peers[0]));
    assert_true(peer_is_left(&peers[2]));
    assert_int_equal(fake_loop_watch_count(s->loop), 0);
}

static void
the_latest_epoch_is_right(void **state)
{
    struct scene *s = *state;

    discovery_begin(s->discovery);
    fake_loop_advance(s->loop, 0);
    sentinel_says(s, "10.0.0.7", 9);
    sentinel_says(s, "10.0.0.8", 10);
    sentinel_says(s, "10.0.0.9", 8);
    assert_string_equal(s->told, "10.0.0.8:6379 ");
}

static void
the_first_of_the_same_epoch_is_taken(void **state)
{
    struct scene *s = *state;

    discovery_begin(s->discovery);
    fake_loop_advance(s->loop, 0);
    sentinel_says(s, "10.0.0.7", 3);
    sentinel_says(s, "10.0.0.8", 3);
    sentinel_says(s, "10.0.0.9", 3);
    assert_string_equal(s->told, "10.0.0.7:6379 ");
}

/* A silent one costs half a second, one that hangs up or cannot be reached nothing. */
static void
the_next_one_is_asked_instead(void **state)
{
    struct scene *s = *state;

    discovery_begin(s->discovery);
    fake_loop_advance(s->loop, 0);
    peer_connected(s->loop, peer_last());
    fake_loop_advance(s->loop, 499);
    assert_int_equal(peer_count, 1);
    fake_loop_advance(s->loop, 1);
    assert_int_equal(peer_count, 2);
    assert_true(peer_is_left(&peers[0]));
    peer_connected(s->loop, peer_last());
    peer_hang_up(s->loop, peer_last());
    fake_loop_advance(s->loop, 0);
    assert_int_equal(peer_count, 3);
    sentinel_says(s, "10.0.0.9", 1);
    assert_string_equal(s->told, "10.0.0.9:6379 ");
}

static void
half_an_answer_is_waited_for(void **state)
{
    struct scene *s = *state;

    discovery_begin(s->discovery);
    fake_loop_advance(s->loop, 0);
    peer_connected(s->loop, peer_last());
    peer_answer(s->loop, peer_last(), "*0\r\n*2\r\n$8\r\n10.0.");
    fake_loop_advance(s->loop, 0);
    assert_int_equal(peer_count, 1);
    peer_answer(s->loop, peer_last(), "0.5\r\n$4\r\n6380\r\n");
    fake_loop_advance(s->loop, 1000);
    fake_loop_advance(s->loop, 500);
    assert_string_equal(s->told, "10.0.0.5:6380 ");
}

static void
nonsense_is_no_answer(void **state)
{
    struct scene *s = *state;

    discovery_begin(s->discovery);
    fake_loop_advance(s->loop, 0);
    peer_connected(s->loop, peer_last());
    peer_answer(s->loop, peer_last(), "HTTP/1.1 400 Bad Request\r\n");
    fake_loop_advance(s->loop, 0);
    assert_int_equal(peer_count, 2);
    peer_connected(s->loop, peer_last());
    peer_answer(s->loop, peer_last(), "-ERR No such master with that name\r\n*-1\r\n");
    fake_loop_advance(s->loop, 0);
    assert_int_equal(peer_count, 3);
    peers_unreachable = true;
    peer_hang_up(s->loop, peer_last());
    fake_loop_advance(s->loop, 0);
    assert_string_equal(s->told, "none:0 ");
}

static void
unreachable_sentinels_are_reported(void **state)
{
    struct scene *s = *state;

    peers_unreachable = true;
    discovery_begin(s->discovery);
    fake_loop_advance(s->loop, 0);
    assert_string_equal(s->told, "none:0 ");
    fake_loop_advance(s->loop, 10000); /* the caller is to begin anew */
    assert_string_equal(s->told, "none:0 ");
    peers_unreachable = false;
    discovery_begin(s->discovery);
    fake_loop_advance(s->loop, 0);
    all_say(s, "10.0.0.9", 1);
    assert_string_equal(s->told, "none:0 10.0.0.9:6379 ");
}

static void
a_master_that_moves_is_reported_once(void **state)
{
    struct scene *s = *state;

    discovery_begin(s->discovery);
    fake_loop_advance(s->loop, 0);
    all_say(s, "10.0.0.8", 1);
    fake_loop_advance(s->loop, 999);
    assert_int_equal(peer_count, 3);
    fake_loop_advance(s->loop, 1);
    assert_int_equal(peer_count, 4);
    all_say(s, "10.0.0.8", 1);
    assert_string_equal(s->told, "10.0.0.8:6379 ");
    fake_loop_advance(s->loop, 1000);
    all_say(s, "10.0.0.9", 2);
    assert_string_equal(s->told, "10.0.0.8:6379 10.0.0.9:6379 ");
    fake_loop_advance(s->loop, 1000);
    all_say(s, "10.0.0.9", 2);
    assert_string_equal(s->told, "10.0.0.8:6379 10.0.0.9:6379 ");
}

/* While a master is known, Sentinels that are gone for a while are no news. */
static void
a_known_master_stays_where_it_is_while_none_answers(void **state)
{
    struct scene *s = *state;

    discovery_begin(s->discovery);
    fake_loop_advance(s->loop, 0);
    all_say(s, "10.0.0.8", 1);
    peers_unreachable = true;
    fake_loop_advance(s->loop, 5000);
    assert_string_equal(s->told, "10.0.0.8:6379 ");
    peers_unreachable = false;
    fake_loop_advance(s->loop, 1000);
    all_say(s, "10.0.0.9", 2);
    assert_string_equal(s->told, "10.0.0.8:6379 10.0.0.9:6379 ");
}

/* The connection was lost: its owner wants to know, even if nothing has moved. */
static void
a_new_begin_reports_the_same_master_again(void **state)
{
    struct scene *s = *state;

    discovery_begin(s->discovery);
    fake_loop_advance(s->loop, 0);
    all_say(s, "10.0.0.8", 1);
    discovery_begin(s->discovery);
    fake_loop_advance(s->loop, 0);
    all_say(s, "10.0.0.8", 1);
    assert_string_equal(s->told, "10.0.0.8:6379 10.0.0.8:6379 ");
}

/* A Sentinel that was cut off still names the old master, and may be the only one that answers. */
static void
an_older_epoch_is_no_move(void **state)
{
    struct scene *s = *state;

    discovery_begin(s->discovery);
    fake_loop_advance(s->loop, 0);
    all_say(s, "10.0.0.9", 5);
    fake_loop_advance(s->loop, 1000);
    sentinel_says(s, "10.0.0.8", 4);
    peer_hang_up(s->loop, peer_last());
    fake_loop_advance(s->loop, 0);
    peer_hang_up(s->loop, peer_last());
    fake_loop_advance(s->loop, 0);
    assert_string_equal(s->told, "10.0.0.9:6379 ");
    fake_loop_advance(s->loop, 1000);
    all_say(s, "10.0.0.7", 6);
    assert_string_equal(s->told, "10.0.0.9:6379 10.0.0.7:6379 ");
}

static void
at_rest_nothing_is_reported_or_asked(void **state)
{
    struct scene *s = *state;

    discovery_begin(s->discovery);
    fake_loop_advance(s->loop, 0);
    discovery_rest(s->discovery);
    assert_true(peer_is_left(&peers[0]));
    fake_loop_advance(s->loop, 10000);
    assert_int_equal(peer_count, 1);
    assert_string_equal(s->told, "");
}

/* A node of a cluster is where it is said to be. */
static void
a_node_of_a_cluster_stays_where_it_is(void **state)
{
    struct scene *s = *state;
    const struct place place = {"10.0.0.7", 7001};
    const struct target node = target_of("test", TARGET_MASTER, &place);

    discovery_destroy(s->discovery);
    a_config_set(&s->config, "redis.sentinels", "");
    a_config_set(&s->config, "redis.host", "no.such.host.invalid"); /* nobody looks it up */
    s->discovery = discovery_create(s->loop, &s->config, &node, on_found, s);
    assert_non_null(s->discovery);
    discovery_begin(s->discovery);
    fake_loop_advance(s->loop, 0);
    assert_string_equal(s->told, "10.0.0.7:7001 ");
    assert_string_equal(node.name, "test node=10.0.0.7:7001");
    assert_string_equal(target_of("test", TARGET_REDIS, NULL).name, "test");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(without_sentinels_the_settings_say_it),
        TEST(without_an_address_there_is_no_discovery),
        TEST(all_sentinels_are_asked_in_their_order),
        TEST(the_latest_epoch_is_right),
        TEST(the_first_of_the_same_epoch_is_taken),
        TEST(the_next_one_is_asked_instead),
        TEST(half_an_answer_is_waited_for),
        TEST(nonsense_is_no_answer),
        TEST(unreachable_sentinels_are_reported),
        TEST(a_master_that_moves_is_reported_once),
        TEST(a_known_master_stays_where_it_is_while_none_answers),
        TEST(a_new_begin_reports_the_same_master_again),
        TEST(an_older_epoch_is_no_move),
        TEST(at_rest_nothing_is_reported_or_asked),
        TEST(a_node_of_a_cluster_stays_where_it_is),
    };

    return cmocka_run_group_tests_name("discovery", tests, NULL, NULL);
}
