/* test_sync.c - how a room's log is kept in step with the list: windows, lists that change, what
 * is not there.
 *
 * That the order of events does not matter is shown by test_sync_orders.c. */
#include "push-daemon/sync/sync.h"

#include "push-daemon/sync/catchup.h"
#include "push-daemon/sync/join.h"
#include "tests/unit/push-daemon/fake_log.h"
#include "tests/unit/push-daemon/sync/a_model.h"

/* ---- scripts (a_model.h) ---- */

static const struct script {
    const char *what;
    int64_t list_num;
    const char *events;
    const char *wrong; /* what the model says at the end; empty: each client got the list */
} scripts[] = {
    {"the mark comes before the answer", 50, "o j sd xda o", ""},
    {"the answer comes before the mark", 50, "o j sd xad o", ""},
    {"messages between mark and answer", 50, "o j sd x dodo a", ""},
    {"messages between answer and mark", 50, "o j sd ooxooadddd", ""},
    {"two clients share a snapshot", 50, "o j j sd x j dao", ""},
    {"one comes while the first snapshot is used up", 50, "o j sdxda j o", ""},
    {"the only client leaves while the snapshot is under way", 50, "o j sdx l j o", ""},
    {"all leave and one comes, in the turn of the loop", 50, "ojj S llj o", ""},
    {"a client with a full socket", 50, "o j S f oo S oo S w o", ""},
    {"one is full from its first frame on", 50, "o j f S oo w o", ""},
    {"a member and a full one leave", 50, "o j j S f oo l o L", ""},
    {"Redis cannot be asked yet", 50, "o D j sd R o U R", ""},
    {"the answer is lost", 50, "o j sd x C o", ""},
    {"the answer is lost, its mark is not", 50, "o j sd x d C o", ""},
    {"the answer is there, and its mark is not to come", 50, "o j sd x a C o S", ""},
    {"the subscription breaks before the mark", 50, "o j sd x a c o", ""},
    {"the subscription breaks before the answer", 50, "o j sd x d c a o", ""},
    {"... again and again", 50, "o j S c o sd c o sdx c o sdxd c o sdxda c o", ""},
    {"missed", 50, "o j S c ooo", ""},
    {"missed, and held back before the mark", 50, "o j S c o sd o d x d a", ""},
    {"missed, and held back after the mark", 50, "o j S c o sd x d o d a", ""},
    {"held back, and the snapshot is lost", 50, "o j S c o sd x d o d C o d", ""},
    {"missed, and published only later", 50, "o j S c r S p", ""},
    {"missed, published between mark and answer", 50, "o j S c r sdx d p d a", ""},
    {"missed, published between answer and mark", 50, "o j S c r sd p x d a d", ""},
    {"missed, published four seconds later", 50, "o j S c r S 4 p", ""},
    {"missed, published too late", 50, "o j S c r S 44 p", "a foreign message not once"},
    {"a second break, and then the PUBLISH", 50, "o j S c r S c S p", ""},
    {"caught up with, and then in a first frame without members", 50, "o j S c r S c j l S p", ""},
    {"in the first frame, and published later", 50, "o r j S p", ""},
    {"in the first frame, published four seconds later", 50, "o r j S 4 p", ""},
    {"in the first frame, published too late", 50, "o r j S 44 p", "a foreign message not once"},
    {"in one first frame, and new to another client", 50, "o j S r j S p o", ""},
    {"in two first frames of different times", 50, "r j S 4 j S p o", ""},
    {"... the older of them is too old", 50, "j S r j S 44 r j S p p",
     "a foreign message not once"},
    {"in the first frame, published before it", 50, "o j S r p j S", ""},
    {"published before it, and known from the list for long", 50, "r j S 44 j p S o", "a foreign"},
    {"in the first frame, published between mark and answer", 50, "o r j sd x d p d a", ""},
    {"before the first frame, and published later", 1, "r o j S p", ""},
    {"no first frame at all", 0, "o r j S o p c o r S p", ""},
    {"first frames of one message, and a break", 1, "o o j S r o c o j S p", ""},
};

static void
clients_get_the_list(void **state)
{
    static struct model m;
    struct config config;

    (void)state;
    a_config_make(&config);
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        const struct script *s = &scripts[i];
        const char *wrong;

        config.message.list_num = s->list_num;
        model_open(&m, &config);
        model_run(&m, s->events);
        wrong = model_finish(&m);
        if (strncmp(wrong, s->wrong, strlen(s->wrong)) != 0 ||
            (s->wrong[0] == '\0') != (wrong[0] == '\0')) {
            fail_msg("%s, \"%s\": %s", s->what, s->events, wrong);
        }
    }
    a_config_free(&config);
}

/* ---- scenes ---- */

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
    a_config_free(&g->config);
    free(g);
    return 0;
}

/* Message number id; its ts grows with it. Valid until the next call. */
static const char *
message(int id)
{
    static char text[128];

    snprintf(text, sizeof(text), "{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"%d\",\"ts\":%d}",
             id, 1000 + id);
    return text;
}

/* Messages from..to are written. They arrive at once if the group is subscribed to. */
static void
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

static void
push_garbage(struct stage *g, int count)
{
    for (int i = 0; i < count; i++) {
        char text[32];

        snprintf(text, sizeof(text), "garbage %d", i);
        redis_push(g->scene.redis, text);
    }
}

/* Carries out what was asked, and answers; returns how many entries were asked for. */
static int64_t
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
static struct ws *
a_member(struct stage *g)
{
    struct ws *ws = scene_join(&g->scene);

    scene_settle(&g->scene);
    assert_in_range(ws->got.len, 1, SIZE_MAX);
    return ws;
}

/* The numbers of the messages in the text, "3 4 5 ". */
static void
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
static const char *
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

/* ---- while the slot is on the move ---- */

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
        cmocka_unit_test(clients_get_the_list),
        test(a_first_frame_asks_for_more_if_entries_are_no_messages),
        test(a_first_frame_shows_less_if_most_entries_are_no_messages),
        test(a_rooms_first_snapshot_is_not_too_small),
        test(catching_up_asks_for_what_is_known_and_some_more),
        test(catching_up_asks_for_more_if_much_was_missed),
        test(members_that_missed_too_much_are_closed),
        test(catching_up_works_when_not_all_is_remembered),
        test(catching_up_goes_back_to_the_oldest_that_is_remembered),
        cmocka_unit_test(a_publish_that_came_late_does_not_tell_where_the_room_stands),
        test(a_foreign_message_before_all_others_is_caught_up_with),
        test(a_foreign_message_whose_publish_was_lost_is_caught_up_with),
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
        test(readings_are_not_logged),
        test(a_list_that_changed_is_logged_once),
        test(a_key_that_holds_no_list_is_read_until_it_does),
        test(what_was_held_back_comes_once),
        test(an_answer_that_says_nothing_is_asked_for_again),
        test(held_messages_are_bounded_by_asking_again),
        test(a_joiner_gets_all_that_came_behind_the_mark),
        test(a_joiner_waits_for_another_snapshot_if_the_log_lost_its_place),
        test(a_log_is_not_kept_for_a_snapshot_that_was_lost),
        test(only_clients_that_do_not_read_fall_off_the_log),
        test(each_message_goes_by_itself_if_the_settings_say_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
