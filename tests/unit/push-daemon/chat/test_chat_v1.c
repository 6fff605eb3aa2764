/* test_chat.c - clients of /group/chat: each text that comes in is a message to the group. */
#include "push-daemon/chat/chat_v1.h"

#include "push-daemon/hub/hub.h"
#include "push-daemon/presence/presence.h"
#include "push-daemon/review/review.h"
#include "push-daemon/room/room.h"
#include "push-daemon/words/words.h"
#include "tests/unit/push-daemon/a_crowd.h"

enum {
    APPENDS_MAX = 500
};

static struct test {
    struct a_crowd crowd;
    struct chat_v1 chat;
    int joined, left;
    int entered, gone; /* as presence counts them */
    bool append_refuses;
    bool no_words; /* are known yet */
    int appends;   /* and how many of them have an outcome */
    int outcomes;
    append_fn *fn[APPENDS_MAX];
    void *arg[APPENDS_MAX];
    struct text messages; /* as "g u text token." */
} t;

/* ---- room/, presence/ and chat/review, as far as chat uses them ---- */

static struct room *const a_room = (struct room *)&t; /* nobody looks into it */

void
hub_join(struct hub *hub, struct session *s)
{
    assert_null(hub);
    session_set_state(s, SESSION_WAITING);
    s->chat.room = a_room;
    t.joined++;
}

void
room_leave(struct room *room, struct session *s)
{
    assert_ptr_equal(room, a_room);
    assert_ptr_equal(s->chat.room, a_room);
    s->chat.room = NULL;
    t.left++;
}

void
presence_enter(struct presence *p, struct str group, struct str user)
{
    assert_null(p);
    assert_bytes(group, BYTES("g"));
    assert_bytes(user, BYTES("u"));
    assert_int_equal(t.joined, t.entered); /* it counts before it joins */
    t.entered++;
}

void
presence_leave(struct presence *p, struct str group, struct str user)
{
    assert_null(p);
    assert_bytes(group, BYTES("g"));
    assert_bytes(user, BYTES("u"));
    t.gone++;
}

bool
review_message(struct review *r, struct session *s, const struct append_message *m, append_fn *fn,
               void *arg)
{
    const struct str words[] = {m->group, m->user, m->info, m->token};

    assert_null(r);
    assert_non_null(s);
    if (t.append_refuses) {
        return false;
    }
    for (int i = 0; i < 4; i++) {
        text_add(&t.messages, words[i].p, words[i].len);
        text_add_str(&t.messages, i < 3 ? " " : ".");
    }
    t.fn[t.appends] = fn;
    t.arg[t.appends++] = arg;
    return true;
}

/* The word "bad" is refused, "mask" becomes stars; before that nothing is known. */
enum words_verdict
words_check(struct words *w, const struct session *s, struct str *text)
{
    assert_null(w);
    assert_non_null(s);
    if (t.no_words) {
        return WORDS_NOT_KNOWN;
    }
    *text = str_is(*text, "mask") ? str_of("****") : *text;
    return str_is(*text, "bad") ? WORDS_REFUSED : WORDS_PASS;
}

/* The oldest messages that have none get their outcome. */
static void
tell(enum append_result result, int count)
{
    for (int i = 0; i < count; i++) {
        t.fn[t.outcomes](t.arg[t.outcomes], &(struct append_outcome){.result = result});
        t.outcomes++;
    }
}

/* ---- what the tests say ---- */

static int
setup(void **state)
{
    (void)state;
    memset(&t, 0, sizeof(t));
    a_crowd_make(&t.crowd);
    t.chat =
        (struct chat_v1){&t.crowd.env.env, t.crowd.sessions, t.crowd.auth, NULL, NULL, NULL, NULL};
    text_add_str(&t.messages, "");
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    tell(APPEND_STORED, t.appends - t.outcomes);
    text_fini(&t.messages);
    a_crowd_free(&t.crowd);
    return 0;
}

/* For the next row of a table. */
static void
restart(void **state)
{
    teardown(state);
    setup(state);
}

static void
ask_to_come_in(int i)
{
    struct ws_request request = a_request("g", "u", "10.0.0.1");

    t.crowd.s[i] = chat_v1_open(&t.chat, &t.crowd.ws[i], &request);
}

static void
come_in(int i)
{
    ask_to_come_in(i);
    fake_commands_answer(&t.crowd.commands, ":0\r\n");
}

static void
say(int i, int times)
{
    for (int k = 0; k < times; k++) {
        a_crowd_say(&t.crowd, i, BYTES("hi"));
    }
}

static void
assert_counts(uint64_t in, uint64_t stored, uint64_t refused, uint64_t limited)
{
    assert_int_equal(t.crowd.env.metrics.messages_in, in);
    assert_int_equal(t.crowd.env.metrics.messages_stored, stored);
    assert_int_equal(t.crowd.env.metrics.messages_refused, refused);
    assert_int_equal(t.crowd.env.metrics.messages_limited, limited);
}

/* ---- coming and going ---- */

static void
a_client_joins_its_room_and_leaves_it(void **state)
{
    (void)state;
    ask_to_come_in(0);
    assert_int_equal(t.joined, 0);
    fake_commands_answer(&t.crowd.commands, ":0\r\n");
    assert_int_equal(t.joined, 1);
    assert_int_equal(t.entered, 1);
    session_close(t.crowd.s[0], CLOSE_STOPPING);
    assert_int_equal(t.left, 1);
    a_crowd_lose(&t.crowd, 0);
    assert_int_equal(t.left, 1);
    assert_int_equal(t.gone, 1);
}

static void
a_client_that_never_came_in_leaves_no_room(void **state)
{
    (void)state;
    ask_to_come_in(0);
    fake_commands_answer(&t.crowd.commands, ":-4\r\n");
    assert_int_equal(t.joined, 0);
    assert_int_equal(t.left, 0);
    assert_int_equal(t.entered, 0);
    assert_int_equal(t.gone, 0);
}

/* ---- messages ---- */

static void
each_text_is_a_message(void **state)
{
    (void)state;
    come_in(0);
    a_crowd_say(&t.crowd, 0, BYTES("one"));
    a_config_set(&t.crowd.env.config, "im.group.loginAuth", "1");
    a_crowd_say(&t.crowd, 0, BYTES("tw\xc3\xb6"));
    assert_bytes(text_str(&t.messages), BYTES("g u one .g u tw\xc3\xb6 secret."));
    tell(APPEND_STORED, 2);
    assert_frames(&t.crowd.ws[0], ""); /* it comes back through the room */
    assert_counts(2, 2, 0, 0);
    assert_int_equal(t.crowd.s[0]->refs, 0);
}

static void
a_text_that_is_not_utf8_closes(void **state)
{
    (void)state;
    come_in(0);
    a_crowd_say(&t.crowd, 0, BYTES("\xff"));
    assert_int_equal(t.appends, 0);
    assert_frames(&t.crowd.ws[0], "(1007)");
    assert_counts(0, 0, 0, 0);
}

static void
a_client_that_writes_too_fast_is_told(void **state)
{
    (void)state;
    a_config_set(&t.crowd.env.config, "push.messagesPerSecond", "10");
    a_config_set(&t.crowd.env.config, "push.messageBurst", "3");
    come_in(0);
    come_in(1);
    say(0, 4);
    assert_frames(&t.crowd.ws[0], "429");
    say(1, 1); /* it is the same user */
    assert_frames(&t.crowd.ws[1], "429");
    assert_int_equal(t.appends, 3);
    fake_loop_advance(t.crowd.env.env.loop, 100);
    say(0, 2);
    assert_frames(&t.crowd.ws[0], "429");
    assert_int_equal(t.appends, 4);
    assert_counts(7, 0, 0, 3);
    assert_true(session_is_open(t.crowd.s[0]));
}

/* ---- outcomes ---- */

static void
each_outcome_has_its_consequence(void **state)
{
    static const struct {
        enum append_result result;
        const char *login_auth; /* a SIGHUP may have changed it since */
        const char *frames;
        uint64_t stored, refused;
        const char *closed; /* with this reason; NULL: it is open */
    } rows[] = {
        {APPEND_STORED, "1", "", 1, 0, NULL},
        {APPEND_REFUSED, "1", "503", 0, 1, NULL},
        {APPEND_NOT_LOGGED_IN, "1", "440|(1000)", 0, 0, "token is no longer valid"},
        {APPEND_NOT_LOGGED_IN, "0", "503", 0, 1, NULL},
        {APPEND_NOT_JOINED, "1", "(1000)", 0, 0, "has not joined the group"},
        {APPEND_NOT_ALLOWED, "1", "403", 0, 0, NULL},
        {APPEND_NOT_REVIEWED, "1", "503", 0, 1, NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        come_in(0);
        say(0, 1);
        a_config_set(&t.crowd.env.config, "im.group.loginAuth", rows[i].login_auth);
        tell(rows[i].result, 1);
        assert_frames(&t.crowd.ws[0], rows[i].frames);
        assert_counts(1, rows[i].stored, rows[i].refused, 0);
        assert_int_equal(session_is_open(t.crowd.s[0]), rows[i].closed == NULL);
        if (rows[i].closed != NULL) {
            assert_int_equal(a_env_closes(&t.crowd.env, rows[i].closed), 1);
        }
    }
}

static void
a_message_that_is_not_taken_is_refused(void **state)
{
    (void)state;
    come_in(0);
    t.append_refuses = true;
    say(0, 200);
    assert_counts(200, 0, 200, 0);
    assert_false(t.crowd.ws[0].paused); /* none of them is under way */
    assert_int_equal(t.crowd.s[0]->refs, 0);
}

static void
an_outcome_may_come_when_the_client_has_gone(void **state)
{
    (void)state;
    a_config_set(&t.crowd.env.config, "im.group.loginAuth", "1");
    come_in(0);
    say(0, 3);
    session_close(t.crowd.s[0], CLOSE_STOPPING);
    assert_frames(&t.crowd.ws[0], "(1001)");
    tell(APPEND_REFUSED, 1);
    assert_frames(&t.crowd.ws[0], "");
    a_crowd_lose(&t.crowd, 0);
    reaper_run(&t.crowd.env.reaper);
    tell(APPEND_NOT_LOGGED_IN, 1);
    assert_int_equal(t.crowd.env.reaper.count, 0); /* one more refers to it */
    tell(APPEND_STORED, 1);
    assert_int_equal(t.crowd.env.reaper.count, 1);
    assert_counts(3, 1, 1, 0);
}

static void
a_client_with_128_messages_under_way_is_read_again_at_64(void **state)
{
    (void)state;
    come_in(0);
    say(0, 127);
    assert_false(t.crowd.ws[0].paused);
    say(0, 1);
    assert_true(t.crowd.ws[0].paused);
    say(0, 2); /* that had been read already */
    tell(APPEND_STORED, 65);
    assert_true(t.crowd.ws[0].paused);
    tell(APPEND_REFUSED, 1);
    assert_false(t.crowd.ws[0].paused);
    say(0, 63);
    assert_false(t.crowd.ws[0].paused);
    say(0, 1);
    assert_true(t.crowd.ws[0].paused);
}

/* Settled: all messages have an outcome, and what was stored has had the time to come back. */
static void
a_client_is_settled_when_its_messages_have_come_back(void **state)
{
    const struct session *s;
    int64_t now;

    (void)state;
    come_in(0);
    s = t.crowd.s[0];
    now = FAKE_LOOP_BEGIN_MS;
    assert_true(s->kind->is_settled(s, now));
    say(0, 2);
    fake_loop_advance(t.crowd.env.env.loop, 100);
    tell(APPEND_STORED, 1);
    assert_false(s->kind->is_settled(s, now + 100));
    tell(APPEND_STORED, 1);
    assert_false(s->kind->is_settled(s, now + 99));
    assert_true(s->kind->is_settled(s, now + 100));
}

static void
a_rule_is_told_by_its_code(void **state)
{
    static const struct {
        const char *reason;
        const char *frames;
        bool is_open;
    } rows[] = {
        {"slow", "429", true},   {"room", "429", true},           {"quiet", "403", true},
        {"muted", "403", true},  {"banned", "403|(1000)", false}, {"words", "403", true},
        {"review", "403", true}, {"nonsense", "403", true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        come_in(0);
        say(0, 1);
        t.fn[0](t.arg[0], &(struct append_outcome){.result = APPEND_AGAINST_RULES,
                                                   .reason = str_of(rows[i].reason),
                                                   .retry_ms = 1000});
        t.outcomes++;
        assert_frames(&t.crowd.ws[0], rows[i].frames);
        assert_int_equal(session_is_open(t.crowd.s[0]), rows[i].is_open);
    }
}

static void
the_filter_comes_before_the_message_is_stored(void **state)
{
    (void)state;
    come_in(0);
    a_crowd_say(&t.crowd, 0, BYTES("bad"));
    assert_frames(&t.crowd.ws[0], "403");
    assert_int_equal(t.appends, 0);
    a_crowd_say(&t.crowd, 0, BYTES("mask"));
    assert_frames(&t.crowd.ws[0], "");
    assert_bytes(text_str(&t.messages), str_of("g u **** ."));
    t.no_words = true;
    a_crowd_say(&t.crowd, 0, BYTES("fine"));
    assert_frames(&t.crowd.ws[0], "503");
    assert_int_equal(t.appends, 1);
    assert_counts(3, 0, 1, 0);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_client_joins_its_room_and_leaves_it),
        TEST(a_client_that_never_came_in_leaves_no_room),
        TEST(each_text_is_a_message),
        TEST(a_text_that_is_not_utf8_closes),
        TEST(a_client_that_writes_too_fast_is_told),
        TEST(each_outcome_has_its_consequence),
        TEST(a_rule_is_told_by_its_code),
        TEST(a_message_that_is_not_taken_is_refused),
        TEST(an_outcome_may_come_when_the_client_has_gone),
        TEST(a_client_with_128_messages_under_way_is_read_again_at_64),
        TEST(the_filter_comes_before_the_message_is_stored),
        TEST(a_client_is_settled_when_its_messages_have_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
