/* test_sync.c - how a room's log is kept in step with the list: what is asked for, and kept.
 *
 * That the order of events does not matter is shown by test_sync_orders.c. */
#include "tests/unit/push-daemon/sync/a_sync.h"

/* ---- windows ---- */

static void
a_first_frame_asks_for_more_if_entries_are_no_messages(void **state)
{
    struct stage *g = *state;
    struct ws *ws;

    write_messages(g, 1, 600);
    push_garbage(g, 380);
    ws = scene_join(&g->scene);
    assert_int_equal(answer(g), 50);
    assert_got(ws, "");
    assert_int_equal(answer(g), 400); /* 20 messages are in it */
    assert_got(ws, "");
    assert_int_equal(answer(g), 3200);
    assert_got(ws, "551..600 total:980 ");
    assert_int_equal(answer(g), -1);
    write_messages(g, 601, 602);
    assert_got(ws, "601..602 ");
    ws = scene_join(&g->scene); /* the next one begins as usual */
    assert_int_equal(answer(g), 50);
}

static void
a_first_frame_shows_less_if_most_entries_are_no_messages(void **state)
{
    struct stage *g = *state;
    struct ws *ws;

    write_messages(g, 1, 3);
    push_garbage(g, JOIN_WINDOW_MAX - 1);
    ws = scene_join(&g->scene);
    assert_int_equal(answer(g), 50);
    assert_int_equal(answer(g), 400);
    assert_int_equal(answer(g), 3200);
    assert_int_equal(answer(g), JOIN_WINDOW_MAX);
    assert_got(ws, "3 total:10002 ");
    assert_int_equal(answer(g), -1);
}

static void
a_rooms_first_snapshot_is_not_too_small(void **state)
{
    struct stage *g = *state;

    g->config.message.list_num = 0;
    write_messages(g, 1, 100);
    scene_join(&g->scene);
    assert_int_equal(answer(g), CATCHUP_WINDOW_MIN);
    scene_join(&g->scene); /* now it is known where the room stands in the list */
    assert_int_equal(answer(g), 0);
}

static void
catching_up_asks_for_what_is_known_and_some_more(void **state)
{
    struct stage *g = *state;
    struct ws *ws;

    write_messages(g, 1, 100);
    ws = a_member(g);
    write_messages(g, 101, 110);
    scene_cut(&g->scene);
    write_messages(g, 111, 130);
    assert_int_equal(answer(g), 50 + 10 + 64);
    assert_got(ws, "51..100 total:100 101..130 ");
    scene_cut(&g->scene);
    write_messages(g, 131, 195);
    assert_int_equal(answer(g), 80 + 64); /* all but one of what is known: that is enough */
    assert_int_equal(answer(g), -1);
    assert_got(ws, "131..195 ");
}

static void
catching_up_asks_for_more_if_much_was_missed(void **state)
{
    struct stage *g = *state;
    struct ws *ws, *joiner;

    write_messages(g, 1, 100);
    ws = a_member(g);
    scene_cut(&g->scene);
    write_messages(g, 101, 1000);
    joiner = scene_join(&g->scene);
    assert_int_equal(answer(g), 114);
    assert_int_equal(answer(g), 912);
    write_messages(g, 1001,
                   1001); /* behind the mark of the last one, before that of the next one */
    assert_got(ws, "51..100 total:100 ");
    assert_int_equal(answer(g), 7296);
    assert_got(ws, "101..1001 ");
    assert_got(joiner, "952..1001 total:1001 ");
    assert_int_equal(answer(g), -1);
    scene_cut(&g->scene);
    assert_int_equal(answer(g), 512 + 64); /* as usual again */
}

static void
members_that_missed_too_much_are_closed(void **state)
{
    struct stage *g = *state;
    struct ws *ws, *joiner;

    g->config.push.room_log_bytes = 64 << 20;
    write_messages(g, 1, 1);
    ws = a_member(g);
    scene_cut(&g->scene);
    for (int id = 2; id <= CATCHUP_WINDOW_MAX + 2; id++) {
        redis_push(g->scene.redis, message(id));
    }
    joiner = scene_join(&g->scene);
    assert_int_equal(answer(g), 65);
    assert_int_equal(answer(g), 520);
    assert_int_equal(answer(g), 4160);
    assert_int_equal(answer(g), 33280);
    assert_int_equal(answer(g), CATCHUP_WINDOW_MAX);
    assert_got(ws, "1 total:1 close:1013 ");
    assert_got(joiner, "99953..100002 total:100002 ");
    write_messages(g, 100003, 100003);
    assert_got(joiner, "100003 ");
}

/* ---- bounds ---- */

static void
held_messages_are_bounded_by_asking_again(void **state)
{
    struct stage *g = *state;
    struct redis *r = g->scene.redis;
    struct ws *ws = a_member(g), *joiner;

    g->config.push.room_log_bytes = 64 * (int64_t)strlen(message(10));
    scene_cut(&g->scene);
    redis_subscribe(r);
    scene_deliver(&g->scene);
    redis_run(r);
    write_messages(g, 10, 73); /* 64 messages are held */
    assert_int_equal(r->commands.tail, 1);
    write_messages(g, 74, 74);
    assert_int_equal(r->commands.tail, 2); /* one more, and another snapshot is asked for */
    joiner = scene_join(&g->scene);
    write_messages(g, 75, 75);
    assert_int_equal(r->commands.tail, 2); /* now there is room for it */
    scene_settle(&g->scene);
    assert_got(ws, "total:0 10..75 ");
    assert_got(joiner, "26..75 total:66 ");
}

/* The same without members: nobody is to lose what came behind the mark. */
static void
a_joiner_gets_all_that_came_behind_the_mark(void **state)
{
    struct stage *g = *state;
    struct redis *r = g->scene.redis;
    struct ws *ws = scene_join(&g->scene);

    g->config.push.room_log_bytes = 64 * (int64_t)strlen(message(10));
    redis_subscribe(r);
    scene_deliver(&g->scene);
    redis_run(r);
    scene_deliver(&g->scene);
    write_messages(g, 10, 40);
    redis_answer(r);
    assert_got(ws, "total:0 10..40 ");
    scene_cut(&g->scene);
    assert_true(redis_can_subscribe(r));
    write_messages(g, 41, 41);
    scene_settle(&g->scene);
    assert_got(ws, "41 ");
}

/* The log has dropped what came behind the mark: those who wait are let in by another
 * snapshot. */
static void
a_joiner_waits_for_another_snapshot_if_the_log_lost_its_place(void **state)
{
    struct stage *g = *state;
    struct redis *r = g->scene.redis;
    struct ws *ws = a_member(g), *joiner = scene_join(&g->scene);

    g->config.push.room_log_bytes = 10 * (int64_t)strlen(message(10));
    redis_run(r);
    scene_deliver(&g->scene);
    write_messages(g, 10, 30);
    redis_answer(r);
    assert_got(joiner, "");
    scene_settle(&g->scene);
    assert_got(joiner, "10..30 total:21 ");
    assert_got(ws, "total:0 10..30 ");
}

/* What came after a mark is kept for those who wait, but not longer than the snapshot is under
 * way. */
static void
a_log_is_not_kept_for_a_snapshot_that_was_lost(void **state)
{
    struct stage *g = *state;
    const struct framelog *log = &a_member(g)->session->chat.room->log;

    scene_join(&g->scene);
    redis_run(g->scene.redis);
    scene_deliver(&g->scene);
    write_messages(g, 1, 2);
    assert_true(framelog_base(log) < framelog_end(log));
    g->scene.redis->commands.down = true;
    redis_lose_commands(g->scene.redis);
    write_messages(g, 3, 3);
    assert_true(framelog_base(log) == framelog_end(log));
}

/* A flood within one turn of the loop is no reason to fall off the log: only a socket that
 * takes nothing is. */
static void
only_clients_that_do_not_read_fall_off_the_log(void **state)
{
    struct stage *g = *state;
    struct ws *ws = a_member(g), *slow = a_member(g);

    g->config.push.room_log_bytes = 10 * (int64_t)strlen(message(10));
    slow->full = true;
    for (int id = 10; id < 40; id++) {
        redis_publish(g->scene.redis, message(id));
        scene_deliver(&g->scene);
    }
    scene_turn_end(&g->scene);
    assert_got(ws, "total:0 10..39 ");
    client_set_writable(slow);
    assert_got(slow, "total:0 close:1013 ");
}

static void
each_message_goes_by_itself_if_the_settings_say_so(void **state)
{
    struct stage *g = *state;
    struct ws *ws = a_member(g);

    g->config.push.flush_interval_ms = 0;
    redis_publish(g->scene.redis, message(1));
    scene_deliver(&g->scene);
    assert_got(ws, "total:0 1 ");
    g->config.push.flush_interval_ms = 5;
    redis_publish(g->scene.redis, message(2));
    scene_deliver(&g->scene);
    assert_got(ws, "");
    scene_turn_end(&g->scene);
    assert_got(ws, "2 ");
    assert_int_equal(g->scene.world.metrics.messages_out, 2);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_first_frame_asks_for_more_if_entries_are_no_messages),
        test(a_first_frame_shows_less_if_most_entries_are_no_messages),
        test(a_rooms_first_snapshot_is_not_too_small),
        test(catching_up_asks_for_what_is_known_and_some_more),
        test(catching_up_asks_for_more_if_much_was_missed),
        test(members_that_missed_too_much_are_closed),
        test(held_messages_are_bounded_by_asking_again),
        test(a_joiner_gets_all_that_came_behind_the_mark),
        test(a_joiner_waits_for_another_snapshot_if_the_log_lost_its_place),
        test(a_log_is_not_kept_for_a_snapshot_that_was_lost),
        test(only_clients_that_do_not_read_fall_off_the_log),
        test(each_message_goes_by_itself_if_the_settings_say_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
