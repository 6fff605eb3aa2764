/* test_marks.c - requests under way: marks and answers in either order, lost, or not
 * wanted any more. */
#include "push-daemon/room/marks.h"

#include "lib/redis/commands.h"
#include "push-daemon/sync/snapshot.h"
#include "tests/unit/push-daemon/room/a_room.h"

struct stage {
    struct config config;
    struct scene scene;
    struct marks *marks;
    char log[2048]; /* what the owner was told */
};

static int
set_up(void **state)
{
    struct stage *g = calloc(1, sizeof(*g));

    assert_non_null(g);
    a_config_make(&g->config);
    scene_open(&g->scene, &g->config);
    g->marks = marks_create(redis_node(g->scene.redis), str_of("node"));
    *state = g;
    return 0;
}

static int
tear_down(void **state)
{
    struct stage *g = *state;

    marks_destroy(g->marks);
    scene_close(&g->scene);
    a_config_free(&g->config);
    free(g);
    return 0;
}

static void
on_mark(struct marked *m)
{
    struct snapshot *s = (struct snapshot *)m;
    struct stage *g = m->owner;

    assert_int_equal(m->mark, 0);
    snprintf(g->log + strlen(g->log), sizeof(g->log) - strlen(g->log), "mark:%d ", (int)s->window);
}

static void
on_answer(struct marked *m, const struct reply *reply)
{
    struct snapshot *s = (struct snapshot *)m;
    struct stage *g = m->owner;

    assert_true(m->answered);
    snprintf(g->log + strlen(g->log), sizeof(g->log) - strlen(g->log), "%s:%d ",
             reply != NULL ? "answer" : "lost", (int)s->window);
}

static bool
request(struct stage *g, struct snapshot *s)
{
    struct argv argv;
    bool sent;

    argv_init(&argv);
    cmd_snapshot(&argv, &g->config, str_of("g"), s->window, s->most_bytes,
                 marks_daemon_id(g->marks), marks_next(g->marks));
    sent = marks_request(g->marks, &s->request, &argv);
    argv_fini(&argv);
    return sent;
}

/* The window tells one from the other in the log. */
static struct snapshot *
ask(struct stage *g, int64_t window)
{
    struct snapshot *s = snapshot_create(g, window, 1000);

    s->request.on_mark = on_mark;
    s->request.on_answer = on_answer;
    assert_true(request(g, s));
    return s;
}

/* The fake knows the form of no other script. */
static void
ask_more(struct snapshot *s)
{
    struct stage *g = s->request.owner;
    struct argv argv;

    argv_init(&argv);
    cmd_snapshot(&argv, &g->config, str_of("g"), s->window, s->most_bytes,
                 marks_daemon_id(g->marks), 0);
    assert_true(marks_ask_more(&s->request, &argv));
    assert_false(s->request.answered);
    argv_fini(&argv);
}

#define assert_log(g, wanted)                                                                      \
    do {                                                                                           \
        assert_string_equal((g)->log, wanted);                                                     \
        (g)->log[0] = '\0';                                                                        \
    } while (0)

static void
each_snapshot_has_a_mark_of_its_own(void **state)
{
    struct stage *g = *state;
    const struct redis_request *asked = g->scene.redis->commands.queue;
    struct snapshot *first = ask(g, 10), *second = ask(g, 20);

    assert_int_equal(asked[0].window, 10);
    assert_int_equal(asked[1].window, 20);
    assert_int_equal(asked[0].mark, 1); /* 0 is a probe's */
    assert_int_equal(asked[1].mark, 2);
    marks_on_mark(g->marks, 0);
    marks_on_mark(g->marks, 3);
    assert_log(g, "");
    marks_on_mark(g->marks, 2);
    assert_log(g, "mark:20 ");
    redis_run(g->scene.redis);
    redis_run(g->scene.redis);
    redis_answer(g->scene.redis);
    redis_answer(g->scene.redis);
    assert_log(g, "answer:10 answer:20 ");
    marks_on_mark(g->marks, 1);
    marks_on_mark(g->marks, 1);
    marks_on_mark(g->marks, 2);
    assert_log(g, "mark:10 ");
    snapshot_destroy(first);
    snapshot_destroy(second);
}

/* m: the mark comes; a: the answer; l: it is lost; x: it is not wanted any more. */
static const struct life {
    const char *events;
    const char *log;
} lives[] = {
    {"ma", "mark:7 answer:7 "},
    {"am", "answer:7 mark:7 "},
    {"lm", "lost:7 mark:7 "},
    {"ml", "mark:7 lost:7 "},
    {"xma", ""},
    {"xam", ""},
    {"xlm", ""},
    {"mxa", "mark:7 "},
    {"mxl", "mark:7 "},
    {"axm", "answer:7 "},
    {"lxm", "lost:7 "},
    {"max", "mark:7 answer:7 "},
    {"x", ""}, /* the end comes while it is under way */
    {"m", "mark:7 "},
    {"mx", "mark:7 "},
    {"", ""},
};

/* Valgrind or ASan sees what is freed twice, or never. */
static void
mark_and_answer_come_in_any_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
        const struct life *life = &lives[i];
        bool owned = true, answered = false;
        struct snapshot *s;
        struct stage *g;
        void *at = NULL;

        set_up(&at);
        g = at;
        s = ask(g, 7);
        for (const char *event = life->events; *event != '\0'; event++) {
            if (*event == 'm') {
                marks_on_mark(g->marks, 1);
            } else if (*event == 'x') {
                marks_abandon(&s->request);
                owned = false;
            } else {
                redis_answer_with(g->scene.redis, *event == 'a' ? "*2\r\n:0\r\n*0\r\n" : NULL);
                answered = true;
            }
        }
        assert_string_equal(g->log, life->log);
        if (owned && answered) {
            snapshot_destroy(s); /* else marks_destroy() does it */
        }
        tear_down(&at);
    }
}

/* The mark comes with the answer, as what is heard is not compared with it. */
static void
without_marks_each_comes_with_its_answer(void **state)
{
    static const struct life polls[] = {
        {"a", "mark:7 answer:7 "},
        {"l", "mark:7 lost:7 "},
        {"aa", "mark:7 answer:7 answer:7 "}, /* one more question has no mark */
        {"al", "mark:7 answer:7 lost:7 "},
        {"xa", ""},
        {"xl", ""},
        {"x", ""},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(polls) / sizeof(polls[0]); i++) {
        const char *events = polls[i].events;
        struct snapshot *s;
        struct stage *g;
        void *at = NULL;

        set_up(&at);
        g = at;
        marks_destroy(g->marks);
        g->marks = marks_create_polls(redis_nodes(g->scene.redis), str_of("node"));
        s = ask(g, 7);
        assert_int_equal(g->scene.redis->commands.queue[0].mark, 0);
        assert_int_equal(marks_next(g->marks), 0);
        if (*events == 'x') {
            marks_abandon(&s->request);
            events++;
        }
        for (const char *e = events; *e != '\0'; e++) {
            if (e > events) {
                ask_more(s);
            }
            redis_answer_with(g->scene.redis, *e == 'a' ? "*2\r\n:0\r\n*0\r\n" : NULL);
        }
        assert_string_equal(g->log, polls[i].log);
        if (polls[i].events[0] == 'a' || polls[i].events[0] == 'l') {
            snapshot_destroy(s);
        }
        tear_down(&at);
    }
}

static void
one_that_cannot_be_asked_for_stays_the_callers(void **state)
{
    struct stage *g = *state;
    struct snapshot *s = snapshot_create(g, 7, 1000);

    s->request.on_mark = on_mark;
    g->scene.redis->commands.down = true;
    assert_false(request(g, s));
    marks_on_mark(g->marks, 1);
    assert_log(g, "");
    snapshot_destroy(s);
    marks_destroy(NULL);
    g->scene.redis->commands.down = false;
    ask(g, 8);
    marks_on_mark(g->marks, 2);
    assert_log(g, "");
    marks_on_mark(g->marks, 1);
    assert_log(g, "mark:8 ");
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* What a script answered; so many bytes. */
static void
answer_of(struct stage *g, size_t bytes)
{
    static char wire[1 << 18];
    int head = snprintf(wire, sizeof(wire), "*2\r\n:0\r\n*1\r\n$%zu\r\n", bytes);

    memset(wire + head, 'x', bytes);
    strcpy(wire + head + bytes, "\r\n");
    redis_answer_with(g->scene.redis, wire);
}

static int
at_redis(const struct stage *g)
{
    return (int)(g->scene.redis->commands.tail - g->scene.redis->commands.head);
}

static void
few_go_at_once_while_answers_are_large(void **state)
{
    struct stage *g = *state;
    struct snapshot *s[40];

    for (int i = 0; i < 40; i++) {
        s[i] = ask(g, i + 1);
    }
    assert_int_equal(at_redis(g), 8);
    for (int i = 0; i < 3; i++) { /* each small answer lets one more go */
        answer_of(g, 10);
        assert_int_equal(at_redis(g), 9 + i);
    }
    for (int i = 0; i < 11; i++) { /* down to one */
        answer_of(g, 200000);
        assert_int_equal(at_redis(g), i < 10 ? 10 - i : 1);
    }
    for (int i = 0; i < 3; i++) {
        answer_of(g, 10);
        assert_int_equal(at_redis(g), 2 + i);
    }
    answer_of(g, 100000); /* neither */
    assert_int_equal(at_redis(g), 4);
    marks_abandon(&s[39]->request); /* it waits */
    while (at_redis(g) > 0) {
        answer_of(g, 10);
    }
    assert_null(strstr(g->log, ":40 "));
    g->log[0] = '\0';
    for (int i = 0; i < 39; i++) {
        marks_abandon(&s[i]->request);
    }
    for (int i = 0; i < 10; i++) { /* after a rest as at the begin */
        s[i] = ask(g, 1);
    }
    assert_int_equal(at_redis(g), 8);
    g->scene.redis->commands.down = true;
    for (int i = 0; i < 8; i++) {
        redis_answer_with(g->scene.redis, NULL);
    }
    assert_log(g, "lost:1 lost:1 lost:1 lost:1 lost:1 lost:1 lost:1 lost:1 lost:1 lost:1 ");
    for (int i = 0; i < 10; i++) {
        marks_abandon(&s[i]->request);
    }
    g->scene.redis->commands.down = false;
    for (int i = 0; i < 10; i++) { /* marks_destroy() takes those that wait, too */
        (void)ask(g, 1);
    }
}

static void
never_more_than_64_go_at_once(void **state)
{
    struct stage *g = *state;
    struct snapshot *s[200];

    for (int i = 0; i < 200; i++) {
        s[i] = ask(g, 1);
    }
    for (int i = 0; i < 100; i++) {
        answer_of(g, 10);
        assert_int_equal(at_redis(g), i < 56 ? 9 + i : 64);
    }
    while (at_redis(g) > 0) {
        answer_of(g, 10);
    }
    for (int i = 0; i < 200; i++) {
        marks_abandon(&s[i]->request);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(each_snapshot_has_a_mark_of_its_own),
        cmocka_unit_test(mark_and_answer_come_in_any_order),
        test(without_marks_each_comes_with_its_answer),
        test(one_that_cannot_be_asked_for_stays_the_callers),
        test(few_go_at_once_while_answers_are_large),
        test(never_more_than_64_go_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
