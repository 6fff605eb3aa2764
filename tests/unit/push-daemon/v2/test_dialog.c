/* test_dialog.c - who a client of fastim.v2 is, whether somebody is there, and which of its frames
 * are taken. */
#include "push-daemon/v2/dialog.h"

#include "push-daemon/client/identity.h"
#include "push-daemon/client/v2_state.h"
#include "push-daemon/frames/form.h"
#include "push-daemon/v2/client_frame.h"
#include "tests/unit/push-daemon/a_crowd.h"
#include "tests/unit/push-daemon/a_jwt.h"
#include "tests/unit/fake_clock.h"

#define LOGIN   "{\"type\":\"error\",\"code\":440,\"reason\":\"login\"}|(4440)"
#define EXPIRED "{\"type\":\"error\",\"code\":440,\"reason\":\"expired\"}|(4440)"
#define YOU(n)  "{\"type\":\"you\",\"you\":{\"role\":\"\",\"muted\":0,\"expires\":" #n "}}"
#define RATE(id)                                                                                   \
    "{\"type\":\"error\"," id "\"code\":429,\"reason\":\"connection\",\"retryAfter\":1000}"

static struct test {
    struct a_crowd crowd;
    struct dialog dialog;
    struct text token;
    int admitted;
    int taken; /* frames that are for the caller */
    enum client_frame_type type;
} t;

static void
on_leave(struct session *s)
{
    (void)s;
}

static void
on_admitted(struct session *s)
{
    t.admitted++;
    session_set_state(s, SESSION_LIVE);
}

static void
on_text(struct session *s, struct str text)
{
    struct client_frame f;

    if (dialog_take(&t.dialog, s, text, on_admitted, &f)) {
        t.taken++;
        t.type = f.type;
        assert_int_equal(f.error, V2_ERROR__MAX);
        client_frame_fini(&f);
    }
}

static const struct session_kind kind = {.name = "kind",
                                         .form = &form_v2,
                                         .on_text = on_text,
                                         .max_bytes = dialog_max_bytes,
                                         .refuses_binary = true,
                                         .on_leave = on_leave};

static int
setup(void **state)
{
    (void)state;
    memset(&t, 0, sizeof(t));
    a_crowd_make(&t.crowd);
    a_config_set(&t.crowd.env.config, "im.group.loginAuth", "1");
    a_config_set(&t.crowd.env.config, "login.jwtKey", SECRET);
    fake_clock.unix_ms = INT64_C(1700000000000);
    t.dialog = (struct dialog){&t.crowd.env.env, t.crowd.sessions, t.crowd.auth,
                               identity_create(&t.crowd.env.env)};
    text_init(&t.token);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    identity_destroy(t.dialog.identity);
    text_fini(&t.token);
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
come(const char *token)
{
    struct ws_request request = a_v2_request("g", token, "");

    t.crowd.s[0] = sessions_open(t.crowd.sessions, &t.crowd.ws[0], &request, &kind, NULL);
    dialog_enter(&t.dialog, t.crowd.s[0], on_admitted);
}

static void
say(const char *text)
{
    a_crowd_say(&t.crowd, 0, str_of(text));
}

static void
say_auth(struct str token)
{
    struct text text;

    text_init(&text);
    text_add_str(&text, "{\"type\":\"auth\",\"token\":");
    text_add_json(&text, token);
    text_add_str(&text, "}");
    a_crowd_say(&t.crowd, 0, text_str(&text));
    text_fini(&text);
}

static void
answer(const char *wire)
{
    fake_commands_answer(&t.crowd.commands, wire);
}

static void
assert_got(const char *frames)
{
    assert_frames(&t.crowd.ws[0], frames);
}

/* It is in, and has its first frame. */
static void
come_in(void)
{
    come("secret");
    answer(":0\r\n");
}

/* ---- who it is ---- */

static void
a_path_without_a_token_waits_for_one_if_it_is_needed(void **state)
{
    static const struct {
        const char *token, *login_auth;
        const char *asked; /* NULL: nothing yet */
    } rows[] = {
        {"secret", "1",
         "EVALSHA enter 4 login:u ugs:u fim:rules:g fim:rules: "
         "secret 1 g 1000 u 10.0.0.1 0 0"},
        {"secret", "0",
         "EVALSHA enter 4 login:u ugs:u fim:rules:g fim:rules: "
         " 1 g 1000 u 10.0.0.1 0 0"},
        {"-", "0",
         "EVALSHA enter 4 login:u ugs:u fim:rules:g fim:rules: "
         " 1 g 1000 u 10.0.0.1 0 0"},
        {"-", "1", NULL},
        {"--", "1",
         "EVALSHA enter 4 login:u ugs:u fim:rules:g fim:rules: "
         "-- 1 g 1000 u 10.0.0.1 0 0"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        a_config_set(&t.crowd.env.config, "im.group.loginAuth", rows[i].login_auth);
        come(rows[i].token);
        assert_int_equal(t.crowd.s[0]->v2->awaits_auth, rows[i].asked == NULL);
        assert_int_equal(fake_commands_open(&t.crowd.commands), rows[i].asked != NULL);
        if (rows[i].asked != NULL) {
            assert_command(&t.crowd.commands, 0, rows[i].asked);
        }
    }
}

static void
the_first_frame_says_who_it_is(void **state)
{
    (void)state;
    come("-");
    say_auth(BYTES("secret"));
    assert_command(&t.crowd.commands, 0,
                   "EVALSHA enter 4 login:u ugs:u fim:rules:g fim:rules: "
                   "secret 1 g 1000 u 10.0.0.1 0 0");
    say("{\"type\":\"ping\"}"); /* kept until it is known whether it may come in */
    say("{\"type\":\"read\",\"ts\":5}");
    assert_got("");
    assert_int_equal(t.taken, 0);
    answer(":0\r\n");
    assert_int_equal(t.admitted, 1);
    assert_got("{\"type\":\"pong\"}");
    assert_int_equal(t.taken, 1);
    assert_int_equal(t.type, CLIENT_READ);
}

static void
a_jwt_lets_in_without_a_login(void **state)
{
    (void)state;
    come("-");
    say_auth(a_jwt(&t.token, "{\"sub\":\"u\",\"exp\":1700000060}"));
    assert_command(&t.crowd.commands, 0,
                   "EVALSHA enter 4 login:u ugs:u fim:rules:g fim:rules: "
                   " 1 g 1000 u 10.0.0.1 0 0");
    answer(":0\r\n");
    assert_int_equal(t.admitted, 1);
}

static void
what_else_comes_first_is_refused(void **state)
{
    static const struct {
        const char *text;
        const char *got;
    } rows[] = {
        {"{\"type\":\"ping\"}", LOGIN},
        {"{\"type\":\"send\",\"id\":\"k\",\"info\":\"x\"}", LOGIN},
        {"{\"type\":\"send\"}", LOGIN},
        {"{\"type\":\"what\"}", LOGIN},
        {"{\"type\":\"auth\",\"token\":\"\"}", LOGIN},
        {"{\"type\":\"auth\",\"token\":\"a.b.c\"}", LOGIN},
        {"{\"type\":\"auth\"}", "{\"type\":\"error\",\"code\":400,\"reason\":\"token\"}"},
        {"{}", "{\"type\":\"error\",\"code\":400,\"reason\":\"frame\"}|(4400)"},
        {"\xff", "(1007)"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        come("-");
        say(rows[i].text);
        assert_got(rows[i].got);
        assert_int_equal(fake_commands_open(&t.crowd.commands), 0);
        assert_int_equal(t.admitted + t.taken, 0);
    }
}

static void
a_jwt_that_is_not_valid_here_is_refused(void **state)
{
    (void)state;
    come("-");
    say_auth(a_jwt(&t.token, "{\"sub\":\"u\",\"exp\":1700000000}"));
    assert_got(EXPIRED);
    restart(state);
    come("-");
    say_auth(a_jwt(&t.token, "{\"sub\":\"u\",\"exp\":1700000060,\"groups\":[\"h\"]}"));
    assert_got("{\"type\":\"error\",\"code\":403,\"reason\":\"group\"}|(4403)");
}

/* A SIGHUP changed loginAuth meanwhile: any token will do. */
static void
who_waits_when_no_login_is_needed_any_more_comes_in(void **state)
{
    (void)state;
    come("-");
    a_config_set(&t.crowd.env.config, "im.group.loginAuth", "0");
    say_auth(BYTES("a.b.c"));
    assert_command(&t.crowd.commands, 0,
                   "EVALSHA enter 4 login:u ugs:u fim:rules:g fim:rules: "
                   " 1 g 1000 u 10.0.0.1 0 0");
}

/* ---- a new token ---- */

static void
a_renewed_token_is_checked_at_once(void **state)
{
    static const struct {
        const char *answer; /* NULL: lost */
        const char *got;
    } rows[] = {
        {":0\r\n", YOU(0)},
        {":-1\r\n", LOGIN},
        {NULL, YOU(0)}, /* nobody is thrown out because Redis is away */
        {"-LOADING\r\n", YOU(0)},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        come_in();
        say_auth(BYTES("newer"));
        assert_command(
            &t.crowd.commands, 0,
            "EVALSHA enter 4 login:u ugs:u fim:rules:g fim:rules: newer - g 1000 u 10.0.0.1 0 0");
        assert_got("");
        answer(rows[i].answer);
        assert_got(rows[i].got);
    }
}

static void
a_renewed_jwt_tells_when_it_expires(void **state)
{
    (void)state;
    come_in();
    say_auth(a_jwt(&t.token, "{\"sub\":\"u\",\"exp\":1700000060}"));
    assert_command(&t.crowd.commands, 0,
                   "EVALSHA enter 4 login:u ugs:u fim:rules:g fim:rules: "
                   " - g 1000 u 10.0.0.1 0 0"); /* its login is no question any more */
    answer(":0\r\n");
    assert_got(YOU(1700000060000));
    say_auth(a_jwt(&t.token, "{\"sub\":\"v\",\"exp\":1700000060}")); /* of another user */
    assert_got(LOGIN);
}

static void
without_login_a_token_changes_nothing(void **state)
{
    (void)state;
    a_config_set(&t.crowd.env.config, "im.group.loginAuth", "0");
    come_in();
    say_auth(BYTES("a.b.c"));
    assert_got(YOU(0));
    assert_bytes(t.crowd.s[0]->token, BYTES("secret"));
    assert_int_equal(fake_commands_open(&t.crowd.commands), 0);
}

/* ---- frames ---- */

static void
only_frames_without_a_mistake_are_for_the_caller(void **state)
{
    (void)state;
    come_in();
    say("{\"type\":\"send\",\"id\":\"k\",\"info\":\"x\"}");
    assert_int_equal(t.taken, 1);
    say("{\"type\":\"ping\"}");
    say("{\"type\":\"send\",\"id\":\"k\"}");
    say("{\"type\":\"what\",\"id\":\"w\"}");
    assert_int_equal(t.taken, 1);
    assert_got("{\"type\":\"pong\"}|"
               "{\"type\":\"error\",\"id\":\"k\",\"code\":400,\"reason\":\"info\"}|"
               "{\"type\":\"error\",\"id\":\"w\",\"code\":400,\"reason\":\"type\"}");
    say("[]");
    assert_got("{\"type\":\"error\",\"code\":400,\"reason\":\"frame\"}|(4400)");
    say("{\"type\":\"ping\"}");
    assert_got("");
}

static void
each_frame_counts_but_pings(void **state)
{
    (void)state;
    a_config_set(&t.crowd.env.config, "push.messagesPerSecond", "10");
    a_config_set(&t.crowd.env.config, "push.messageBurst", "2");
    come_in();
    say("{\"type\":\"read\",\"ts\":5}");
    say("{\"type\":\"what\"}");
    for (int i = 0; i < 20; i++) {
        say("{\"type\":\"ping\"}");
        assert_frames(&t.crowd.ws[0], i > 0 ? "{\"type\":\"pong\"}"
                                            : "{\"type\":\"error\",\"code\":400,\"reason\":"
                                              "\"type\"}|{\"type\":\"pong\"}");
    }
    say("{\"type\":\"read\",\"ts\":5,\"id\":\"r\"}");
    say("{\"type\":\"signal\",\"info\":\"x\"}");
    say("{\"type\":\"auth\",\"token\":\"x\"}");
    say("{\"type\":\"read\",\"id\":\"s\"}"); /* its mistake goes before its rate */
    assert_got(RATE("\"id\":\"r\",") "|" RATE("") "|" RATE(
        "") "|"
            "{\"type\":\"error\",\"id\":\"s\",\"code\":400,\"reason\":\"ts\"}");
    assert_int_equal(t.taken, 1);
    assert_int_equal(t.crowd.env.metrics.messages_limited, 3);
    fake_loop_advance(t.crowd.env.env.loop, 1000);
    say("{\"type\":\"read\",\"ts\":5}");
    assert_int_equal(t.taken, 2);
}

/* Parsing would take milliseconds. */
static void
a_large_frame_above_the_rates_is_not_read(void **state)
{
    static char text[40000];

    (void)state;
    memset(text, ' ', sizeof(text) - 1);
    memcpy(text, "{\"type\":\"read\",\"ts\":5,\"id\":\"k\"}", 31);
    a_config_set(&t.crowd.env.config, "push.bytesPerSecond", "1");
    a_config_set(&t.crowd.env.config, "push.byteBurst", "20");
    come_in();
    say(text);
    assert_int_equal(t.taken, 1);
    say(text);
    assert_got(RATE(""));
    assert_int_equal(t.taken, 1);
    assert_int_equal(t.crowd.env.metrics.messages_limited, 1);
}

static void
a_text_is_measured_when_it_is_read(void **state)
{
    (void)state;
    a_config_set(&t.crowd.env.config, "im.groupMessage.maxMessageBytes", "4");
    come_in();
    say("{\"type\":\"send\",\"id\":\"l\",\"info\":\"12345\"}");
    say("{\"type\":\"send\",\"info\":\"12345\"}");
    assert_got("{\"type\":\"error\",\"id\":\"l\",\"code\":413,\"reason\":\"info\"}|"
               "{\"type\":\"error\",\"code\":400,\"reason\":\"id\"}");
    say("{\"type\":\"send\",\"id\":\"m\",\"info\":\"\\u0031234\"}");
    assert_int_equal(t.taken, 1);
}

static void
a_message_may_be_escaped_throughout(void **state)
{
    (void)state;
    assert_int_equal(dialog_max_bytes(&t.crowd.env.config),
                     6 * (size_t)t.crowd.env.config.message.max_message_bytes + 1024);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_path_without_a_token_waits_for_one_if_it_is_needed),
        TEST(the_first_frame_says_who_it_is),
        TEST(a_jwt_lets_in_without_a_login),
        TEST(what_else_comes_first_is_refused),
        TEST(a_jwt_that_is_not_valid_here_is_refused),
        TEST(who_waits_when_no_login_is_needed_any_more_comes_in),
        TEST(a_renewed_token_is_checked_at_once),
        TEST(a_renewed_jwt_tells_when_it_expires),
        TEST(without_login_a_token_changes_nothing),
        TEST(only_frames_without_a_mistake_are_for_the_caller),
        TEST(each_frame_counts_but_pings),
        TEST(a_large_frame_above_the_rates_is_not_read),
        TEST(a_text_is_measured_when_it_is_read),
        TEST(a_message_may_be_escaped_throughout),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
