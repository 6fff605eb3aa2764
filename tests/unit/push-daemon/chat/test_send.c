/* test_send.c - the frame `send`: what is stored, and what its sender is told of it. */
#include "push-daemon/chat/send.h"

#include "push-daemon/review/review.h"
#include "push-daemon/words/words.h"
#include "tests/unit/push-daemon/chat/a_speaker.h"

static struct test {
    struct a_speaker speaker;
    struct send send;
    bool append_refuses;
    bool no_words;         /* are known yet */
    int appends, outcomes; /* messages, and how many of them have an outcome */
    append_fn *fn[64];
    void *arg[64];
    struct text messages; /* as "g u text token id." */
} t;

bool
review_message(struct review *r, struct session *s, const struct append_message *m, append_fn *fn,
               void *arg)
{
    const struct str words[] = {m->group, m->user, m->info, m->token, m->id};

    assert_null(r);
    assert_non_null(s);
    if (t.append_refuses) {
        return false;
    }
    for (int i = 0; i < 5; i++) {
        text_add(&t.messages, words[i].p, words[i].len);
        text_add_str(&t.messages, i < 4 ? " " : ".");
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

static void
tell(struct append_outcome outcome)
{
    t.fn[t.outcomes](t.arg[t.outcomes], &outcome);
    t.outcomes++;
    send_flush(&t.send);
}

static int
setup(void **state)
{
    (void)state;
    memset(&t, 0, sizeof(t));
    a_speaker_make(&t.speaker);
    t.send = (struct send){.env = &t.speaker.crowd.env.env};
    text_init(&t.messages);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    while (t.outcomes < t.appends) {
        tell((struct append_outcome){.result = APPEND_STORED, .ts = 1});
    }
    send_fini(&t.send);
    text_fini(&t.messages);
    a_speaker_free(&t.speaker);
    return 0;
}

/* For the next row of a table. */
static void
restart(void **state)
{
    teardown(state);
    setup(state);
}

static struct session *
sender(void)
{
    return t.speaker.crowd.s[0];
}

static void
say(const char *json)
{
    struct client_frame f = a_frame_of(json);

    send_take(&t.send, sender(), &f);
    client_frame_fini(&f); /* what is kept of it is a copy */
}

static void
assert_got(const char *frames)
{
    assert_frames(&t.speaker.crowd.ws[0], frames);
}

static void
each_is_a_message_with_its_id(void **state)
{
    (void)state;
    say("{\"type\":\"send\",\"id\":\"k3f9\",\"info\":\"h\\u00e9\"}");
    a_config_set(&t.speaker.crowd.env.config, "im.group.loginAuth", "0");
    say("{\"type\":\"send\",\"id\":\"b\",\"info\":\"x\"}");
    assert_bytes(text_str(&t.messages), BYTES("g u h\xc3\xa9 secret k3f9.g u x  b."));
    assert_int_equal(sender()->chat.appending, 2);
    assert_got("");
    fake_loop_advance(t.speaker.crowd.env.env.loop, 10);
    tell((struct append_outcome){.result = APPEND_STORED, .ts = INT64_C(1648368380132)});
    assert_got("{\"type\":\"ack\",\"id\":\"k3f9\",\"ts\":1648368380132}");
    assert_int_equal(sender()->chat.appending, 1);
    assert_int_equal(sender()->chat.outcome_ms, FAKE_LOOP_BEGIN_MS + 10);
    assert_int_equal(t.speaker.crowd.env.metrics.messages_in, 2);
    assert_int_equal(t.speaker.crowd.env.metrics.messages_stored, 1);
}

static void
each_outcome_has_its_consequence(void **state)
{
    static const struct {
        enum append_result result;
        const char *reason;
        int64_t retry_ms;
        const char *login_auth; /* a SIGHUP may have changed it since */
        const char *got;
        uint64_t refused;
    } rows[] = {
        {APPEND_REFUSED, "", 0, "1", ERROR_LATER(ID("k"), 503, "redis"), 1},
        {APPEND_NOT_LOGGED_IN, "", 0, "1",
         ERROR(ID("k"), 440, "login") "|" ERROR("", 440, "login") "|(4440)", 0},
        {APPEND_NOT_LOGGED_IN, "", 0, "0", ERROR_LATER(ID("k"), 503, "redis"), 1},
        {APPEND_NOT_JOINED, "", 0, "1",
         ERROR(ID("k"), 403, "member") "|" ERROR("", 403, "member") "|(4403)", 0},
        {APPEND_AGAINST_RULES, "slow", 1000, "1", ERROR_LATER(ID("k"), 429, "slow"), 0},
        {APPEND_AGAINST_RULES, "muted", 0, "1", ERROR(ID("k"), 403, "muted"), 0},
        {APPEND_AGAINST_RULES, "banned", 0, "1",
         ERROR(ID("k"), 403, "banned") "|" ERROR("", 403, "banned") "|(4403)", 0},
        {APPEND_NOT_ALLOWED, "review", 0, "1", ERROR(ID("k"), 403, "review"), 0},
        {APPEND_NOT_ALLOWED, "banned", 0, "1", ERROR(ID("k"), 403, "banned"), 0}, /* a word only */
        {APPEND_NOT_REVIEWED, "", 0, "1", ERROR_LATER(ID("k"), 503, "review"), 1},
        {APPEND_AGAINST_RULES, "nonsense", 0, "1", ERROR(ID("k"), 503, "redis"), 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        say("{\"type\":\"send\",\"id\":\"k\",\"info\":\"x\"}");
        a_config_set(&t.speaker.crowd.env.config, "im.group.loginAuth", rows[i].login_auth);
        tell((struct append_outcome){rows[i].result, 0, str_of(rows[i].reason), rows[i].retry_ms});
        assert_got(rows[i].got);
        assert_int_equal(t.speaker.crowd.env.metrics.messages_refused, rows[i].refused);
        assert_int_equal(sender()->refs, 0);
    }
}

static void
what_cannot_be_taken_is_refused_at_once(void **state)
{
    (void)state;
    t.append_refuses = true;
    say("{\"type\":\"send\",\"id\":\"k\",\"info\":\"x\"}");
    assert_got(ERROR_LATER(ID("k"), 503, "redis"));
    assert_int_equal(sender()->chat.appending, 0);
    assert_int_equal(sender()->refs, 0);
}

static void
the_filter_comes_before_the_message_is_stored(void **state)
{
    (void)state;
    say("{\"type\":\"send\",\"id\":\"k\",\"info\":\"bad\"}");
    assert_got(ERROR(ID("k"), 403, "words"));
    assert_int_equal(t.appends, 0);
    say("{\"type\":\"send\",\"id\":\"l\",\"info\":\"mask\"}");
    assert_got("");
    assert_bytes(text_str(&t.messages), str_of("g u **** secret l."));
    t.no_words = true;
    say("{\"type\":\"send\",\"id\":\"m\",\"info\":\"fine\"}");
    assert_got(ERROR_LATER(ID("m"), 503, "redis"));
    assert_int_equal(t.appends, 1);
}

static void
sixteen_may_be_open(void **state)
{
    (void)state;
    for (int i = 0; i < 16; i++) {
        say("{\"type\":\"send\",\"id\":\"k\",\"info\":\"x\"}");
    }
    assert_got("");
    say("{\"type\":\"send\",\"id\":\"l\",\"info\":\"x\"}");
    assert_got(ERROR(ID("l"), 429, "unacked"));
    assert_int_equal(t.appends, 16);
    tell((struct append_outcome){.result = APPEND_STORED, .ts = 7});
    assert_got("{\"type\":\"ack\",\"id\":\"k\",\"ts\":7}");
    say("{\"type\":\"send\",\"id\":\"m\",\"info\":\"x\"}");
    assert_got("");
    assert_int_equal(t.appends, 17);
}

static void
who_has_left_meanwhile_is_told_nothing(void **state)
{
    (void)state;
    say("{\"type\":\"send\",\"id\":\"k\",\"info\":\"x\"}");
    say("{\"type\":\"send\",\"id\":\"l\",\"info\":\"x\"}");
    session_close(sender(), CLOSE_STOPPING);
    text_clear(&t.speaker.crowd.ws[0].sent);
    tell((struct append_outcome){.result = APPEND_STORED, .ts = 7});
    a_crowd_lose(&t.speaker.crowd, 0);
    reaper_run(&t.speaker.crowd.env.reaper);
    tell((struct append_outcome){.result = APPEND_NOT_LOGGED_IN});
    assert_got("");
    assert_int_equal(t.speaker.crowd.env.reaper.count, 1);
    assert_int_equal(t.speaker.crowd.env.metrics.messages_stored, 1);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_is_a_message_with_its_id),
        TEST(each_outcome_has_its_consequence),
        TEST(what_cannot_be_taken_is_refused_at_once),
        TEST(sixteen_may_be_open),
        TEST(the_filter_comes_before_the_message_is_stored),
        TEST(who_has_left_meanwhile_is_told_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
