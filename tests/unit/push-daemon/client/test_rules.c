/* test_rules.c - what the rules of a group say of a client. */
#include "push-daemon/client/rules.h"

#include "lib/redis/event.h"
#include "push-daemon/client/v2_state.h"
#include "push-daemon/frames/form.h"
#include "tests/unit/push-daemon/a_crowd.h"

#define RULES(role, muted) "*4\r\n:0\r\n" role "\r\n:" #muted "\r\n$10\r\n{\"slow\":5}\r\n"
#define NONE               "$0\r\n"
#define MOD                "$3\r\nmod"
#define VIP                "$3\r\nvip"

static struct a_crowd t;

static void
on_leave(struct session *s)
{
    (void)s;
}

static const struct session_kind kind = {.name = "kind", .form = &form_v2, .on_leave = on_leave};

static struct session *
open_in(int i, const char *group)
{
    struct ws_request request = a_v2_request(group, "secret", "");

    t.s[i] = sessions_open(t.sessions, &t.ws[i], &request, &kind, NULL);
    return t.s[i];
}

static int
setup(void **state)
{
    (void)state;
    a_crowd_make(&t);
    a_config_set(&t.env.config, "im.group.loginAuth", "1");
    a_config_set(&t.env.config, "login.method", "remote-user");
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    a_crowd_free(&t);
    return 0;
}

static void
restart(void **state)
{
    teardown(state);
    setup(state);
}

/* ---- answers ---- */

static struct seen {
    struct session *s;
    enum close_reason no_login;
    bool allows, refuses, changed;
    struct text settings;
} seen;

static void
use(void *arg, const struct reply *reply)
{
    struct seen *to = arg;

    to->allows = rules_allow(reply);
    to->refuses = rules_refuse(to->s, reply, to->no_login);
    to->changed = to->allows && rules_note(to->s, reply);
    text_clear(&to->settings);
    rules_add_settings(&to->settings, &t.env.config, reply);
}

static void
give(const char *wire)
{
    seen.s = t.s[0];
    reply_give(use, &seen, wire);
}

static void
each_answer_is_a_yes_a_no_or_neither(void **state)
{
    static const struct {
        const char *wire; /* NULL: lost */
        bool allows, refuses;
        const char *frames;
    } rows[] = {
        {":0\r\n", true, false, ""},
        {RULES(NONE, 0), true, false, ""},
        {NULL, false, false, ""},
        {"-LOADING\r\n", false, false, ""},
        {"$1\r\n0\r\n", false, false, ""},
        {"*0\r\n", false, false, ""},
        {"*1\r\n$1\r\n0\r\n", false, false, ""},
        {":-7\r\n", false, false, ""},
        {":-1\r\n", false, true, "{\"type\":\"error\",\"code\":440,\"reason\":\"login\"}|(4440)"},
        {":-4\r\n", false, true, "{\"type\":\"error\",\"code\":403,\"reason\":\"member\"}|(4403)"},
        {"*3\r\n:-5\r\n$6\r\nbanned\r\n:0\r\n", false, true,
         "{\"type\":\"error\",\"code\":403,\"reason\":\"banned\"}|(4403)"},
        {"*3\r\n:-5\r\n$6\r\nbanned\r\n:500\r\n", false, true,
         "{\"type\":\"error\",\"code\":403,\"reason\":\"banned\",\"retryAfter\":500}|(4403)"},
        {"*1\r\n:-5\r\n", false, true,
         "{\"type\":\"error\",\"code\":403,\"reason\":\"banned\"}|(4403)"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        open_in(0, "g");
        seen.no_login = CLOSE_NOT_LOGGED_IN;
        give(rows[i].wire);
        assert_int_equal(seen.allows, rows[i].allows);
        assert_int_equal(seen.refuses, rows[i].refuses);
        assert_frames(&t.ws[0], rows[i].frames);
    }
    text_fini(&seen.settings);
}

static void
a_login_that_nobody_asks_for_any_more_ends_nobody_who_is_in(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "im.group.loginAuth", "0");
    open_in(0, "g");
    seen.no_login = CLOSE_TOKEN_EXPIRED;
    give(":-1\r\n");
    assert_false(seen.refuses);
    seen.no_login = CLOSE_NOT_LOGGED_IN;
    give(":-1\r\n");
    assert_true(seen.refuses);
    text_fini(&seen.settings);
}

static void
a_verified_user_has_the_role_of_the_rules_or_of_its_jwt(void **state)
{
    static const struct {
        const char *login_auth, *method;
        bool has_jwt;
        enum jwt_role by_jwt;
        const char *wire;
        enum jwt_role role;
    } rows[] = {
        {"1", "remote-user", false, JWT_NO_ROLE, RULES(MOD, 0), JWT_MOD},
        {"1", "remote-user", false, JWT_NO_ROLE, RULES(VIP, 0), JWT_VIP},
        {"1", "remote-user", false, JWT_NO_ROLE, RULES("$4\r\nking", 0), JWT_NO_ROLE},
        {"1", "remote-user", false, JWT_NO_ROLE, RULES(NONE, 0), JWT_NO_ROLE},
        {"1", "remote-user", false, JWT_NO_ROLE, ":0\r\n", JWT_NO_ROLE},
        {"1", "open", false, JWT_NO_ROLE, RULES(MOD, 0), JWT_NO_ROLE},
        {"0", "remote-user", false, JWT_NO_ROLE, RULES(MOD, 0), JWT_NO_ROLE},
        {"1", "open", true, JWT_NO_ROLE, RULES(MOD, 0), JWT_MOD},
        {"1", "open", true, JWT_VIP, RULES(MOD, 0), JWT_VIP},
        {"1", "open", true, JWT_MOD, ":0\r\n", JWT_MOD},
        {"0", "open", true, JWT_MOD, RULES(MOD, 0), JWT_NO_ROLE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct session *s;

        restart(state);
        a_config_set(&t.env.config, "im.group.loginAuth", rows[i].login_auth);
        a_config_set(&t.env.config, "login.method", rows[i].method);
        s = open_in(0, "g");
        s->v2->expires_ms = rows[i].has_jwt ? INT64_MAX : 0;
        s->v2->role = rows[i].by_jwt;
        give(rows[i].wire);
        assert_int_equal(s->role, rows[i].role);
        assert_int_equal(session_is_ordinary(s), rows[i].role == JWT_NO_ROLE);
        assert_int_equal(seen.changed, rows[i].role != JWT_NO_ROLE);
        give(rows[i].wire);
        assert_false(seen.changed);
    }
    text_fini(&seen.settings);
}

static void
a_mute_is_noted_until_its_end(void **state)
{
    struct session *s = open_in(0, "g");
    int64_t now_ms = redis_clock_at_ms(t.env.env.redis_clock, env_now_ms(&t.env.env));

    (void)state;
    assert_false(rules_is_muted(s));
    give(RULES(NONE, -1));
    assert_true(seen.changed && rules_is_muted(s));
    give(RULES(NONE, 5));
    assert_true(seen.changed && !rules_is_muted(s));
    s->chat.muted_ms = now_ms + 1;
    assert_true(rules_is_muted(s));
    fake_loop_advance(t.env.env.loop, 1);
    assert_false(rules_is_muted(s));
    give(":0\r\n");
    assert_true(seen.changed && s->chat.muted_ms == 0);
    text_fini(&seen.settings);
}

/* Its struct has no room for such things. */
static void
a_group_list_has_neither_role_nor_mute(void **state)
{
    struct session *s = open_in(0, "");

    (void)state;
    s->list.version = 7;
    give(RULES(MOD, -1));
    assert_int_equal(s->role, JWT_NO_ROLE);
    assert_false(seen.changed);
    assert_int_equal(s->list.version, 7);
    text_fini(&seen.settings);
}

static void
settings_are_those_of_the_answer_or_of_the_file(void **state)
{
    (void)state;
    open_in(0, "g");
    give(RULES(NONE, 0));
    assert_bytes(text_str(&seen.settings), BYTES("{\"slow\":5}"));
    a_config_set(&t.env.config, "im.room.slow", "7");
    a_config_set(&t.env.config, "im.room.cap", "8");
    give(":0\r\n");
    assert_bytes(text_str(&seen.settings),
                 BYTES("{\"slow\":7,\"quiet\":false,\"cap\":8,\"pinned\":\"\",\"attrs\":{}}"));
    text_fini(&seen.settings);
}

/* ---- bans ---- */

static void
a_ban_is_for_a_user_or_an_address_here_or_everywhere(void **state)
{
    static const struct {
        const char *group, *event;
        bool hits;
    } rows[] = {
        {"", "{\"do\":\"close\",\"userId\":\"u\",\"code\":403}", true},
        {"g", "{\"do\":\"close\",\"userId\":\"u\",\"code\":403}", true},
        {"h", "{\"do\":\"close\",\"userId\":\"u\",\"code\":403}", false},
        {"", "{\"do\":\"close\",\"userId\":\"v\",\"code\":403}", false},
        {"", "{\"do\":\"close\",\"address\":\"10.0.0.1\",\"code\":403}", true},
        {"g", "{\"do\":\"close\",\"address\":\"10.0.0.1\",\"code\":403}", true},
        {"h", "{\"do\":\"close\",\"address\":\"10.0.0.1\",\"code\":403}", false},
        {"", "{\"do\":\"close\",\"address\":\"10.0.0.2\",\"code\":403}", false},
    };

    (void)state;
    open_in(0, "g");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct event e;

        event_read(&e, str_of(rows[i].event));
        assert_int_equal(e.kind, EVENT_BAN);
        assert_int_equal(rules_is_banned_by(t.s[0], str_of(rows[i].group), &e), rows[i].hits);
        event_fini(&e);
    }
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_answer_is_a_yes_a_no_or_neither),
        TEST(a_login_that_nobody_asks_for_any_more_ends_nobody_who_is_in),
        TEST(a_verified_user_has_the_role_of_the_rules_or_of_its_jwt),
        TEST(a_mute_is_noted_until_its_end),
        TEST(a_group_list_has_neither_role_nor_mute),
        TEST(settings_are_those_of_the_answer_or_of_the_file),
        TEST(a_ban_is_for_a_user_or_an_address_here_or_everywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
