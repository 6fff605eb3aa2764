/* test_sync_polled.c - while the slot is on the move, the list is read again and again. */
#include "tests/unit/push-daemon/sync/a_sync.h"

static void
learn(struct stage *g, bool is_open)
{
    g->scene.redis->is_open = is_open;
    redis_learn(g->scene.redis, g->scene.hub);
    scene_settle(&g->scene);
}

/* So many readings, each a second after the other. */
static void
poll(struct stage *g, int times)
{
    for (int i = 0; i < times; i++) {
        fake_loop_advance(g->scene.world.env.loop, 1000);
        scene_settle(&g->scene);
    }
}

/* There are four of them a second. */
static void
readings_are_not_logged(void **state)
{
    struct stage *g = *state;
    struct ws *ws;

    write_messages(g, 1, 3);
    ws = a_member(g);
    learn(g, true);
    fake_log_clear();
    for (int id = 4; id < 10; id++) {
        redis_push(g->scene.redis, message(id));
        poll(g, 1);
    }
    assert_got(ws, "1..3 total:3 4..9 ");
    assert_int_equal(fake_log_count("caught-up"), 0);
    redis_push(g->scene.redis, message(10));
    learn(g, false);
    assert_got(ws, "10 ");
    assert_int_equal(fake_log_count("caught-up group=\"g\" missed=1 "), 1);
    assert_int_equal(fake_log_count("room group=\"g\" polled=0"), 1);
}

static void
a_list_that_changed_is_logged_once(void **state)
{
    struct stage *g = *state;

    write_messages(g, 1, 3);
    a_member(g);
    learn(g, true);
    fake_log_clear();
    for (int i = 0; i < 2; i++) {
        redis_trim(g->scene.redis, g->scene.redis->count);
        poll(g, 5);
        assert_int_equal(fake_log_count("list-changed"), i + 1);
        redis_push(g->scene.redis, message(10 + i));
        poll(g, 3); /* they know that one */
        assert_int_equal(fake_log_count("list-changed"), i + 1);
    }
}

/* Nothing of what is heard counts, and so nobody is passed anything. */
static void
a_key_that_holds_no_list_is_read_until_it_does(void **state)
{
    struct stage *g = *state;
    struct ws *ws, *joiner;

    write_messages(g, 1, 1);
    ws = a_member(g);
    learn(g, true);
    g->scene.redis->wrong_type = true;
    fake_log_clear();
    redis_publish(g->scene.redis, message(2));
    poll(g, 5);
    assert_int_equal(fake_log_count("list-unreadable"), 0);
    joiner = scene_join(&g->scene);
    poll(g, 5);
    assert_got(joiner, "close:1011 ");
    assert_int_equal(fake_log_count("list-unreadable"), 1);
    assert_got(ws, "1 total:1 ");
    g->scene.redis->wrong_type = false;
    redis_push(g->scene.redis, message(2));
    poll(g, 1);
    assert_got(ws, "2 ");
}

static void
what_was_held_back_comes_once(void **state)
{
    struct stage *g = *state;
    struct ws *ws = a_member(g);

    scene_cut(&g->scene);
    redis_subscribe(g->scene.redis);
    scene_deliver(&g->scene);
    redis_run(g->scene.redis);
    scene_deliver(&g->scene);
    write_messages(g, 1, 3);
    scene_settle(&g->scene);
    g->scene.redis->wrong_type = true;
    scene_join(&g->scene);
    scene_settle(&g->scene);
    assert_got(ws, "total:0 1..3 ");
}

static void
an_answer_that_says_nothing_is_asked_for_again(void **state)
{
    static const char *const answers[] = {
        "-ERR something\r\n", "-LOADING WRONG\r\n", "$9\r\nWRONGTYPE\r\n",      ":5\r\n",
        "*1\r\n:0\r\n",       "*2\r\n:0\r\n:0\r\n", "*3\r\n:0\r\n*0\r\n:0\r\n", NULL,
    };
    struct stage *g = *state;
    struct ws *ws = scene_join(&g->scene);

    redis_subscribe(g->scene.redis);
    scene_deliver(&g->scene);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        assert_true(redis_can_run(g->scene.redis));
        redis_run(g->scene.redis);
        if (i % 2 == 0) { /* its mark comes, or comes too late */
            scene_deliver(&g->scene);
        }
        redis_answer_with(g->scene.redis, answers[i]);
        assert_false(redis_can_run(g->scene.redis));
        hub_retry(g->scene.hub);
        hub_retry(g->scene.hub); /* once is enough */
    }
    scene_settle(&g->scene);
    write_messages(g, 1, 1);
    assert_got(ws, "total:0 1 ");
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(readings_are_not_logged),
        test(a_list_that_changed_is_logged_once),
        test(a_key_that_holds_no_list_is_read_until_it_does),
        test(what_was_held_back_comes_once),
        test(an_answer_that_says_nothing_is_asked_for_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
