/* test_auth.c - may a client come in, and may it stay. */
#include "push-daemon/frames/form.h"
#include "push-daemon/client/auth.h"
#include "push-daemon/client/auth_events.h"

#include "tests/unit/push-daemon/a_crowd.h"

static struct a_crowd t;
static int admitted;
static bool close_when_admitted;

static void
on_leave(struct session *s)
{
    (void)s;
}

static void
on_text(struct session *s, struct str text)
{
    assert_int_equal(s->state, SESSION_WAITING);
    assert_bytes(text, BYTES("early"));
    session_send_text(s, "heard");
}

static const struct session_kind kind = {
    .name = "kind", .form = &form_v1, .on_text = on_text, .on_leave = on_leave};

static void
on_admitted(struct session *s)
{
    admitted++;
    session_set_state(s, SESSION_WAITING);
    if (close_when_admitted) {
        session_close(s, CLOSE_REDIS_LOST);
    }
}

/* Client i asks to come in. */
static void
enter(int i, const char *group)
{
    struct ws_request request = a_request(group, "u", "10.0.0.1");

    t.s[i] = sessions_open(t.sessions, &t.ws[i], &request, &kind, NULL);
    auth_enter(t.auth, t.s[i], on_admitted);
}

static void
answer(const char *wire)
{
    fake_commands_answer(&t.commands, wire);
}

static int
setup(void **state)
{
    (void)state;
    a_crowd_make(&t);
    a_config_set(&t.env.config, "im.group.loginAuth", "1");
    admitted = 0;
    close_when_admitted = false;
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    a_crowd_free(&t);
    return 0;
}

/* For the next row of a table. */
static void
restart(void **state)
{
    teardown(state);
    setup(state);
}

/* ---- coming in ---- */

/* What Redis is asked, by the settings and by the kind of client. */
static void
redis_is_asked_for_what_is_needed(void **state)
{
    static const struct {
        const char *login_auth, *auto_join, *group;
        const char *command;
    } rows[] = {
        {"1", "1", "g",
         "EVALSHA enter 4 login:u ugs:u fim:rules:g fim:rules: "
         "secret 1 g 1000 u 10.0.0.1 0 0"},
        {"1", "0", "g",
         "EVALSHA enter 4 login:u ugs:u fim:rules:g fim:rules: "
         "secret 0 g 1000 u 10.0.0.1 0 0"},
        {"0", "1", "g",
         "EVALSHA enter 4 login:u ugs:u fim:rules:g fim:rules: "
         " 1 g 1000 u 10.0.0.1 0 0"},
        {"1", "1", "",
         "EVALSHA enter 4 login:u ugs:u fim:rules: fim:rules: "
         "secret 1  1000 u 10.0.0.1 0 0"},
        {"0", "1", "",
         "EVALSHA enter 4 login:u ugs:u fim:rules: fim:rules: "
         " 1  1000 u 10.0.0.1 0 0"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        a_config_set(&t.env.config, "im.group.loginAuth", rows[i].login_auth);
        a_config_set(&t.env.config, "im.group.autoJoin", rows[i].auto_join);
        enter(0, rows[i].group);
        assert_int_equal(admitted, 0);
        assert_int_equal(fake_commands_open(&t.commands), 1);
        assert_command(&t.commands, 0, rows[i].command);
        assert_true(t.commands.sent[0].script);
    }
}

static void
each_answer_has_its_consequence(void **state)
{
    static const struct {
        const char *answer; /* NULL: lost */
        int admitted;
        const char *frames;
        const char *reason; /* of the close */
        int logged;
    } rows[] = {
        {":0\r\n", 1, "", "", 0},
        {"*4\r\n:0\r\n$3\r\nmod\r\n:0\r\n$2\r\n{}\r\n", 1, "", "", 0}, /* the group has rules */
        {"*3\r\n:-5\r\n$6\r\nbanned\r\n:500\r\n", 0, "403|(1000)", "banned", 0},
        {":-1\r\n", 0, "440|(1000)", "not logged in", 0},
        {":-4\r\n", 0, "(1000)", "has not joined the group", 0},
        {NULL, 0, "503|(1013)", "Redis went away", 0},
        {"-LOADING Redis is loading\r\n", 0, "503|(1013)", "Redis cannot now", 1},
        {"-WRONGTYPE Operation\r\n", 0, "(1011)", "Redis refused to say whether it may enter", 1},
        {"$1\r\n0\r\n", 0, "(1011)", "Redis refused to say whether it may enter", 1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        enter(0, "g");
        answer(rows[i].answer);
        assert_int_equal(admitted, rows[i].admitted);
        assert_frames(&t.ws[0], rows[i].frames);
        assert_int_equal(session_is_open(t.s[0]), rows[i].admitted);
        if (!rows[i].admitted) {
            assert_int_equal(a_env_closes(&t.env, rows[i].reason), 1);
        }
        assert_int_equal(fake_log_count("warn enter-refused"), rows[i].logged);
        assert_int_equal(t.s[0]->refs, 0);
    }
}

static void
nobody_comes_in_while_redis_is_away(void **state)
{
    (void)state;
    t.commands.ready = false;
    enter(0, "g");
    assert_frames(&t.ws[0], "503|(1013)");
    assert_int_equal(a_env_closes(&t.env, "Redis is away"), 1);
    assert_int_equal(t.s[0]->refs, 0);
}

/* A group-list client that needs no login: Redis is asked for bans alone. */
static void
a_list_that_needs_no_login_waits_for_a_clear_no_alone(void **state)
{
    static const struct {
        const char *answer; /* NULL: lost */
        const char *frames;
    } rows[] = {
        {":0\r\n", ""},
        {NULL, ""},
        {"-LOADING Redis is loading\r\n", ""},
        {"*3\r\n:-5\r\n$6\r\nbanned\r\n:500\r\n", "403|(1000)"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        a_config_set(&t.env.config, "im.group.loginAuth", "0");
        enter(0, "");
        answer(rows[i].answer);
        assert_frames(&t.ws[0], rows[i].frames);
        assert_int_equal(admitted, *rows[i].frames == '\0');
        assert_int_equal(t.s[0]->refs, 0);
    }
    restart(state);
    a_config_set(&t.env.config, "im.group.loginAuth", "0");
    t.commands.ready = false;
    enter(0, "");
    assert_int_equal(admitted, 1);
    assert_int_equal(t.s[0]->refs, 0);
}

static void
what_a_client_says_early_is_heard_once_it_is_in(void **state)
{
    (void)state;
    enter(0, "g");
    a_crowd_say(&t, 0, BYTES("early"));
    assert_true(t.ws[0].paused);
    answer(":0\r\n");
    assert_frames(&t.ws[0], "heard");
    assert_false(t.ws[0].paused);
}

static void
a_client_that_left_meanwhile_is_not_let_in(void **state)
{
    (void)state;
    enter(0, "g");
    enter(1, "g");
    session_close(t.s[0], CLOSE_STOPPING);
    a_crowd_lose(&t, 1);
    reaper_run(&t.env.reaper); /* the answer still refers to it */
    answer(":0\r\n");
    answer(":0\r\n");
    assert_int_equal(admitted, 0);
    assert_int_equal(t.env.reaper.count, 1);
}

static void
a_client_that_is_closed_as_it_comes_in_is_not_heard(void **state)
{
    (void)state;
    close_when_admitted = true;
    enter(0, "g");
    a_crowd_say(&t, 0, BYTES("early"));
    answer(":0\r\n");
    assert_frames(&t.ws[0], "503|(1013)");
    a_crowd_wait(&t, 100); /* nor is its token checked */
    assert_int_equal(fake_commands_open(&t.commands), 0);
}

/* ---- staying ---- */

#define STAY(token)                                                                                \
    "EVALSHA enter 4 login:u ugs:u fim:rules:g fim:rules: " token " - g 1000 u 10.0.0.1 0 0"

/* It is in; pings do not matter here. */
static void
come_in(int i)
{
    enter(i, "g");
    answer(":0\r\n");
    session_set_state(t.s[i], SESSION_LIVE);
}

static void
wait_alive(int seconds)
{
    for (int i = 0; i < seconds; i++) {
        sessions_on_frame(t.s[0]);
        a_crowd_wait(&t, 1);
    }
}

static void
a_token_is_checked_every_minute(void **state)
{
    (void)state;
    come_in(0);
    for (int minute = 0; minute < 3; minute++) {
        wait_alive(59);
        assert_int_equal(fake_commands_open(&t.commands), 0);
        wait_alive(1);
        assert_int_equal(fake_commands_open(&t.commands), 1);
        assert_command(&t.commands, 0, STAY("secret"));
        assert_true(t.commands.sent[t.commands.first].script);
        answer(":0\r\n");
    }
    assert_frames(&t.ws[0], "");
}

/* A SIGHUP changes loginAuth: it counts at the next minute of each client. Bans are looked at each
 * time. */
static void
a_token_is_checked_only_with_login_auth(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "im.group.loginAuth", "0");
    come_in(0);
    wait_alive(60);
    assert_command(&t.commands, 0, STAY(""));
    answer(":0\r\n");
    a_config_set(&t.env.config, "im.group.loginAuth", "1");
    wait_alive(60);
    assert_command(&t.commands, 0, STAY("secret"));
    answer(":0\r\n");
    a_config_set(&t.env.config, "im.group.loginAuth", "0");
    wait_alive(60);
    assert_command(&t.commands, 0, STAY(""));
    answer(":0\r\n");
    assert_frames(&t.ws[0], "");
}

/* The question was under way when a SIGHUP changed loginAuth to 0. */
static void
a_no_that_nobody_wants_any_more_ends_no_session(void **state)
{
    (void)state;
    come_in(0);
    wait_alive(60);
    assert_int_equal(fake_commands_open(&t.commands), 1);
    a_config_set(&t.env.config, "im.group.loginAuth", "0");
    answer(":-1\r\n");
    assert_frames(&t.ws[0], "");
}

/* The minute begins anew. Who has logged in again meanwhile has another token, and stays. */
static void
who_logs_out_is_checked_at_once(void **state)
{
    (void)state;
    come_in(0);
    come_in(1);
    auth_on_logout(t.auth, str_of("other"));
    assert_int_equal(fake_commands_open(&t.commands), 0);
    wait_alive(30);
    auth_on_logout(t.auth, str_of("u"));
    assert_int_equal(fake_commands_open(&t.commands), 2);
    answer(":-1\r\n");
    answer(":0\r\n");
    assert_frames(&t.ws[1], "440|(1000)"); /* the newest is asked for first */
    assert_frames(&t.ws[0], "");
    wait_alive(59);
    assert_int_equal(fake_commands_open(&t.commands), 0);
    wait_alive(1);
    assert_int_equal(fake_commands_open(&t.commands), 1);
    a_config_set(&t.env.config, "im.group.loginAuth", "0");
    auth_on_logout(t.auth, str_of("u")); /* nobody's login was checked */
    assert_int_equal(fake_commands_open(&t.commands), 1);
}

/* Who was taken out of the group hears it no longer than a minute. */
static void
membership_is_checked_every_minute_with_members_only(void **state)
{
    static const char *const login_auth[] = {"0", "1"};
    static const char *const asked[] = {"EVALSHA enter 4 login:u ugs:u fim:rules:g fim:rules: "
                                        " 0 g 1000 u 10.0.0.1 0 0",
                                        "EVALSHA enter 4 login:u ugs:u fim:rules:g fim:rules: "
                                        "secret 0 g 1000 u 10.0.0.1 0 0"};

    for (int i = 0; i < 2; i++) {
        restart(state);
        a_config_set(&t.env.config, "im.group.loginAuth", login_auth[i]);
        a_config_set(&t.env.config, "im.group.membersOnly", "1");
        come_in(0);
        wait_alive(60);
        assert_int_equal(fake_commands_open(&t.commands), 1);
        assert_command(&t.commands, 0, asked[i]);
        answer(":-4\r\n");
        assert_frames(&t.ws[0], "(1000)");
        assert_int_equal(a_env_closes(&t.env, "has not joined the group"), 1);
    }
}

/* Only a clear no ends a session; after each other answer it is asked again, a minute later. */
static void
only_a_clear_no_ends_a_session(void **state)
{
    static const struct {
        const char *answer; /* NULL: lost */
        const char *frames;
    } rows[] = {
        {":0\r\n", ""},
        {NULL, ""},
        {"-LOADING Redis is loading\r\n", ""},
        {"-WRONGTYPE Operation\r\n", ""},
        {":-1\r\n", "440|(1000)"},
        {"*4\r\n:0\r\n$0\r\n\r\n:-1\r\n$2\r\n{}\r\n", ""},
        {"*3\r\n:-5\r\n$6\r\nbanned\r\n:500\r\n", "403|(1000)"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        come_in(0);
        wait_alive(60);
        answer(rows[i].answer);
        assert_frames(&t.ws[0], rows[i].frames);
        assert_int_equal(t.s[0]->refs, 0);
        wait_alive(59);
        assert_int_equal(fake_commands_open(&t.commands), 0);
        wait_alive(1);
        assert_int_equal(fake_commands_open(&t.commands), *rows[i].frames == '\0');
        assert_int_equal(a_env_closes(&t.env, "token is no longer valid") +
                             a_env_closes(&t.env, "banned"),
                         *rows[i].frames != '\0');
    }
}

static void
a_check_while_redis_is_away_is_made_a_minute_later(void **state)
{
    (void)state;
    come_in(0);
    t.commands.ready = false;
    wait_alive(60);
    assert_true(session_is_open(t.s[0]));
    assert_int_equal(t.s[0]->refs, 0);
    t.commands.ready = true;
    wait_alive(59);
    assert_int_equal(fake_commands_open(&t.commands), 0);
    wait_alive(1);
    assert_int_equal(fake_commands_open(&t.commands), 1);
}

static void
a_client_that_left_is_checked_no_more(void **state)
{
    (void)state;
    come_in(0);
    come_in(1);
    session_on_leaving(t.s[1]);
    wait_alive(60);
    assert_int_equal(fake_commands_open(&t.commands), 1); /* of client 0 */
    a_crowd_lose(&t, 0);
    reaper_run(&t.env.reaper);
    answer(":-1\r\n"); /* it has gone while Redis was asked */
    assert_frames(&t.ws[0], "");
    assert_int_equal(t.env.reaper.count, 1);
    a_crowd_wait(&t, 100);
    assert_int_equal(fake_commands_open(&t.commands), 0);
}

static void
none_is_fine_to_destroy(void **state)
{
    (void)state;
    auth_destroy(NULL);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(redis_is_asked_for_what_is_needed),
        TEST(each_answer_has_its_consequence),
        TEST(nobody_comes_in_while_redis_is_away),
        TEST(a_list_that_needs_no_login_waits_for_a_clear_no_alone),
        TEST(what_a_client_says_early_is_heard_once_it_is_in),
        TEST(a_client_that_left_meanwhile_is_not_let_in),
        TEST(a_client_that_is_closed_as_it_comes_in_is_not_heard),
        TEST(a_token_is_checked_every_minute),
        TEST(a_token_is_checked_only_with_login_auth),
        TEST(a_no_that_nobody_wants_any_more_ends_no_session),
        TEST(who_logs_out_is_checked_at_once),
        TEST(membership_is_checked_every_minute_with_members_only),
        TEST(only_a_clear_no_ends_a_session),
        TEST(a_check_while_redis_is_away_is_made_a_minute_later),
        TEST(a_client_that_left_is_checked_no_more),
        TEST(none_is_fine_to_destroy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
