/* test_room.c - a group's log and the clients that read it; and the cohorts of a first frame. */
#include "push-daemon/room/room.h"

#include "push-daemon/room/cohort.h"
#include "tests/unit/push-daemon/a_frame.h"
#include "tests/unit/push-daemon/room/a_client.h"

struct stage {
    struct config config;
    struct world world;
    struct room room;
    int left; /* how often a client left */
};

static void
on_leave(void *ctx)
{
    struct stage *g = ctx;

    g->left++;
}

static int
set_up(void **state)
{
    struct stage *g = calloc(1, sizeof(*g));

    assert_non_null(g);
    a_config_make(&g->config);
    world_open(&g->world, &g->config);
    room_init(&g->room, &g->world.env, str_of("g"), on_leave, g);
    *state = g;
    return 0;
}

static int
tear_down(void **state)
{
    struct stage *g = *state;

    world_lose_clients(&g->world);
    assert_true(room_is_empty(&g->room));
    room_fini(&g->room);
    world_close(&g->world);
    a_config_free(&g->config);
    free(g);
    return 0;
}

static struct ws *
a_waiting_one(struct stage *g)
{
    struct ws *ws = client_open(&g->world, "g");

    room_wait(&g->room, ws->session);
    return ws;
}

/* It reads the log from its end on. */
static struct ws *
a_member(struct stage *g, struct cohort *cohort)
{
    struct ws *ws = a_waiting_one(g);

    room_admit(&g->room, ws->session, framelog_end(&g->room.log), cohort);
    return ws;
}

static void
append(struct stage *g, const char *text)
{
    append_text_to_room(&g->room, str_of(text), (unsigned char)text[0], SIZE_MAX);
}

static void
clients_wait_become_members_and_leave(void **state)
{
    struct stage *g = *state;
    struct ws *first = a_waiting_one(g), *second = a_waiting_one(g);

    assert_ptr_equal(g->room.waiting, first->session);
    assert_int_equal(first->session->state, SESSION_WAITING);
    assert_ptr_equal(first->session->chat.room, &g->room);
    room_admit(&g->room, first->session, 0, NULL);
    assert_int_equal(first->session->state, SESSION_LIVE);
    assert_ptr_equal(g->room.members, first->session);
    assert_ptr_equal(g->room.waiting, second->session);
    client_lose(second);
    assert_null(g->room.waiting);
    assert_false(room_is_empty(&g->room));
    room_leave(&g->room, first->session);
    assert_null(first->session->chat.room);
    assert_true(room_is_empty(&g->room));
    assert_int_equal(g->left, 2);
    append(g, "a");
    room_flush(&g->room);
    assert_string_equal(client_got(first), ""); /* it reads the log no more */
}

static void
all_of_one_kind_are_closed(void **state)
{
    struct stage *g = *state;
    struct ws *members[2] = {a_member(g, NULL), a_member(g, NULL)};
    struct ws *waiting[2] = {a_waiting_one(g), a_waiting_one(g)};

    room_close_members(&g->room, CLOSE_MISSED_TOO_MUCH);
    assert_string_equal(client_got(members[0]), "close:1013 ");
    assert_string_equal(client_got(members[1]), "close:1013 ");
    assert_string_equal(client_got(waiting[0]), "");
    assert_null(g->room.members);
    room_close_waiting(&g->room, CLOSE_LIST_UNREADABLE);
    assert_string_equal(client_got(waiting[0]), "close:1011 ");
    assert_string_equal(client_got(waiting[1]), "close:1011 ");
    assert_int_equal(g->left, 4);
}

static void
each_member_gets_what_it_has_not_got(void **state)
{
    struct stage *g = *state;
    struct ws *first = a_member(g, NULL), *full = a_member(g, NULL), *late;

    full->full = true;
    append(g, "a");
    assert_int_equal(room_unflushed(&g->room), 3);
    late = a_member(g, NULL);
    g->room.unflushed_since_us = 1;
    append(g, "b");
    assert_int_equal(room_unflushed(&g->room), 6);
    assert_int_equal(g->room.unflushed_since_us, 1); /* the first one counts */
    room_flush(&g->room);
    assert_int_equal(room_unflushed(&g->room), 0);
    assert_string_equal(client_got(first), "a b ");
    assert_string_equal(client_got(late), "b ");
    assert_string_equal(client_got(full), "");
    assert_int_equal(framelog_base(&g->room.log), 0); /* one still needs it */
    room_flush(&g->room);
    assert_string_equal(client_got(first), "a b ");
    client_set_writable(full);
    assert_string_equal(client_got(full), "a b ");
    assert_int_equal(g->world.metrics.deliveries, 5);
    room_flush(&g->room);
    assert_int_equal(framelog_base(&g->room.log), 6);           /* now nobody does */
    assert_int_equal(g->world.metrics.flush_messages.count, 1); /* the others had nothing new */
    assert_int_equal(g->world.metrics.flush_messages.sum, 2);
    assert_int_equal(g->world.metrics.flush_lag_us.count, 1);
}

static void
a_log_is_kept_from_an_offset_on(void **state)
{
    struct stage *g = *state;

    append(g, "a");
    append(g, "b");
    append(g, "c");
    room_keep_from(&g->room, 3);
    room_flush(&g->room);
    assert_int_equal(framelog_base(&g->room.log), 3);
    room_keep_from(&g->room, 100);
    room_flush(&g->room);
    assert_int_equal(framelog_base(&g->room.log), 9);
    append(g, "d");
    room_keep_from(&g->room, ROOM_KEEP_NOTHING);
    room_flush(&g->room);
    assert_int_equal(framelog_base(&g->room.log), 12);
}

static void
a_log_is_bounded(void **state)
{
    struct stage *g = *state;
    struct ws *ws = a_member(g, NULL), *full = a_member(g, NULL);

    full->full = true;
    for (int i = 0; i < 5; i++) {
        append_text_to_room(&g->room, BYTES("x"), 1, 9);
        room_flush(&g->room);
    }
    assert_string_equal(client_got(ws), "x x x x x ");
    client_set_writable(full);
    assert_string_equal(client_got(full), "close:1013 ");
    assert_int_equal(framelog_end(&g->room.log), 15);
}

static struct cohort *
a_cohort(struct stage *g, const char *pending)
{
    struct cohort *c = cohort_create(loop_now_ms(g->world.env.loop) + 5000);

    for (; *pending != '\0'; pending++) {
        pending_dups_add(&c->pending, (unsigned char)*pending);
    }
    room_add_cohort(&g->room, cohort_ref(c));
    return c;
}

static void
a_cohort_skips_what_it_has(void **state)
{
    struct stage *g = *state;
    struct cohort *older = a_cohort(g, "abb"), *newer = a_cohort(g, "bc");
    struct ws *first = a_member(g, older), *second = a_member(g, newer),
              *third = a_member(g, newer);
    struct ws *other = a_member(g, NULL);

    cohort_unref(older);
    cohort_unref(newer);
    for (const char *text = "x\0a\0a\0b\0b\0c\0d\0b\0"; *text != '\0'; text += 2) {
        append(g, text);
    }
    room_flush(&g->room);
    assert_string_equal(client_got(other), "x a a b b c d b ");
    assert_string_equal(client_got(first), "x a c d b ");
    assert_string_equal(client_got(second), "x a a b d b ");
    assert_string_equal(client_got(third), "x a a b d b ");
}

static void
a_cohort_skips_for_five_seconds(void **state)
{
    struct stage *g = *state;
    struct cohort *older = a_cohort(g, "ab"), *newer;
    struct ws *first = a_member(g, older), *second;

    fake_loop_advance(g->world.env.loop, 2000);
    newer = a_cohort(g, "bc");
    second = a_member(g, newer);
    fake_loop_advance(g->world.env.loop, 2999);
    append(g, "a");
    fake_loop_advance(g->world.env.loop, 1);
    append(g, "b");
    assert_ptr_equal(g->room.cohorts, newer);
    assert_null(newer->next);
    assert_int_equal(older->pending.count,
                     0); /* its memory is given back, though a client holds it */
    fake_loop_advance(g->world.env.loop, 2000);
    append(g, "c");
    assert_null(g->room.cohorts);
    room_flush(&g->room);
    assert_string_equal(client_got(first), "b c ");
    assert_string_equal(client_got(second), "a c ");
    cohort_unref(older);
    cohort_unref(newer);
}

static void
a_cohort_lives_as_long_as_somebody_holds_it(void **state)
{
    struct stage *g = *state;
    struct cohort *c = a_cohort(g, "a"); /* the room's and ours */
    struct ws *ws;

    assert_int_equal(c->references, 2);
    ws = a_member(g, c);
    assert_int_equal(c->references, 3);
    room_leave(&g->room, ws->session);
    assert_null(ws->session->chat.cohort);
    assert_int_equal(c->references, 2);
    a_member(g, c); /* until the room goes */
    assert_int_equal(c->references, 3);
    cohort_unref(c);
    cohort_unref(NULL);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(clients_wait_become_members_and_leave),
        test(all_of_one_kind_are_closed),
        test(each_member_gets_what_it_has_not_got),
        test(a_log_is_kept_from_an_offset_on),
        test(a_log_is_bounded),
        test(a_cohort_skips_what_it_has),
        test(a_cohort_skips_for_five_seconds),
        test(a_cohort_lives_as_long_as_somebody_holds_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
