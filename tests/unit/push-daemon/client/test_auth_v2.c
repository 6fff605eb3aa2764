/* test_auth_v2.c - clients of fastim.v2 that bring a new token, and JWTs that expire. */
#include "push-daemon/client/auth.h"
#include "push-daemon/client/auth_events.h"

#include "push-daemon/client/v2_state.h"
#include "push-daemon/frames/form.h"
#include "tests/unit/push-daemon/a_crowd.h"
#include "tests/unit/fake_clock.h"

#define LOGIN   "{\"type\":\"error\",\"code\":440,\"reason\":\"login\"}|(4440)"
#define EXPIRED "{\"type\":\"error\",\"code\":440,\"reason\":\"expired\"}|(4440)"
#define MEMBER  "{\"type\":\"error\",\"code\":403,\"reason\":\"member\"}|(4403)"

#define STAY(token)                                                                                \
    "EVALSHA enter 4 login:u ugs:u fim:rules:g fim:rules: " token " - g 1000 u 10.0.0.1 0 0"

static struct a_crowd t;
static int renewed;

static void
on_leave(struct session *s)
{
    (void)s;
}

static const struct session_kind kind = {.name = "kind", .form = &form_v2, .on_leave = on_leave};

static void
on_admitted(struct session *s)
{
    session_set_state(s, SESSION_LIVE);
}

static void
on_renewed(struct session *s)
{
    assert_ptr_equal(s, t.s[0]);
    renewed++;
}

/* A client that is in; its JWT expires in so many ms (0: it has none). */
static void
come_in(int64_t expires_in_ms)
{
    struct ws_request request = a_v2_request("g", "secret", "");

    t.s[0] = sessions_open(t.sessions, &t.ws[0], &request, &kind, NULL);
    if (expires_in_ms > 0) {
        t.s[0]->token = BYTES("");
        t.s[0]->v2->expires_ms = fake_clock.unix_ms + expires_in_ms;
    }
    auth_enter(t.auth, t.s[0], on_admitted);
    fake_commands_answer(&t.commands, ":0\r\n");
}

static int
setup(void **state)
{
    (void)state;
    a_crowd_make(&t);
    a_config_set(&t.env.config, "im.group.loginAuth", "1");
    fake_clock.unix_ms = INT64_C(1700000000000);
    renewed = 0;
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

/* The wheel turns once a second; so much of it is over already. Redis is asked for rules alone. */
static void
wait_a_second(void)
{
    while (fake_commands_open(&t.commands) > 0) {
        assert_command(&t.commands, 0, STAY(""));
        fake_commands_answer(&t.commands, ":0\r\n");
    }
    sessions_on_frame(t.s[0]);
    a_crowd_wait(&t, 1);
    fake_clock.unix_ms += 1000;
}

static void
each_answer_to_a_new_token_has_its_consequence(void **state)
{
    static const struct {
        const char *login_auth, *members_only;
        const char *command;
        const char *answer; /* NULL: lost */
        int renewed;
        const char *frames;
    } rows[] = {
        {"1", "0", STAY("secret"), ":0\r\n", 1, ""},
        {"1", "0", STAY("secret"), ":-1\r\n", 0, LOGIN},
        {"1", "0", STAY("secret"), NULL, 1, ""},
        {"1", "1",
         "EVALSHA enter 4 login:u ugs:u fim:rules:g fim:rules: "
         "secret 0 g 1000 u 10.0.0.1 0 0",
         ":0\r\n", 1, ""},
        {"1", "1",
         "EVALSHA enter 4 login:u ugs:u fim:rules:g fim:rules: "
         "secret 0 g 1000 u 10.0.0.1 0 0",
         ":-4\r\n", 0, MEMBER},
        {"0", "1",
         "EVALSHA enter 4 login:u ugs:u fim:rules:g fim:rules: "
         " 0 g 1000 u 10.0.0.1 0 0",
         ":0\r\n", 1, ""},
        {"0", "0", STAY(""), ":0\r\n", 1, ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        come_in(0);
        a_config_set(&t.env.config, "im.group.loginAuth", rows[i].login_auth);
        a_config_set(&t.env.config, "im.group.membersOnly", rows[i].members_only);
        auth_renew(t.auth, t.s[0], on_renewed);
        assert_int_equal(renewed, 0);
        assert_command(&t.commands, 0, rows[i].command);
        fake_commands_answer(&t.commands, rows[i].answer);
        assert_int_equal(renewed, rows[i].renewed);
        assert_frames(&t.ws[0], rows[i].frames);
        assert_int_equal(t.s[0]->refs, 0);
    }
}

static void
a_new_token_is_taken_while_redis_is_away(void **state)
{
    (void)state;
    come_in(0);
    t.commands.ready = false;
    auth_renew(t.auth, t.s[0], on_renewed);
    assert_int_equal(renewed, 1);
    t.commands.ready = true;
    for (int i = 0; i < 60; i++) { /* it is looked at later */
        assert_int_equal(fake_commands_open(&t.commands), 0);
        wait_a_second();
    }
    assert_command(&t.commands, 0, STAY("secret"));
}

static void
a_client_that_left_meanwhile_is_not_told(void **state)
{
    (void)state;
    come_in(0);
    auth_renew(t.auth, t.s[0], on_renewed);
    auth_renew(t.auth, t.s[0], on_renewed);
    session_close(t.s[0], CLOSE_STOPPING);
    fake_commands_answer(&t.commands, ":0\r\n");
    a_crowd_lose(&t, 0);
    fake_commands_answer(&t.commands, ":0\r\n");
    assert_int_equal(renewed, 0);
    assert_int_equal(t.env.reaper.count, 1);
}

/* At its second: no earlier, and less than one later. */
static void
a_jwt_ends_the_connection_when_it_expires(void **state)
{
    static const int64_t lives_ms[] = {1,     999,   1000,  1001,  2500,
                                       59999, 60000, 60001, 61500, 150000};

    for (size_t i = 0; i < sizeof(lives_ms) / sizeof(lives_ms[0]); i++) {
        int64_t began = INT64_C(1700000000000);

        restart(state);
        come_in(lives_ms[i]);
        for (int second = 0; second < 200 && session_is_open(t.s[0]); second++) {
            assert_in_range(fake_clock.unix_ms - began, 0, lives_ms[i] + 999);
            wait_a_second();
        }
        assert_in_range(fake_clock.unix_ms - began, lives_ms[i], lives_ms[i] + 1999);
        assert_frames(&t.ws[0], EXPIRED);
        assert_int_equal(a_env_closes(&t.env, "the JWT has expired"), 1);
    }
}

static void
a_renewed_jwt_lets_stay(void **state)
{
    (void)state;
    come_in(5000);
    for (int i = 0; i < 4; i++) {
        wait_a_second();
    }
    t.s[0]->v2->expires_ms += 60000;
    auth_renew(t.auth, t.s[0], on_renewed);
    fake_commands_answer(&t.commands, ":0\r\n");
    assert_int_equal(renewed, 1);
    for (int i = 0; i < 60; i++) {
        wait_a_second();
        assert_true(session_is_open(t.s[0]));
    }
    wait_a_second();
    wait_a_second();
    assert_frames(&t.ws[0], EXPIRED);
}

/* A logout says nothing of a JWT; an event is a chance to look at its end all the same. */
static void
a_logout_ends_no_jwt(void **state)
{
    (void)state;
    come_in(60000);
    auth_on_logout(t.auth, str_of("u"));
    assert_command(&t.commands, 0, STAY(""));
    fake_commands_answer(&t.commands, ":0\r\n");
    assert_frames(&t.ws[0], "");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_answer_to_a_new_token_has_its_consequence),
        TEST(a_new_token_is_taken_while_redis_is_away),
        TEST(a_client_that_left_meanwhile_is_not_told),
        TEST(a_jwt_ends_the_connection_when_it_expires),
        TEST(a_renewed_jwt_lets_stay),
        TEST(a_logout_ends_no_jwt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
