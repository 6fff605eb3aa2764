/* test_flusher.c - when a room is flushed. */
#include "push-daemon/room/flusher.h"

#include "tests/unit/push-daemon/a_frame.h"
#include "tests/unit/push-daemon/room/a_client.h"

enum {
    INTERVAL_MS = 5 /* push.flushIntervalMs */
};

struct stage {
    struct config config;
    struct world world;
    struct flusher *flusher;
    struct room rooms[2];
    struct ws *members[2];
};

static void
on_leave(void *ctx)
{
    (void)ctx;
}

static int
set_up(void **state)
{
    struct stage *g = calloc(1, sizeof(*g));

    assert_non_null(g);
    a_config_make(&g->config);
    g->config.push.flush_interval_ms = INTERVAL_MS;
    world_open(&g->world, &g->config);
    g->flusher = flusher_create(&g->world.env);
    for (int i = 0; i < 2; i++) {
        room_init(&g->rooms[i], &g->world.env, str_of("g"), on_leave, NULL);
        g->members[i] = client_open(&g->world, "g");
        room_wait(&g->rooms[i], g->members[i]->session);
        room_admit(&g->rooms[i], g->members[i]->session, 0, NULL);
    }
    *state = g;
    return 0;
}

static int
tear_down(void **state)
{
    struct stage *g = *state;

    world_lose_clients(&g->world);
    for (int i = 0; i < 2; i++) {
        flusher_remove(g->flusher, &g->rooms[i]);
        room_fini(&g->rooms[i]);
    }
    flusher_destroy(g->flusher);
    flusher_destroy(NULL);
    world_close(&g->world);
    a_config_free(&g->config);
    free(g);
    return 0;
}

/* The room grows by a frame of so many bytes, and is to be flushed. */
static void
grow(struct stage *g, int room, size_t bytes)
{
    size_t head = bytes < 128 ? 2 : bytes < 65540 ? 4 : 10;
    char *text = calloc(1, bytes);

    memset(text, 'x', bytes);
    append_text_to_room(&g->rooms[room], str_make(text, bytes - head), 1, SIZE_MAX);
    flusher_add(g->flusher, &g->rooms[room]);
    free(text);
}

/* So many ms pass, in which the process has the CPU for some percent; then the turn ends. */
static void
pass(struct stage *g, int64_t ms, int percent)
{
    fake_cpu_us += ms * 10 * percent;
    g->world.env.loop->now_ms += ms;
    flusher_run(g->flusher);
}

static size_t
sent(const struct stage *g, int room)
{
    return g->members[room]->got.len;
}

static void
a_room_that_grew_is_flushed_once(void **state)
{
    struct stage *g = *state;

    flusher_run(g->flusher);
    grow(g, 0, 10);
    grow(g, 1, 10);
    grow(g, 0, 10);
    assert_int_equal(sent(g, 0), 0);
    flusher_run(g->flusher);
    assert_int_equal(sent(g, 0), 20);
    assert_int_equal(sent(g, 1), 10);
    assert_false(g->rooms[0].dirty);
    flusher_run(g->flusher);
    assert_int_equal(g->world.metrics.flush_messages.count, 2);
    assert_int_equal(g->world.metrics.flush_messages.sum, 3);
    grow(g, 0, 10);
    flusher_run(g->flusher);
    assert_int_equal(sent(g, 0), 30);
    assert_int_equal(fake_loop_timer_count(g->world.env.loop), 0);
}

static void
a_room_that_was_removed_is_not_flushed(void **state)
{
    struct stage *g = *state;

    grow(g, 0, 10);
    grow(g, 1, 10);
    flusher_remove(g->flusher, &g->rooms[0]);
    flusher_remove(g->flusher, &g->rooms[0]);
    flusher_run(g->flusher);
    assert_int_equal(sent(g, 0), 0);
    assert_int_equal(sent(g, 1), 10);
    flusher_add(g->flusher, &g->rooms[0]);
    flusher_run(g->flusher);
    assert_int_equal(sent(g, 0), 10);
}

static const struct wait {
    const char *what;
    int percent;      /* of a core that the process had */
    int64_t since_ms; /* the room was flushed */
    size_t bytes;     /* it grew by */
    bool no_member;
    int64_t wait_ms; /* wanted */
} waits[] = {
    {"the process is not CPU-bound", 39, 0, 10, false, 0},
    {"it is, and the room was flushed just now", 40, 0, 10, false, INTERVAL_MS},
    {"it was flushed some ms ago", 100, 2, 10, false, INTERVAL_MS - 2},
    {"nearly an interval ago", 100, INTERVAL_MS - 1, 10, false, 1},
    {"an interval ago", 100, INTERVAL_MS, 10, false, 0},
    {"long ago", 100, 19, 10, false, 0},
    {"it grew by much", 100, 0, 65536, false, 0},
    {"by nearly as much", 100, 0, 65535, false, INTERVAL_MS},
    {"nobody reads it", 100, 0, 10, true, 0},
};

static void
a_room_waits_only_if_that_pays(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        const struct wait *w = &waits[i];
        void *at = NULL;
        struct stage *g;
        const struct loop *loop;

        set_up(&at);
        g = at;
        loop = g->world.env.loop;
        flusher_run(g->flusher); /* the measuring begins here */
        grow(g, 0, 10);
        pass(g, 20, w->percent); /* flushed now, as it never was before */
        assert_int_equal(sent(g, 0), 10);
        if (w->no_member) {
            client_lose(g->members[0]);
        }
        if (w->since_ms > 0) {
            pass(g, w->since_ms, w->percent);
        }
        grow(g, 0, w->bytes);
        flusher_run(g->flusher);
        if (g->rooms[0].dirty != (w->wait_ms > 0) ||
            fake_loop_timer_count(loop) != (w->wait_ms > 0)) {
            fail_msg("%s: it %s", w->what, g->rooms[0].dirty ? "waits" : "does not wait");
        }
        if (w->wait_ms > 0) {
            assert_int_equal(fake_loop_next_timer(loop, INT64_MAX, 1000)->due_ms,
                             loop->now_ms + w->wait_ms);
            if (w->wait_ms > 1) {
                pass(g, w->wait_ms - 1, w->percent);
                assert_true(g->rooms[0].dirty);
            }
            fake_loop_advance(g->world.env.loop, 1); /* the timer fires: its turn does the rest */
            flusher_run(g->flusher);
        }
        assert_false(g->rooms[0].dirty);
        assert_int_equal(room_unflushed(&g->rooms[0]), 0);
        tear_down(&at);
    }
}

static void
the_first_of_those_that_wait_is_waited_for(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) { /* whichever was added first */
        void *at = NULL;
        struct stage *g;
        const struct loop *loop;

        set_up(&at);
        g = at;
        loop = g->world.env.loop;
        flusher_run(g->flusher);
        grow(g, 1, 10);
        pass(g, 20, 100); /* room 1 is flushed */
        grow(g, 0, 10);
        pass(g, 2, 100); /* room 0 */
        grow(g, first, 10);
        grow(g, 1 - first, 10);
        flusher_run(g->flusher);
        assert_int_equal(sent(g, 0) + sent(g, 1), 20);
        assert_int_equal(fake_loop_next_timer(loop, INT64_MAX, 1000)->due_ms,
                         loop->now_ms + INTERVAL_MS - 2);
        pass(g, INTERVAL_MS - 2, 100);
        assert_int_equal(sent(g, 0), 10);
        assert_int_equal(sent(g, 1), 20);
        assert_int_equal(fake_loop_next_timer(loop, INT64_MAX, 1000)->due_ms, loop->now_ms + 2);
        tear_down(&at);
    }
}

static void
a_quiet_process_waits_no_more(void **state)
{
    struct stage *g = *state;

    flusher_run(g->flusher);
    pass(g, 20, 100);
    g->config.push.flush_interval_ms = 1000;
    grow(g, 0, 10);
    flusher_run(g->flusher);
    grow(g, 0, 10);
    pass(g, 20, 15);
    assert_int_equal(sent(g, 0), 10);
    pass(g, 20, 14);
    assert_int_equal(sent(g, 0), 20);
}

static void
all_are_flushed_whenever_that_was_last(void **state)
{
    struct stage *g = *state;

    flusher_run(g->flusher);
    pass(g, 20, 100);
    for (int i = 0; i < 2; i++) {
        grow(g, i, 10);
    }
    flusher_run(g->flusher);
    for (int i = 0; i < 2; i++) {
        grow(g, i, 10);
    }
    flusher_run(g->flusher);
    assert_int_equal(sent(g, 0) + sent(g, 1), 20);
    flusher_run_all(g->flusher);
    assert_int_equal(sent(g, 0), 20);
    assert_int_equal(sent(g, 1), 20);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_room_that_grew_is_flushed_once),
        test(a_room_that_was_removed_is_not_flushed),
        cmocka_unit_test(a_room_waits_only_if_that_pays),
        cmocka_unit_test(the_first_of_those_that_wait_is_waited_for),
        test(a_quiet_process_waits_no_more),
        test(all_are_flushed_whenever_that_was_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
