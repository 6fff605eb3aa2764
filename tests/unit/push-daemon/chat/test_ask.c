/* test_ask.c - frames of fastim.v2 that change something in Redis: what it is asked, and what the
 * client is told. */
#include "push-daemon/chat/ask.h"

#include <stdio.h>

#include "push-daemon/client/identity.h"
#include "tests/unit/push-daemon/chat/a_speaker.h"

#define LOGIN  "{\"type\":\"error\",\"code\":440,\"reason\":\"login\"}|(4440)"
#define MEMBER "{\"type\":\"error\",\"code\":403,\"reason\":\"member\"}|(4403)"

static struct a_speaker t;

static int
setup(void **state)
{
    (void)state;
    a_speaker_make(&t);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    a_speaker_free(&t);
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
say(const char *json)
{
    struct client_frame f = a_frame_of(json);

    if (f.type == CLIENT_RECALL) {
        ask_recall(&t.ask, t.crowd.s[0], &f);
    } else {
        assert_int_equal(f.type, CLIENT_READ);
        ask_read(&t.ask, t.crowd.s[0], &f);
    }
    client_frame_fini(&f);
}

static void
redis_is_asked_for_what_the_frame_says(void **state)
{
    static const struct {
        const char *frame, *login_auth, *command;
    } rows[] = {
        {"{\"type\":\"recall\",\"ts\":5}", "1",
         "EVALSHA recall 4 login:u gml:g gmt:g fim:log:g secret "
         "{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\" u 5 120 fim:ev:g "
         ",\"userId\":\"u\",\"ts\":5} 604800"},
        {"{\"type\":\"recall\",\"ts\":5,\"userId\":\"u\"}", "0",
         "EVALSHA recall 4 login:u gml:g gmt:g fim:log:g  "
         "{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\" u 5 120 fim:ev:g "
         ",\"userId\":\"u\",\"ts\":5} 604800"},
        {"{\"type\":\"read\",\"ts\":7}", "1", "EVALSHA read 2 login:u fim:read:u secret g 7 2000"},
        {"{\"type\":\"read\",\"ts\":7}", "0", "EVALSHA read 2 login:u fim:read:u  g 7 2000"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        a_config_set(&t.crowd.env.config, "im.group.loginAuth", rows[i].login_auth);
        say(rows[i].frame);
        assert_command(&t.crowd.commands, 0, rows[i].command);
    }
}

static void
each_answer_has_its_consequence(void **state)
{
    static const struct {
        const char *frame;
        const char *answer; /* NULL: lost */
        const char *frames;
    } rows[] = {
        {"{\"type\":\"recall\",\"ts\":5,\"id\":\"r\"}", ":1\r\n",
         "{\"type\":\"ack\",\"id\":\"r\"}"},
        {"{\"type\":\"recall\",\"ts\":5}", ":1\r\n", ""},
        {"{\"type\":\"recall\",\"ts\":5,\"id\":\"r\"}", ":-2\r\n", ERROR(ID("r"), 403, "age")},
        {"{\"type\":\"recall\",\"ts\":5,\"id\":\"r\"}", ":-3\r\n", ERROR(ID("r"), 404, "message")},
        {"{\"type\":\"recall\",\"ts\":5}", ":-3\r\n", ERROR("", 404, "message")},
        {"{\"type\":\"recall\",\"ts\":5,\"id\":\"r\"}", ":-1\r\n",
         ERROR(ID("r"), 440, "login") "|" LOGIN},
        {"{\"type\":\"recall\",\"ts\":5,\"id\":\"r\"}", ":-4\r\n",
         ERROR(ID("r"), 403, "member") "|" MEMBER},
        {"{\"type\":\"recall\",\"ts\":5,\"id\":\"r\"}", NULL, ERROR_LATER(ID("r"), 503, "redis")},
        {"{\"type\":\"recall\",\"ts\":5}", "-LOADING\r\n", ERROR_LATER("", 503, "redis")},
        {"{\"type\":\"recall\",\"ts\":5}", "$1\r\nx\r\n", ERROR_LATER("", 503, "redis")},
        {"{\"type\":\"read\",\"ts\":5,\"id\":\"d\"}", ":1\r\n", "{\"type\":\"ack\",\"id\":\"d\"}"},
        {"{\"type\":\"read\",\"ts\":5,\"id\":\"d\"}", ":0\r\n", "{\"type\":\"ack\",\"id\":\"d\"}"},
        {"{\"type\":\"read\",\"ts\":5}", ":1\r\n", ""},
        {"{\"type\":\"read\",\"ts\":5,\"id\":\"d\"}", NULL, ERROR_LATER(ID("d"), 503, "redis")},
        {"{\"type\":\"read\",\"ts\":5}", ":-1\r\n", ERROR("", 440, "login") "|" LOGIN},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        say(rows[i].frame);
        assert_frames(&t.crowd.ws[0], "");
        fake_commands_answer(&t.crowd.commands, rows[i].answer);
        assert_frames(&t.crowd.ws[0], rows[i].frames);
        assert_int_equal(t.crowd.s[0]->refs, 0);
    }
}

static void
while_redis_is_away_it_is_told_at_once(void **state)
{
    (void)state;
    t.crowd.commands.ready = false;
    say("{\"type\":\"recall\",\"ts\":5,\"id\":\"r\"}");
    say("{\"type\":\"read\",\"ts\":5}");
    assert_frames(&t.crowd.ws[0],
                  ERROR_LATER(ID("r"), 503, "redis") "|" ERROR_LATER("", 503, "redis"));
    assert_int_equal(t.crowd.s[0]->refs, 0);
}

/* Who is not verified has no role, so Redis is not asked. */
static void
messages_of_others_stay(void **state)
{
    (void)state;
    say("{\"type\":\"recall\",\"ts\":5,\"userId\":\"v\",\"id\":\"r\"}");
    assert_frames(&t.crowd.ws[0], ERROR(ID("r"), 403, "role"));
    assert_int_equal(fake_commands_open(&t.crowd.commands), 0);
}

/* The script knows who is a moderator. */
static void
moderators_recall_messages_of_others(void **state)
{
    static const struct {
        enum jwt_role by_jwt;
        const char *user, *command; /* its beginning */
    } rows[] = {
        {JWT_NO_ROLE, "v",
         "EVALSHA recall_any 7 login:u fim:rules:g fim:rules: fim:audit gml:g gmt:g fim:log:g "
         "secret u 1 "},
        {JWT_MOD, "v",
         "EVALSHA recall_any 7 login:u fim:rules:g fim:rules: fim:audit gml:g gmt:g fim:log:g  u "
         "mod "},
        {JWT_MOD, "u",
         "EVALSHA recall_any 7 login:u fim:rules:g fim:rules: fim:audit gml:g gmt:g fim:log:g  u "
         "mod "},
        {JWT_VIP, "v",
         "EVALSHA recall_any 7 login:u fim:rules:g fim:rules: fim:audit gml:g gmt:g fim:log:g  u "
         "vip "},
        {JWT_VIP, "u", "EVALSHA recall 4 login:u gml:g gmt:g fim:log:g  "},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char frame[100];

        restart(state);
        a_config_set(&t.crowd.env.config, "login.method", "remote-user");
        if (rows[i].by_jwt != JWT_NO_ROLE) {
            t.crowd.s[0]->v2->expires_ms = INT64_MAX;
            t.crowd.s[0]->v2->role = rows[i].by_jwt;
            t.crowd.s[0]->token = BYTES("");
            identity_note_role(t.crowd.s[0]);
        }
        snprintf(frame, sizeof(frame), "{\"type\":\"recall\",\"ts\":5,\"userId\":\"%s\"}",
                 rows[i].user);
        say(frame);
        assert_command_begins(&t.crowd.commands, 0, rows[i].command);
        fake_commands_answer(&t.crowd.commands, ":1\r\n");
    }
}

static void
each_refusal_of_a_moderator_has_its_consequence(void **state)
{
    static const struct {
        const char *answer, *frames;
    } rows[] = {
        {":1\r\n", "{\"type\":\"ack\",\"id\":\"r\"}"},
        {":-3\r\n", ERROR(ID("r"), 404, "message")},
        {":-1\r\n", ERROR(ID("r"), 440, "login") "|" LOGIN},
        {"*3\r\n:-5\r\n$4\r\nrole\r\n:0\r\n", ERROR(ID("r"), 403, "role")},
        {"*3\r\n:-5\r\n$4\r\nelse\r\n:0\r\n", ERROR(ID("r"), 403, "role")},
        {"*3\r\n:-5\r\n$6\r\nbanned\r\n:1000\r\n",
         ERROR_LATER(ID("r"), 403, "banned") "|" ERROR_LATER("", 403, "banned") "|(4403)"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        a_config_set(&t.crowd.env.config, "login.method", "remote-user");
        say("{\"type\":\"recall\",\"ts\":5,\"userId\":\"v\",\"id\":\"r\"}");
        fake_commands_answer(&t.crowd.commands, rows[i].answer);
        assert_frames(&t.crowd.ws[0], rows[i].frames);
        assert_int_equal(t.crowd.s[0]->refs, 0);
    }
}

/* Each type by itself: ten a second. */
static void
who_asks_too_often_is_told(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        say("{\"type\":\"recall\",\"ts\":5}");
    }
    say("{\"type\":\"recall\",\"ts\":5,\"id\":\"r\"}");
    assert_frames(&t.crowd.ws[0], ERROR_LATER(ID("r"), 429, "connection"));
    for (int i = 0; i < 10; i++) {
        fake_commands_answer(&t.crowd.commands, ":1\r\n");
    }
    assert_int_equal(fake_commands_open(&t.crowd.commands), 0);
    for (int i = 0; i < 11; i++) {
        say("{\"type\":\"read\",\"ts\":5}");
    }
    assert_frames(&t.crowd.ws[0], ERROR_LATER("", 429, "connection"));
    fake_loop_advance(t.crowd.env.env.loop, 1000);
    say("{\"type\":\"recall\",\"ts\":5}");
    assert_frames(&t.crowd.ws[0], "");
}

/* Redis serves nobody else while one searches; what changes a number alone need not wait. */
static void
few_recalls_are_at_redis_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        say("{\"type\":\"recall\",\"ts\":5,\"id\":\"r\"}");
    }
    assert_int_equal(fake_commands_open(&t.crowd.commands), 1);
    fake_commands_answer(&t.crowd.commands, ":1\r\n");
    assert_frames(&t.crowd.ws[0], "{\"type\":\"ack\",\"id\":\"r\"}");
    assert_int_equal(fake_commands_open(&t.crowd.commands), 1);
    say("{\"type\":\"read\",\"ts\":5}");
    assert_int_equal(fake_commands_open(&t.crowd.commands), 2);
    while (fake_commands_open(&t.crowd.commands) > 0) {
        fake_commands_answer(&t.crowd.commands, ":1\r\n");
    }
    assert_int_equal(t.crowd.s[0]->refs, 0);
}

static void
who_has_left_meanwhile_is_told_nothing(void **state)
{
    (void)state;
    say("{\"type\":\"recall\",\"ts\":5,\"id\":\"r\"}");
    say("{\"type\":\"read\",\"ts\":5,\"id\":\"d\"}");
    session_close(t.crowd.s[0], CLOSE_STOPPING);
    text_clear(&t.crowd.ws[0].sent);
    fake_commands_answer(&t.crowd.commands, ":1\r\n");
    a_crowd_lose(&t.crowd, 0);
    reaper_run(&t.crowd.env.reaper);
    fake_commands_answer(&t.crowd.commands, ":-1\r\n");
    assert_frames(&t.crowd.ws[0], "");
    assert_int_equal(t.crowd.env.reaper.count, 1);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(redis_is_asked_for_what_the_frame_says),
        TEST(each_answer_has_its_consequence),
        TEST(while_redis_is_away_it_is_told_at_once),
        TEST(messages_of_others_stay),
        TEST(moderators_recall_messages_of_others),
        TEST(each_refusal_of_a_moderator_has_its_consequence),
        TEST(who_asks_too_often_is_told),
        TEST(few_recalls_are_at_redis_at_once),
        TEST(who_has_left_meanwhile_is_told_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
