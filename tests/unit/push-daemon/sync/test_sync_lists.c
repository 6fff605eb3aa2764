/* test_sync_lists.c - lists that change, are no lists, or hold what is no message. */
#include "tests/unit/push-daemon/sync/a_sync.h"

/* ---- lists that change ---- */

static const struct change {
    const char *what;
    int missed_to;        /* messages 6..missed_to are written during the break */
    int trimmed;          /* oldest entries that are gone then */
    int new_from, new_to; /* what is written behind them */
    const char *wanted;   /* what the member gets that has 1..5 */
    int told;             /* is it logged that the list is another one? */
} changes[] = {
    {"nothing happens", 5, 0, 0, -1, "", 0},
    {"the list is trimmed to what is known", 5, 3, 0, -1, "", 0},
    {"... and to less than was missed", 9, 6, 0, -1, "7..9 ", 1},
    {"the list has expired", 5, 5, 0, -1, "", 1},
    {"the list has expired, and is written anew", 5, 5, 20, 22, "20..22 ", 1},
    {"the list is an older one", 5, 5, 1, 4, "", 0},
    {"an older one with something new", 5, 5, 3, 7, "6..7 ", 0},
    {"a message was recalled", 6, 1, 0, -1, "6 ", 0},
};

static void
a_list_that_was_replaced_gives_what_is_newer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        const struct change *c = &changes[i];
        struct stage g = {0};
        struct ws *ws;

        a_config_make(&g.config);
        scene_open(&g.scene, &g.config);
        ws = a_member(&g);
        write_messages(&g, 1, 5);
        assert_got(ws, "total:0 1..5 ");
        scene_cut(&g.scene);
        write_messages(&g, 6, c->missed_to);
        redis_trim(g.scene.redis, (size_t)c->trimmed);
        write_messages(&g, c->new_from, c->new_to);
        fake_log_clear();
        scene_settle(&g.scene);
        assert_int_equal(fake_log_count("list-changed"), c->told);
        if (strcmp(c->wanted, got(ws)) != 0) {
            fail_msg("%s: wanted \"%s\"", c->what, c->wanted);
        }
        write_messages(&g, 30, 30);
        assert_got(ws, "30 ");
        scene_close(&g.scene);
        a_config_free(&g.config);
    }
}

/* A foreign message of the lost list had a ts more than a day ahead of Redis' clock. */
static void
a_ts_far_ahead_hides_nothing_of_a_list_that_was_replaced(void **state)
{
    const int far = 1000000000;
    struct stage *g = *state;
    struct ws *ws = a_member(g);

    write_messages(g, 1, 5);
    write_messages(g, far, far);
    assert_got(ws, "total:0 1..5 1000000000 ");
    scene_cut(&g->scene);
    redis_trim(g->scene.redis, 6);
    write_messages(g, 6, 9);
    scene_settle(&g->scene);
    assert_got(ws, "6..9 ");
}

/* A long list of which nothing is known: all of it is asked for. */
static void
a_long_list_that_was_replaced_gives_what_is_newer(void **state)
{
    struct stage *g = *state;
    struct ws *ws;

    write_messages(g, 201, 299);
    ws = a_member(g);
    write_messages(g, 300, 302);
    scene_cut(&g->scene);
    redis_trim(g->scene.redis, 102);
    write_messages(g, 1, 200);
    write_messages(g, 303, 310);
    assert_int_equal(answer(g), 50 + 3 + 64);
    assert_int_equal(answer(g), 8 * 117);
    assert_int_equal(answer(g), -1);
    assert_got(ws, "250..299 total:99 300..310 ");
}

static void
what_was_only_published_comes_after_a_catch_up(void **state)
{
    struct stage *g = *state;
    struct ws *ws = a_member(g);

    write_messages(g, 1, 1);
    scene_cut(&g->scene);
    redis_subscribe(g->scene.redis);
    scene_deliver(&g->scene);
    redis_publish(g->scene.redis, message(70)); /* its entry is recalled before the snapshot */
    redis_push(g->scene.redis, message(2));
    redis_publish(g->scene.redis, message(2));
    scene_settle(&g->scene);
    assert_got(ws, "total:0 1..2 70 ");
}

/* Only the list tells what is left of it. */
static void
what_was_held_back_is_forgotten_in_another_break(void **state)
{
    struct stage *g = *state;
    struct ws *ws = a_member(g);

    scene_cut(&g->scene);
    redis_subscribe(g->scene.redis);
    scene_deliver(&g->scene);
    redis_publish(g->scene.redis, message(70)); /* its entry is recalled */
    scene_deliver(&g->scene);
    scene_cut(&g->scene);
    write_messages(g, 1, 1);
    scene_settle(&g->scene);
    assert_got(ws, "total:0 1 ");
}

/* A snapshot that holds more than the first frame shows must not keep from a client what it
 * was not shown. */
static void
what_stood_before_a_first_frame_comes_by_its_publish(void **state)
{
    struct stage *g = *state;
    struct ws *ws, *joiner;

    g->config.message.list_num = 1;
    redis_push(g->scene.redis, message(70));
    write_messages(g, 1, 1);
    ws = a_member(g);
    scene_cut(&g->scene);
    joiner = scene_join(&g->scene);
    scene_settle(&g->scene);
    redis_publish(g->scene.redis, message(70));
    scene_settle(&g->scene);
    assert_got(ws, "1 total:2 70 ");
    assert_got(joiner, "1 total:2 70 ");
}

/* A PUBLISH is awaited of the newest entries alone. */
static void
a_publish_is_not_awaited_of_old_entries(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        bool is_join = way < 2, is_old = way % 2 == 1;
        int last = is_old ? PUBLISH_LATE_MAX : PUBLISH_LATE_MAX - 1;
        char wanted[64];
        struct stage g = {0};
        struct ws *ws;

        a_config_make(&g.config);
        g.config.message.list_num = 2 * PUBLISH_LATE_MAX;
        scene_open(&g.scene, &g.config);
        ws = is_join ? NULL : a_member(&g);
        scene_cut(&g.scene);
        redis_push(g.scene.redis, message(900));
        write_messages(&g, 1, last);
        ws = is_join ? scene_join(&g.scene) : ws;
        scene_settle(&g.scene);
        redis_publish(g.scene.redis, message(900));
        scene_settle(&g.scene);
        if (is_join) {
            snprintf(wanted, sizeof(wanted), "900 1..%d total:%d ", last, last + 1);
        } else {
            snprintf(wanted, sizeof(wanted), "total:0 900 1..%d ", last);
        }
        strcat(wanted, is_old ? "900 " : "");
        assert_got(ws, wanted);
        scene_close(&g.scene);
        a_config_free(&g.config);
    }
}

/* Bytes that were published before a first frame are not awaited again: if they come, they are
 * another message. */
static void
the_same_bytes_again_are_another_message(void **state)
{
    (void)state;
    for (int way = 0; way < 3; way++) {
        struct stage g = {0};
        struct ws *ws, *joiner;

        a_config_make(&g.config);
        scene_open(&g.scene, &g.config);
        ws = a_member(&g);
        write_messages(&g, 1, 1);
        if (way == 1) {
            scene_cut(&g.scene);
        } else if (way == 2) {
            client_lose(ws); /* the room is in step, and has no members */
        }
        joiner = scene_join(&g.scene);
        scene_settle(&g.scene);
        write_messages(&g, 1, 1);
        assert_got(joiner, "1 total:1 1 ");
        assert_got(ws, way == 2 ? "total:0 1 " : "total:0 1 1 ");
        scene_close(&g.scene);
        a_config_free(&g.config);
    }
}

/* ---- what is no message, and lists that cannot be read ---- */

static void
what_is_no_message_is_passed_over(void **state)
{
    struct stage *g = *state;
    struct ws *ws;

    push_garbage(g, 2);
    write_messages(g, 1, 1);
    ws = a_member(g);
    redis_publish(g->scene.redis, "garbage");
    redis_publish(g->scene.redis, "");
    scene_settle(&g->scene);
    scene_cut(&g->scene);
    push_garbage(g, 3);
    write_messages(g, 2, 2);
    redis_subscribe(g->scene.redis);
    scene_deliver(&g->scene);
    redis_publish(g->scene.redis, "garbage"); /* held back */
    redis_publish(g->scene.redis, "");
    write_messages(g, 3, 3);
    scene_settle(&g->scene);
    assert_got(ws, "1 total:3 2..3 ");
}

/* Foreign forms of a message are passed on in ours, and recognised by their own bytes. */
static void
foreign_forms_are_recognised(void **state)
{
    static const char foreign[] = "{\"ts\":5,\"userId\":7,\"info\":\"1\",\"more\":true}";
    struct stage *g = *state;
    struct ws *ws;

    redis_push(g->scene.redis, foreign);
    ws = a_member(g);
    redis_publish(g->scene.redis, foreign);
    scene_settle(&g->scene);
    assert_string_equal(
        client_got(ws),
        "{\"list\":[{\"groupId\":\"g\",\"userId\":\"7\",\"info\":\"1\",\"ts\":5}],\"total\":1} ");
}

static void
those_who_wait_are_closed_if_the_key_holds_no_list(void **state)
{
    struct stage *g = *state;
    struct ws *member = a_member(g), *ws;

    write_messages(g, 1, 1);
    g->scene.redis->wrong_type = true;
    ws = scene_join(&g->scene);
    redis_run(g->scene.redis);
    redis_answer(g->scene.redis);
    assert_got(ws, "close:1011 ");
    assert_got(member, "total:0 1 ");
    redis_publish(g->scene.redis, message(2)); /* what is published can still be passed on */
    scene_settle(&g->scene);
    assert_got(member, "2 ");
}

static void
members_get_what_was_held_back_if_the_key_holds_no_list(void **state)
{
    struct stage *g = *state;
    struct ws *ws = a_member(g);

    scene_cut(&g->scene);
    g->scene.redis->wrong_type = true;
    redis_subscribe(g->scene.redis);
    redis_publish(g->scene.redis, message(1));
    while (redis_can_deliver(g->scene.redis)) {
        scene_deliver(&g->scene);
    }
    redis_publish(g->scene.redis, message(2));
    assert_got(ws, "total:0 ");
    scene_settle(&g->scene);
    assert_got(ws, "1..2 ");
    redis_publish(g->scene.redis, message(3));
    scene_join(&g->scene); /* the key is read once more */
    scene_settle(&g->scene);
    assert_got(ws, "3 ");
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_that_was_replaced_gives_what_is_newer),
        test(a_ts_far_ahead_hides_nothing_of_a_list_that_was_replaced),
        test(a_long_list_that_was_replaced_gives_what_is_newer),
        test(what_was_only_published_comes_after_a_catch_up),
        test(what_was_held_back_is_forgotten_in_another_break),
        test(what_stood_before_a_first_frame_comes_by_its_publish),
        cmocka_unit_test(a_publish_is_not_awaited_of_old_entries),
        cmocka_unit_test(the_same_bytes_again_are_another_message),
        test(what_is_no_message_is_passed_over),
        test(foreign_forms_are_recognised),
        test(those_who_wait_are_closed_if_the_key_holds_no_list),
        test(members_get_what_was_held_back_if_the_key_holds_no_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
