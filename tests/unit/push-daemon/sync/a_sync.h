/* a_sync.h - a room, its clients and a list, step by step. */
#ifndef TESTS_UNIT_PUSHD_SYNC_A_SYNC_H
#define TESTS_UNIT_PUSHD_SYNC_A_SYNC_H

#include "push-daemon/sync/catchup.h"
#include "push-daemon/sync/join.h"
#include "push-daemon/sync/sync.h"
#include "tests/unit/push-daemon/fake_log.h"
#include "tests/unit/push-daemon/sync/a_model.h"

struct stage {
    struct config config;
    struct scene scene;
};

static inline int
set_up(void **state)
{
    struct stage *g = calloc(1, sizeof(*g));

    assert_non_null(g);
    a_config_make(&g->config);
    scene_open(&g->scene, &g->config);
    *state = g;
    return 0;
}

static inline int
tear_down(void **state)
{
    struct stage *g = *state;

    scene_close(&g->scene);
    a_config_free(&g->config);
    free(g);
    return 0;
}

/* Message number id; its ts grows with it. Valid until the next call. */
static inline const char *
message(int id)
{
    static char text[128];

    snprintf(text, sizeof(text), "{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"%d\",\"ts\":%d}",
             id, 1000 + id);
    return text;
}

/* Messages from..to are written. They arrive at once if the group is subscribed to. */
static inline void
write_messages(struct stage *g, int from, int to)
{
    for (int id = from; id <= to; id++) {
        redis_push(g->scene.redis, message(id));
        redis_publish(g->scene.redis, message(id));
        while (redis_can_deliver(g->scene.redis)) {
            scene_deliver(&g->scene);
        }
        if (id % 16 == 0) {
            scene_turn_end(&g->scene);
        }
    }
    scene_turn_end(&g->scene);
}

static inline void
push_garbage(struct stage *g, int count)
{
    for (int i = 0; i < count; i++) {
        char text[32];

        snprintf(text, sizeof(text), "garbage %d", i);
        redis_push(g->scene.redis, text);
    }
}

/* Carries out what was asked, and answers; returns how many entries were asked for. */
static inline int64_t
answer(struct stage *g)
{
    struct redis *r = g->scene.redis;
    int64_t window;

    while (redis_can_subscribe(r)) {
        redis_subscribe(r);
    }
    while (redis_can_deliver(r)) {
        scene_deliver(&g->scene);
    }
    if (!redis_can_run(r)) {
        return -1;
    }
    window = r->commands.queue[r->commands.run].window;
    redis_run(r);
    while (redis_can_deliver(r)) {
        scene_deliver(&g->scene);
    }
    redis_answer(r);
    scene_turn_end(&g->scene);
    return window;
}

/* A client with its first frame. */
static inline struct ws *
a_member(struct stage *g)
{
    struct ws *ws = scene_join(&g->scene);

    scene_settle(&g->scene);
    assert_in_range(ws->got.len, 1, SIZE_MAX);
    return ws;
}

/* The numbers of the messages in the text, "3 4 5 ". */
static inline void
add_numbers(struct text *out, struct str text)
{
    const char *at;

    while ((at = memmem(text.p, text.len, "\"info\":\"", 8)) != NULL) {
        text_add_int(out, atoi(at + 8));
        text_add_str(out, " ");
        text = str_make(at + 8, text.len - (size_t)(at + 8 - text.p));
    }
}

/* What the client got since the last call: the numbers of messages, and "total:N" and
 * "close:N" behind what has them. Runs of numbers that follow each other are told as "3..5". */
static inline const char *
got(struct ws *ws)
{
    static char all[4096];
    struct str sent = text_str(&ws->got);
    struct text words;
    size_t at = 0;
    int from = -1, to = -1, code;

    text_init(&words);
    while (sent.len > 0) {
        struct str payload = client_take_frame(&sent, &code);
        const char *total = memmem(payload.p, payload.len, "],\"total\":", 10);

        add_numbers(&words, code == 0 ? payload : str_make("", 0));
        if (code != 0 || total != NULL) {
            text_add_str(&words, code != 0 ? "close:" : "total:");
            text_add_int(&words, code != 0 ? code : atoi(total + 10));
            text_add_str(&words, " ");
        }
    }
    all[0] = '\0';
    for (char *rest = words.bytes, *word; words.len > 0 && (word = strsep(&rest, " ")) != NULL;) {
        bool is_number = word[0] >= '0' && word[0] <= '9';

        if (is_number && from >= 0 && atoi(word) == to + 1) {
            to++;
            continue;
        }
        if (from >= 0) {
            at += (size_t)snprintf(all + at, sizeof(all) - at, from < to ? "%d..%d " : "%d ", from,
                                   to);
            from = -1;
        }
        if (is_number) {
            from = to = atoi(word);
        } else if (word[0] != '\0') {
            at += (size_t)snprintf(all + at, sizeof(all) - at, "%s ", word);
        }
        assert_in_range(at, 0, sizeof(all) - 1);
    }
    text_fini(&words);
    text_clear(&ws->got);
    return all;
}

#define assert_got(ws, wanted) assert_string_equal(got(ws), wanted)

#endif
