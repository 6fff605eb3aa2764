/* test_hub.c - the registry of rooms: when a group appears, is found, and goes. */
#include "push-daemon/hub/hub.h"

#include "tests/unit/push-daemon/room/a_room.h"

struct stage {
    struct config config;
    struct scene scene;
};

static int
set_up(void **state)
{
    struct stage *g = calloc(1, sizeof(*g));

    assert_non_null(g);
    a_config_make(&g->config);
    scene_open(&g->scene, &g->config);
    *state = g;
    return 0;
}

static int
tear_down(void **state)
{
    struct stage *g = *state;

    scene_close(&g->scene);
    assert_int_equal(g->scene.world.metrics.groups, 0);
    a_config_free(&g->config);
    free(g);
    return 0;
}

static struct ws *
join(struct stage *g, const char *group)
{
    struct ws *ws = client_open(&g->scene.world, group);

    hub_join(g->scene.hub, ws->session);
    return ws;
}

/* A client of the group with its first frame, of an empty list. */
static struct ws *
a_member(struct stage *g, const char *group)
{
    struct ws *ws = join(g, group);

    hub_on_subscribed(g->scene.hub, redis_node(g->scene.redis), str_of(group));
    redis_run(g->scene.redis);
    hub_on_mark(g->scene.hub, redis_node(g->scene.redis), g->scene.redis->commands.queue[0].mark);
    redis_answer(g->scene.redis);
    assert_string_equal(client_got(ws), "{\"list\":[],\"total\":0} ");
    text_clear(&ws->got);
    return ws;
}

static void
publish(struct stage *g, const char *group, int ts)
{
    char text[128];

    snprintf(text, sizeof(text), "{\"groupId\":\"x\",\"userId\":\"u\",\"info\":\"i\",\"ts\":%d}",
             ts);
    hub_on_message(g->scene.hub, redis_node(g->scene.redis), str_of(group), str_of(text));
}

static void
a_group_appears_with_its_first_client(void **state)
{
    struct stage *g = *state;
    const struct subscriber *s = &g->scene.redis->subscriber;
    struct ws *first = join(g, "g"), *second = join(g, "g"), *other;

    assert_int_equal(s->adds, 1);
    assert_int_equal(g->scene.world.metrics.groups, 1);
    assert_ptr_equal(first->session->chat.room, second->session->chat.room);
    assert_int_equal(first->session->state, SESSION_WAITING);
    other = join(g, "gg");
    assert_int_equal(s->adds, 2);
    assert_int_equal(g->scene.world.metrics.groups, 2);
    assert_ptr_not_equal(first->session->chat.room, other->session->chat.room);
    assert_bytes(other->session->chat.room->group, BYTES("gg"));
}

static void
who_joins_a_group_that_is_there_is_asked_for_at_once(void **state)
{
    struct stage *g = *state;
    const struct requests *c = &g->scene.redis->commands;
    size_t asked;

    a_member(g, "g");
    asked = c->tail - c->head;
    join(g, "g");
    assert_int_equal(c->tail - c->head, asked + 1);
}

static void
a_group_goes_with_its_last_client(void **state)
{
    struct stage *g = *state;
    const struct subscriber *s = &g->scene.redis->subscriber;
    struct ws *first = join(g, "g"), *second = join(g, "g");

    client_lose(first);
    hub_remove_empty(g->scene.hub);
    assert_int_equal(s->removes, 0);
    client_lose(second);
    assert_int_equal(s->removes, 0); /* not before the end of the turn */
    assert_int_equal(g->scene.world.metrics.groups, 1);
    hub_remove_empty(g->scene.hub);
    assert_int_equal(s->removes, 1);
    assert_int_equal(g->scene.world.metrics.groups, 0);
    join(g, "g"); /* it begins anew */
    assert_int_equal(s->adds, 2);
}

static void
a_group_stays_if_somebody_comes_in_the_same_turn(void **state)
{
    struct stage *g = *state;
    const struct subscriber *s = &g->scene.redis->subscriber;
    struct ws *ws = a_member(g, "g");
    const struct room *room = ws->session->chat.room;

    client_lose(ws);
    ws = join(g, "g");
    assert_ptr_equal(ws->session->chat.room, room);
    hub_remove_empty(g->scene.hub);
    assert_int_equal(s->adds, 1);
    assert_int_equal(s->removes, 0);
    client_lose(ws); /* it is noticed once more */
    hub_remove_empty(g->scene.hub);
    assert_int_equal(s->removes, 1);
}

/* Valgrind or ASan sees it if the flusher still knows the room. */
static void
a_group_that_goes_is_flushed_no_more(void **state)
{
    struct stage *g = *state;
    struct ws *ws = a_member(g, "g");

    a_member(g, "h");
    publish(g, "g", 5);
    publish(g, "h", 5);
    client_lose(ws);
    hub_remove_empty(g->scene.hub);
    flusher_run(g->scene.flusher);
    assert_int_equal(g->scene.world.metrics.groups, 1);
    assert_int_equal(g->scene.world.metrics.flush_messages.count, 1);
}

static void
groups_that_many_leave_at_once_go_all(void **state)
{
    struct stage *g = *state;
    struct ws *first = join(g, "g"), *second = join(g, "g"), *other = join(g, "h");

    client_lose(first);
    client_lose(other);
    client_lose(second);
    hub_remove_empty(g->scene.hub);
    assert_int_equal(g->scene.world.metrics.groups, 0);
    assert_int_equal(g->scene.redis->subscriber.removes, 2);
}

/* What nobody needs any more leaves the log, though there is nothing new to flush. */
static void
a_log_shrinks_when_the_slowest_client_leaves(void **state)
{
    struct stage *g = *state;
    struct ws *ws = a_member(g, "g"), *slow = a_member(g, "g");
    const struct framelog *log = &ws->session->chat.room->log;

    slow->full = true;
    publish(g, "g", 5);
    publish(g, "g", 6);
    scene_turn_end(&g->scene);
    assert_int_equal(framelog_base(log), 0);
    client_lose(slow);
    scene_turn_end(&g->scene);
    assert_int_equal(framelog_base(log), framelog_end(log));
}

static void
messages_go_to_their_group(void **state)
{
    struct stage *g = *state;
    struct ws *ws = a_member(g, "g"), *other = a_member(g, "gg");

    publish(g, "gg", 5);
    publish(g, "nobody", 6);
    hub_on_subscribed(g->scene.hub, redis_node(g->scene.redis), str_of("nobody"));
    scene_turn_end(&g->scene);
    assert_string_equal(client_got(ws), "");
    assert_string_equal(client_got(other),
                        "{\"groupId\":\"gg\",\"userId\":\"u\",\"info\":\"i\",\"ts\":5} ");
}

static void
what_was_heard_is_told_by_the_newest_ts(void **state)
{
    struct stage *g = *state;
    struct hub *hub = g->scene.hub;
    struct ws *ws;

    assert_true(hub_has_heard(hub, str_of("g"), 7)); /* there is nobody to hear it */
    ws = join(g, "g");
    assert_true(hub_has_heard(hub, str_of("g"), 7)); /* a first frame will have it */
    client_lose(ws);
    scene_turn_end(&g->scene);
    a_member(g, "g");
    assert_false(hub_has_heard(hub, str_of("g"), 7));
    publish(g, "g", 7);
    assert_true(hub_has_heard(hub, str_of("g"), 6));
    assert_true(hub_has_heard(hub, str_of("g"), 7));
    assert_false(hub_has_heard(hub, str_of("g"), 8));
    publish(g, "g", 3); /* a foreign writer's */
    assert_true(hub_has_heard(hub, str_of("g"), 7));
    assert_true(hub_has_heard(hub, str_of("h"), 8));
}

static void
all_groups_hear_of_the_connections(void **state)
{
    struct stage *g = *state;
    struct hub *hub = g->scene.hub;
    const struct requests *c = &g->scene.redis->commands;

    a_member(g, "g");
    a_member(g, "h");
    hub_on_subscription_down(hub, redis_node(g->scene.redis));
    hub_retry(hub);
    assert_int_equal(c->tail, 0); /* not subscribed to yet */
    g->scene.redis->commands.down = true;
    hub_on_subscribed(hub, redis_node(g->scene.redis), str_of("g"));
    hub_on_subscribed(hub, redis_node(g->scene.redis), str_of("h"));
    assert_int_equal(c->tail, 0);
    g->scene.redis->commands.down = false;
    hub_retry(hub);
    assert_int_equal(c->tail, 2);
    redis_run(g->scene.redis);
    redis_run(g->scene.redis);
    redis_answer(g->scene.redis);
    redis_answer(g->scene.redis);
    hub_retry(hub); /* their marks may still come */
    assert_int_equal(c->tail, 0);
    hub_on_commands(hub, redis_node(g->scene.redis)); /* now they may not */
    assert_int_equal(c->tail, 2);
    hub_on_commands(
        hub, redis_node(
                 g->scene.redis)); /* these are not answered yet: that they are lost will be told */
    assert_int_equal(c->tail, 2);
}

/* A node that a group has left may still have something on its way. */
static void
what_another_node_brings_means_nothing(void **state)
{
    struct stage *g = *state;
    struct node *other = (struct node *)&g->scene;
    struct ws *ws = a_member(g, "g");

    hub_on_message(g->scene.hub, other, str_of("g"),
                   str_of("{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"i\",\"ts\":5}"));
    hub_on_event(g->scene.hub, other, str_of("g"), str_of("{\"do\":\"x\"}"));
    hub_on_mark(g->scene.hub, other, 1);
    hub_on_subscription_down(g->scene.hub, other);
    hub_on_commands(g->scene.hub, other);
    hub_on_subscribed(g->scene.hub, other, str_of("g"));
    scene_turn_end(&g->scene);
    assert_string_equal(client_got(ws), "");
    publish(g, "g", 6); /* nothing is held back: the room is in step still */
    scene_turn_end(&g->scene);
    assert_string_equal(client_got(ws),
                        "{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"i\",\"ts\":6} ");
}

/* Slots that nobody serves; then the same node has them again. */
static void
a_group_without_a_node_waits_for_one(void **state)
{
    struct stage *g = *state;
    struct subscriber *s = &g->scene.redis->subscriber;
    const struct requests *c = &g->scene.redis->commands;
    struct ws *ws;
    size_t asked;

    g->scene.redis->elsewhere = true;
    ws = join(g, "g");
    assert_int_equal(s->adds, 0);
    hub_retry(g->scene.hub);
    hub_on_commands(g->scene.hub, redis_node(g->scene.redis));
    hub_on_subscription_down(g->scene.hub, redis_node(g->scene.redis));
    assert_int_equal(c->tail, 0);
    hub_on_map(g->scene.hub);
    assert_int_equal(s->adds, 0);
    g->scene.redis->elsewhere = false;
    hub_on_map(g->scene.hub);
    assert_int_equal(s->adds, 1);
    hub_on_map(g->scene.hub); /* it is there already */
    assert_int_equal(s->adds, 1);
    asked = c->tail;
    hub_on_subscribed(g->scene.hub, redis_node(g->scene.redis), str_of("g"));
    assert_int_equal(c->tail, asked + 1);
    g->scene.redis->elsewhere = true;
    hub_on_map(g->scene.hub);
    assert_int_equal(s->removes, 1);
    client_lose(ws);
    hub_remove_empty(g->scene.hub);
    assert_int_equal(s->removes, 1); /* it is nowhere */
}

/* The node has told that the slot has gone, or goes itself. What is heard of it counts no more. */
static void
a_group_that_its_node_loses_catches_up_at_the_next(void **state)
{
    struct stage *g = *state;
    struct subscriber *s = &g->scene.redis->subscriber;
    struct ws *ws = a_member(g, "g");
    struct node *node = redis_node(g->scene.redis);

    for (int i = 0; i < 2; i++) {
        if (i == 0) {
            hub_on_lost(g->scene.hub, node, str_of("g"));
        } else {
            hub_on_gone(g->scene.hub, node);
        }
        assert_int_equal(s->removes, 0); /* Redis has done that */
        publish(g, "g", 7 + i);          /* as from a node that has been left */
        scene_turn_end(&g->scene);
        assert_string_equal(client_got(ws), "");
        hub_on_map(g->scene.hub);
        assert_int_equal(s->adds, 2 + i);
        hub_on_subscribed(g->scene.hub, node, str_of("g"));
        redis_run(g->scene.redis);
        redis_answer(g->scene.redis); /* an empty list */
    }
    hub_on_lost(g->scene.hub, (struct node *)&g->scene, str_of("g")); /* it is not there */
    hub_on_lost(g->scene.hub, node, str_of("other"));
    hub_on_gone(g->scene.hub, (struct node *)&g->scene);
    assert_int_equal(s->adds, 3);
}

static void
learn(struct stage *g, bool is_open)
{
    g->scene.redis->is_open = is_open;
    redis_learn(g->scene.redis, g->scene.hub);
}

/* The list is read again and again, until the slot moves no more. */
static void
a_group_of_an_open_slot_is_polled(void **state)
{
    struct stage *g = *state;
    struct requests *c = &g->scene.redis->commands;
    struct ws *ws = a_member(g, "g");
    size_t asked = 0;

    learn(g, true);
    assert_int_equal(g->scene.world.metrics.rooms_polled, 1);
    assert_int_equal(c->tail, 1); /* at once */
    assert_int_equal(c->queue[0].node, -1);
    learn(g, true); /* that is known */
    publish(g, "g", 5);
    scene_turn_end(&g->scene);
    assert_string_equal(client_got(ws), ""); /* it is in the list, if it is a message at all */
    for (int i = 0; i < 100; i++) {
        fake_loop_advance(g->scene.world.env.loop, 10);
        if (redis_can_run(g->scene.redis)) {
            redis_run(g->scene.redis);
            redis_answer(g->scene.redis);
            asked++;
        }
    }
    assert_in_range(asked, 3, 5); /* in a second */
    learn(g, false);
    assert_int_equal(g->scene.world.metrics.rooms_polled, 0);
    assert_int_equal(c->queue[c->tail - 1].node, 0); /* with a mark */
    assert_int_not_equal(c->queue[c->tail - 1].mark, 0);
    asked = c->tail;
    fake_loop_advance(g->scene.world.env.loop, 10000);
    assert_int_equal(c->tail, asked);
}

/* A question under way is lost with its group. */
static void
a_polled_group_may_go(void **state)
{
    struct stage *g = *state;
    struct ws *ws = a_member(g, "g"), *other = a_member(g, "h");

    learn(g, true);
    assert_int_equal(g->scene.world.metrics.rooms_polled, 2);
    client_lose(ws);
    scene_turn_end(&g->scene);
    assert_int_equal(g->scene.world.metrics.rooms_polled, 1);
    ws = join(g, "i"); /* one that comes meanwhile is polled from the begin */
    assert_int_equal(g->scene.world.metrics.rooms_polled, 2);
    scene_settle(&g->scene);
    assert_string_equal(client_got(ws), "{\"list\":[],\"total\":0} ");
    fake_loop_advance(g->scene.world.env.loop, 300);
    client_lose(other);
    client_lose(ws);
    scene_turn_end(&g->scene);
    assert_int_equal(g->scene.world.metrics.rooms_polled, 0);
    scene_settle(&g->scene);
}

static void
moves_are_counted(void **state)
{
    struct stage *g = *state;

    a_member(g, "g");
    learn(g, false);
    assert_int_equal(g->scene.world.metrics.rooms_moved, 0);
    g->scene.redis->owner = g->scene.redis->keys_at = 1;
    learn(g, false);
    learn(g, false);
    assert_int_equal(g->scene.world.metrics.rooms_moved, 1);
    hub_on_lost(g->scene.hub, (struct node *)&g->scene.redis->second, str_of("g"));
    learn(g, false); /* the same one again */
    assert_int_equal(g->scene.world.metrics.rooms_moved, 1);
    assert_int_equal(g->scene.redis->second.adds, 2);
}

static void
a_hub_goes_with_all_its_groups(void **state)
{
    struct stage *g = *state;
    struct hub *hub = hub_create(&g->scene.world.env, redis_nodes(g->scene.redis), g->scene.flusher,
                                 str_of("node"));
    struct ws *ws = client_open(&g->scene.world, "g"), *other = client_open(&g->scene.world, "h");

    hub_join(hub, ws->session);
    hub_join(hub, other->session);
    hub_on_subscribed(hub, redis_node(g->scene.redis),
                      str_of("g")); /* a snapshot is under way: it goes, too */
    client_lose(ws);
    client_lose(other);
    hub_destroy(hub);
    hub_destroy(NULL);
    assert_int_equal(g->scene.redis->subscriber.removes, 2);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_group_appears_with_its_first_client),
        test(who_joins_a_group_that_is_there_is_asked_for_at_once),
        test(a_group_goes_with_its_last_client),
        test(a_group_stays_if_somebody_comes_in_the_same_turn),
        test(a_group_that_goes_is_flushed_no_more),
        test(groups_that_many_leave_at_once_go_all),
        test(a_log_shrinks_when_the_slowest_client_leaves),
        test(messages_go_to_their_group),
        test(what_was_heard_is_told_by_the_newest_ts),
        test(all_groups_hear_of_the_connections),
        test(what_another_node_brings_means_nothing),
        test(a_group_without_a_node_waits_for_one),
        test(a_group_that_its_node_loses_catches_up_at_the_next),
        test(a_group_of_an_open_slot_is_polled),
        test(a_polled_group_may_go),
        test(moves_are_counted),
        test(a_hub_goes_with_all_its_groups),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
