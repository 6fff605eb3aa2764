/* test_sync_known.c - what the room knows of the list, and catches up by. */
#include "tests/unit/push-daemon/sync/a_sync.h"

/* ---- the ring of what is known ---- */

static void
catching_up_works_when_not_all_is_remembered(void **state)
{
    struct stage *g = *state;
    struct ws *ws;

    write_messages(g, 1, 100);
    ws = a_member(g);
    write_messages(g, 101, 100 + DEDUP_MAX + 50);
    scene_cut(&g->scene);
    write_messages(g, 663, 672);
    assert_int_equal(answer(g), 512 + 64);
    assert_int_equal(answer(g), -1);
    assert_got(ws, "51..100 total:100 101..672 ");
}

/* None of the oldest that are remembered is in the first snapshot, so nothing proves that its
 * entries are new. */
static void
catching_up_goes_back_to_the_oldest_that_is_remembered(void **state)
{
    struct stage *g = *state;
    struct ws *ws;

    write_messages(g, 1, 100);
    ws = a_member(g);
    write_messages(g, 101, 100 + DEDUP_MAX + 50);
    scene_cut(&g->scene);
    write_messages(g, 663, 762);
    assert_int_equal(answer(g), 576);
    assert_int_equal(answer(g), 8 * 576);
    assert_int_equal(answer(g), -1);
    assert_got(ws, "51..100 total:100 101..762 ");
}

/* One of the oldest that are remembered stands far before the others in the list. Those between
 * were forgotten, and must not come again. */
static void
a_publish_that_came_late_does_not_tell_where_the_room_stands(void **state)
{
    (void)state;
    for (int newer = DEDUP_MAX - 16; newer < DEDUP_MAX; newer++) { /* so many came behind it */
        struct stage g = {0};
        char wanted[128];
        struct ws *ws;

        a_config_make(&g.config);
        scene_open(&g.scene, &g.config);
        ws = a_member(&g);
        redis_push(g.scene.redis, message(9999));
        write_messages(&g, 1, 50); /* few enough for the first snapshot */
        redis_publish(g.scene.redis, message(9999));
        write_messages(&g, 51, 50 + newer);
        scene_cut(&g.scene);
        write_messages(&g, 900, 905);
        scene_settle(&g.scene);
        snprintf(wanted, sizeof(wanted), "total:0 1..50 9999 51..%d 900..905 ", 50 + newer);
        assert_got(ws, wanted);
        scene_close(&g.scene);
        a_config_free(&g.config);
    }
}

/* All that was ever in the list is remembered: an entry before it is one whose PUBLISH was
 * lost. */
static void
a_foreign_message_before_all_others_is_caught_up_with(void **state)
{
    struct stage *g = *state;
    struct ws *ws = a_member(g);

    redis_push(g->scene.redis, message(0));
    write_messages(g, 1, 3);
    scene_cut(&g->scene);
    scene_settle(&g->scene);
    assert_got(ws, "total:0 1..3 0 ");
}

/* Newer ones were heard: so only the oldest that are remembered tell where the room stands. */
static void
a_foreign_message_whose_publish_was_lost_is_caught_up_with(void **state)
{
    struct stage *g = *state;
    struct ws *ws;

    write_messages(g, 1, 1000);
    ws = a_member(g);
    redis_push(g->scene.redis, message(5000));
    write_messages(g, 1001, 1003);
    scene_cut(&g->scene);
    scene_settle(&g->scene);
    assert_got(ws, "951..1000 total:1000 1001..1003 5000 ");
}

/* ---- few entries first ---- */

/* A member has messages up to `to`, in a room of a cluster; the subscription breaks. */
static struct ws *
a_member_of_a_cluster(struct stage *g, int from, int to)
{
    struct ws *ws;

    a_config_set(&g->config, "redis.cluster", "10.0.0.1:1");
    write_messages(g, from, from + 99);
    ws = a_member(g);
    write_messages(g, from + 100, to);
    scene_cut(&g->scene);
    text_clear(&ws->got);
    return ws;
}

static void
on_a_cluster_few_entries_are_enough(void **state)
{
    struct stage *g = *state;
    struct ws *ws = a_member_of_a_cluster(g, 1, 1000);

    write_messages(g, 1001, 1050);
    assert_int_equal(answer(g), CATCHUP_WINDOW_FIRST);
    assert_got(ws, "1001..1050 ");
    assert_int_equal(answer(g), -1);
    scene_cut(&g->scene);
    write_messages(g, 1051, 1149); /* just one of them is known */
    assert_int_equal(answer(g), CATCHUP_WINDOW_FIRST);
    assert_got(ws, "1051..1149 ");
    scene_cut(&g->scene);
    write_messages(g, 1150, 1249); /* none is */
    assert_int_equal(answer(g), CATCHUP_WINDOW_FIRST);
    assert_int_equal(answer(g), 8 * CATCHUP_WINDOW_FIRST);
    assert_got(ws, "1150..1249 ");
    assert_int_equal(answer(g), -1);
}

static void
few_entries_are_no_more_than_are_known(void **state)
{
    struct stage *g = *state;

    a_config_set(&g->config, "redis.cluster", "10.0.0.1:1");
    g->config.message.list_num = 5;
    write_messages(g, 1, 200);
    a_member(g);
    scene_cut(&g->scene);
    assert_int_equal(answer(g), CATCHUP_WINDOW_MIN + 64);
}

/* The clock is at 1000000. What another writer has pushed within the last ten seconds may have been
 * published while nobody listened, far behind others. */
static void
few_entries_are_not_enough_in_a_busy_room(void **state)
{
    struct stage *g = *state;
    struct ws *ws = a_member_of_a_cluster(g, 988000, 989100);

    write_messages(g, 989101, 989110);
    assert_int_equal(answer(g), CATCHUP_WINDOW_FIRST);
    assert_int_equal(answer(g), 8 * CATCHUP_WINDOW_FIRST);
    assert_got(ws, "989101..989110 ");
    fake_loop_advance(g->scene.world.env.loop, 10000);
    scene_cut(&g->scene); /* the same room, but it was quiet for long */
    write_messages(g, 989111, 989112);
    assert_int_equal(answer(g), CATCHUP_WINDOW_FIRST);
    assert_int_equal(answer(g), -1);
    assert_got(ws, "989111..989112 ");
}

static void
what_is_owed_from_far_behind_comes(void **state)
{
    struct stage *g = *state;
    struct ws *ws;

    a_config_set(&g->config, "redis.cluster", "10.0.0.1:1");
    write_messages(g, 988000, 988099);
    ws = a_member(g);
    write_messages(g, 988100, 989000);
    redis_push(g->scene.redis, message(5)); /* it is published while nobody listens */
    write_messages(g, 989001, 989150);
    scene_cut(&g->scene);
    text_clear(&ws->got);
    while (answer(g) >= 0) {
    }
    assert_got(ws, "5 ");
}

/* Nobody could read the list at the last break: then it is not known what was missed before. */
static void
few_entries_are_not_enough_behind_a_list_that_could_not_be_read(void **state)
{
    struct stage *g = *state;
    struct ws *ws = a_member_of_a_cluster(g, 980000, 981000);

    redis_push(g->scene.redis, message(999001));
    g->scene.redis->wrong_type = true;
    assert_int_equal(answer(g), CATCHUP_WINDOW_FIRST); /* messages are passed on from here on */
    g->scene.redis->wrong_type = false;
    write_messages(g, 999002, 999150);
    scene_cut(&g->scene);
    while (answer(g) >= 0) {
    }
    assert_got(ws, "999002..999150 999001 ");
}

/* A room that is polled has read the list 0.25 s ago. */
static void
each_reading_of_a_polled_room_is_small(void **state)
{
    struct stage *g = *state;
    struct ws *ws = a_member_of_a_cluster(g, 988000, 989100);
    const struct requests *c = &g->scene.redis->commands;

    scene_settle(&g->scene);
    text_clear(&ws->got);
    g->scene.redis->is_open = true;
    redis_learn(g->scene.redis, g->scene.hub);
    scene_settle(&g->scene); /* the first one is as after a break */
    for (int i = 0; i < 5; i++) {
        redis_push(g->scene.redis, message(989101 + i));
        while (c->head == c->tail) {
            fake_loop_advance(g->scene.world.env.loop, 50);
        }
        assert_int_equal(c->queue[c->head].window, CATCHUP_WINDOW_FIRST);
        scene_settle(&g->scene);
        assert_int_equal(c->tail, 0);
    }
    assert_got(ws, "989101..989105 ");
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(catching_up_works_when_not_all_is_remembered),
        test(catching_up_goes_back_to_the_oldest_that_is_remembered),
        cmocka_unit_test(a_publish_that_came_late_does_not_tell_where_the_room_stands),
        test(a_foreign_message_before_all_others_is_caught_up_with),
        test(a_foreign_message_whose_publish_was_lost_is_caught_up_with),
        test(on_a_cluster_few_entries_are_enough),
        test(few_entries_are_no_more_than_are_known),
        test(few_entries_are_not_enough_in_a_busy_room),
        test(what_is_owed_from_far_behind_comes),
        test(few_entries_are_not_enough_behind_a_list_that_could_not_be_read),
        test(each_reading_of_a_polled_room_is_small),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
