/* test_failover.c - when do both connections leave for another master? */
#include "push-daemon/redis/failover.h"

#include <stdio.h>

#include "lib/redis/sentinel.h"
#include "push-daemon/core/env.h"
#include "push-daemon/redis/commands.h"
#include "push-daemon/redis/subscriber.h"
#include "tests/unit/push-daemon/fake_loop.h"

/* ---- fakes of redis/commands.h and redis/subscriber.h, as far as they are used ---- */

struct commands {
    char at[16];
    char log[128]; /* a word for each thing that happened, with a blank behind it */
    bool settled;
};

static void
note(struct commands *c, const char *what, const char *address)
{
    size_t have = strlen(c->log);

    snprintf(c->log + have, sizeof(c->log) - have, "%s%s ", what, address);
}

bool
commands_is_at(const struct commands *c, const struct redis_addr *addr)
{
    return strcmp(c->at, addr->address) == 0;
}

void
commands_follow(struct commands *c, const struct redis_addr *addr)
{
    note(c, "commands:", addr->address);
}

void
subscriber_follow(struct subscriber *s, const struct redis_addr *addr)
{
    note((struct commands *)s, "subscriber:", addr->address);
}

static void
hold(struct appender *a)
{
    note((struct commands *)a, "hold", "");
}

static bool
is_settled(const struct appender *a)
{
    return ((const struct commands *)(const void *)a)->settled;
}

/* ---- the scene ---- */

static struct commands c;
static struct loop *loop;
static struct failover *failover;

/* As the daemon does at the end of each turn. */
static void
step(void *arg)
{
    (void)arg;
    failover_step(failover);
}

static int
set_up(void **state)
{
    struct failover_hooks hooks = {(struct appender *)&c, hold, is_settled};
    struct env env = {0};

    (void)state;
    c = (struct commands){.at = "old"};
    loop = loop_create();
    env.loop = loop;
    failover = failover_create(&env, &c, (struct subscriber *)&c, &hooks);
    loop_on_turn_end(loop, step, NULL);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    failover_destroy(failover);
    failover_destroy(NULL);
    loop_destroy(loop);
    return 0;
}

static void
move_to(const char *address)
{
    struct redis_addr addr = {.epoch = 1};

    strcpy(addr.address, address);
    failover_to(failover, &addr);
}

static void
it_holds_and_leaves_once_all_is_settled(void **state)
{
    (void)state;
    move_to("new");
    assert_string_equal(c.log, "hold ");
    fake_loop_advance(loop, 200);
    assert_string_equal(c.log, "hold ");
    c.settled = true;
    fake_loop_turn_end(loop);
    assert_string_equal(c.log, "hold subscriber:new commands:new ");
    fake_loop_advance(loop, 1000);
    assert_string_equal(c.log, "hold subscriber:new commands:new ");
}

static void
it_waits_300_ms_at_most(void **state)
{
    (void)state;
    move_to("new");
    fake_loop_advance(loop, 299);
    assert_string_equal(c.log, "hold ");
    fake_loop_advance(loop, 1);
    assert_string_equal(c.log, "hold subscriber:new commands:new ");
}

/* Both connections hear of it, and the Sentinels may change their mind. */
static void
a_second_move_changes_the_target_and_not_the_wait(void **state)
{
    (void)state;
    move_to("new");
    fake_loop_advance(loop, 200);
    move_to("newer");
    assert_string_equal(c.log, "hold hold ");
    fake_loop_advance(loop, 100);
    assert_string_equal(c.log, "hold hold subscriber:newer commands:newer ");
    fake_loop_advance(loop, 1000);
    assert_string_equal(c.log, "hold hold subscriber:newer commands:newer ");
}

/* The subscription alone is to move: messages go on. */
static void
nothing_is_held_if_the_commands_are_there_already(void **state)
{
    (void)state;
    strcpy(c.at, "new");
    move_to("new");
    assert_string_equal(c.log, "");
    c.settled = true;
    fake_loop_turn_end(loop);
    assert_string_equal(c.log, "subscriber:new commands:new ");
}

static void
settled_without_a_move_it_stays(void **state)
{
    (void)state;
    c.settled = true;
    fake_loop_advance(loop, 1000);
    assert_string_equal(c.log, "");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(it_holds_and_leaves_once_all_is_settled),
        TEST(it_waits_300_ms_at_most),
        TEST(a_second_move_changes_the_target_and_not_the_wait),
        TEST(nothing_is_held_if_the_commands_are_there_already),
        TEST(settled_without_a_move_it_stays),
    };

    return cmocka_run_group_tests_name("failover", tests, NULL, NULL);
}
