/* test_auth_events.c - events that tell of a user or an address, and what the daemon asks anew. */
#include "push-daemon/client/auth_events.h"

#include "lib/redis/event.h"
#include "push-daemon/core/spread.h"
#include "push-daemon/frames/form.h"
#include "tests/unit/push-daemon/a_crowd.h"

#define ASKED(group, token, address)                                                               \
    "EVALSHA enter 4 login:u ugs:u fim:rules:" group " fim:rules: " token " - " group              \
    " 1000 u " address " 0 0"
#define MUTED "*4\r\n:0\r\n$0\r\n\r\n:-1\r\n$2\r\n{}\r\n"
#define FREE  "*4\r\n:0\r\n$0\r\n\r\n:0\r\n$2\r\n{}\r\n"

static struct a_crowd t;
static struct text
    told; /* indexes of the clients that were told what they are, and of their mutes */
static struct text settings;

static void
on_leave(struct session *s)
{
    (void)s;
}

static void
on_you(struct session *s)
{
    for (int i = 0; i < A_CROWD_MAX; i++) {
        if (t.s[i] == s) {
            text_add_int(&told, i);
            text_add_str(&told, s->chat.muted_ms != 0 ? "m " : " ");
        }
    }
}

static const struct session_kind v2_kind = {
    .name = "v2", .form = &form_v2, .on_leave = on_leave, .on_you = on_you};
static const struct session_kind v1_kind = {.name = "v1", .form = &form_v1, .on_leave = on_leave};

static void
on_admitted(struct session *s)
{
    session_set_state(s, SESSION_WAITING);
    session_set_state(s, SESSION_LIVE);
}

/* Client i is in. */
static void
come_in(int i, const struct session_kind *kind, const char *group, const char *user)
{
    struct ws_request request = a_request(group, user, "10.0.0.1");

    t.s[i] = sessions_open(t.sessions, &t.ws[i], &request, kind, NULL);
    auth_enter(t.auth, t.s[i], on_admitted);
    fake_commands_answer(&t.commands, ":0\r\n");
}

static int
setup(void **state)
{
    (void)state;
    a_crowd_make(&t);
    a_config_set(&t.env.config, "im.group.loginAuth", "1");
    text_init(&told);
    text_init(&settings);
    text_add_str(&told, "");
    text_add_str(&settings, "");
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    a_crowd_free(&t);
    text_fini(&told);
    text_fini(&settings);
    return 0;
}

static void
expect_told(const char *wanted)
{
    assert_bytes(text_str(&told), str_of(wanted));
    text_clear(&told);
}

/* ---- what a user is ---- */

static void
all_connections_of_the_user_in_the_group_are_told_by_one_question(void **state)
{
    (void)state;
    come_in(0, &v2_kind, "g", "u");
    come_in(1, &v1_kind, "g", "u");
    come_in(2, &v2_kind, "g", "u");
    come_in(3, &v2_kind, "h", "u");
    come_in(4, &v2_kind, "g", "v");
    auth_on_you(t.auth, str_of("g"), str_of("u"));
    assert_int_equal(fake_commands_open(&t.commands), 1);
    assert_command(&t.commands, 0, ASKED("g", "", "")); /* neither login nor address */
    fake_commands_answer(&t.commands, MUTED);
    expect_told("2m 0m ");
    assert_int_equal(t.s[1]->chat.muted_ms, -1);
    assert_int_equal(t.s[3]->chat.muted_ms, 0);
    auth_on_you(t.auth, str_of("g"), str_of("u")); /* it is the same */
    fake_commands_answer(&t.commands, MUTED);
    expect_told("");
    auth_on_you(t.auth, str_of("g"), str_of("u"));
    fake_commands_answer(&t.commands, ":0\r\n");
    expect_told("2 0 ");
    assert_int_equal(t.s[0]->refs, 0);
}

static void
nobody_is_asked_about_who_is_not_here(void **state)
{
    (void)state;
    come_in(0, &v2_kind, "g", "u");
    auth_on_you(t.auth, str_of("h"), str_of("u"));
    auth_on_you(t.auth, str_of("g"), str_of("v"));
    assert_int_equal(fake_commands_open(&t.commands), 0);
    session_close(t.s[0], CLOSE_STOPPING);
    auth_on_you(t.auth, str_of("g"), str_of("u"));
    assert_int_equal(fake_commands_open(&t.commands), 0);
}

static void
who_turns_out_to_be_banned_is_closed(void **state)
{
    (void)state;
    come_in(0, &v2_kind, "g", "u");
    come_in(1, &v2_kind, "h", "u");
    auth_on_you(t.auth, str_of("g"), str_of("u"));
    fake_commands_answer(&t.commands, "*3\r\n:-5\r\n$6\r\nbanned\r\n:0\r\n");
    assert_frames(&t.ws[0], "{\"type\":\"error\",\"code\":403,\"reason\":\"banned\"}|(4403)");
    assert_frames(&t.ws[1], "");
}

static void
a_question_that_is_lost_changes_nothing(void **state)
{
    (void)state;
    come_in(0, &v2_kind, "g", "u");
    auth_on_you(t.auth, str_of("g"), str_of("u"));
    fake_commands_answer(&t.commands, NULL);
    t.commands.ready = false;
    auth_on_you(t.auth, str_of("g"), str_of("u"));
    expect_told("");
    assert_int_equal(t.s[0]->refs, 0);
    assert_true(session_is_open(t.s[0]));
}

static void
who_left_meanwhile_is_not_told(void **state)
{
    (void)state;
    come_in(0, &v2_kind, "g", "u");
    come_in(1, &v2_kind, "g", "u");
    auth_on_you(t.auth, str_of("g"), str_of("u"));
    a_crowd_lose(&t, 0);
    session_close(t.s[1], CLOSE_STOPPING);
    reaper_run(&t.env.reaper);
    fake_commands_answer(&t.commands, MUTED);
    expect_told("");
}

/* What the answer that lets it in says is in its first frame. */
static void
who_comes_in_is_not_told_by_the_way(void **state)
{
    struct ws_request request = a_request("g", "u", "10.0.0.1");

    (void)state;
    t.s[0] = sessions_open(t.sessions, &t.ws[0], &request, &v2_kind, NULL);
    auth_enter(t.auth, t.s[0], on_admitted);
    auth_on_you(t.auth, str_of("g"), str_of("u"));
    fake_commands_answer(&t.commands, MUTED);
    expect_told("");
    assert_int_equal(t.s[0]->chat.muted_ms, -1);
    fake_commands_answer(&t.commands, FREE); /* it is in by now */
    expect_told("0 ");
}

/* ---- bans ---- */

static void
a_ban_closes_those_whom_it_is_for(void **state)
{
    struct event e;

    (void)state;
    come_in(0, &v2_kind, "g", "u");
    come_in(1, &v1_kind, "g", "u");
    come_in(2, &v2_kind, "h", "u");
    come_in(3, &v2_kind, "g", "v");
    event_read(&e, BYTES("{\"do\":\"close\",\"userId\":\"u\",\"code\":403,\"retryAfter\":10000}"));
    auth_on_ban(t.auth, str_of("g"), &e);
    assert_frames(
        &t.ws[0],
        "{\"type\":\"error\",\"code\":403,\"reason\":\"banned\",\"retryAfter\":10000}|(4403)");
    assert_frames(&t.ws[1], "403|(1000)");
    assert_true(session_is_open(t.s[2]) && session_is_open(t.s[3]));
    auth_on_ban(t.auth, str_of(""), &e);
    assert_false(session_is_open(t.s[2]));
    assert_true(session_is_open(t.s[3]));
    event_fini(&e);
    assert_int_equal(a_env_closes(&t.env, "banned"), 3);
}

/* ---- after the subscription was away ---- */

static void
wait_ms(int ms)
{
    for (int i = 0; i < ms; i += SPREAD_STEP_MS) {
        fake_loop_advance(t.env.env.loop, SPREAD_STEP_MS);
    }
}

static void
all_are_asked_about_within_eight_seconds(void **state)
{
    size_t most = 0;

    (void)state;
    for (int i = 0; i < 100; i++) {
        come_in(i, &v2_kind, "g", "u");
        auth_recheck_soon(t.auth, t.s[i]);
        auth_recheck_soon(t.auth, t.s[i]); /* once is enough */
    }
    for (int i = 0; i < SPREAD_MS / SPREAD_STEP_MS; i++) {
        size_t before = t.commands.count;

        wait_ms(SPREAD_STEP_MS);
        most = t.commands.count - before > most ? t.commands.count - before : most;
    }
    assert_int_equal(fake_commands_open(&t.commands), 100);
    assert_command(&t.commands, 0, ASKED("g", "secret", "10.0.0.1"));
    assert_in_range(most, 1, 20);
    assert_int_equal(t.env.metrics.rechecks, 100);
    fake_commands_answer(&t.commands, "*3\r\n:-5\r\n$6\r\nbanned\r\n:0\r\n");
    while (fake_commands_open(&t.commands) > 0) {
        fake_commands_answer(&t.commands, MUTED);
    }
    assert_int_equal(a_env_closes(&t.env, "banned"), 1);
    wait_ms(2 * SPREAD_MS);
    assert_int_equal(fake_commands_open(&t.commands), 0);
}

/* The answer to a question of before does not put the next one off. */
static void
a_check_that_is_due_soon_stays_due(void **state)
{
    (void)state;
    come_in(0, &v2_kind, "g", "u");
    auth_recheck_now(t.auth, t.s[0]);
    auth_recheck_soon(t.auth, t.s[0]);
    fake_commands_answer(&t.commands, ":0\r\n");
    wait_ms(SPREAD_MS);
    assert_int_equal(fake_commands_open(&t.commands), 1);
}

static void
who_is_not_in_or_gone_is_not_asked_about(void **state)
{
    struct ws_request request = a_request("g", "u", "10.0.0.1");

    (void)state;
    t.s[0] = sessions_open(t.sessions, &t.ws[0], &request, &v2_kind, NULL);
    auth_recheck_soon(t.auth, t.s[0]);
    come_in(1, &v2_kind, "g", "u");
    auth_recheck_soon(t.auth, t.s[1]);
    session_close(t.s[1], CLOSE_STOPPING);
    auth_recheck_soon(t.auth, t.s[1]);
    auth_recheck_now(t.auth, t.s[1]);
    wait_ms(SPREAD_MS);
    assert_int_equal(fake_commands_open(&t.commands), 0);
}

/* Clients of a group are asked about when that is heard again: hub_events.c. */
static void
group_lists_are_asked_about_when_all_daemons_are_heard(void **state)
{
    (void)state;
    come_in(0, &v2_kind, "g", "u");
    come_in(1, &v1_kind, "", "u");
    auth_on_subscription(t.auth);
    wait_ms(SPREAD_MS);
    assert_int_equal(fake_commands_open(&t.commands), 1);
    assert_command(&t.commands, 0, ASKED("", "secret", "10.0.0.1"));
}

/* ---- settings ---- */

static uint64_t
version(void *ctx, struct str group)
{
    assert_ptr_equal(ctx, &settings);
    return group.len;
}

static void
take(void *ctx, struct str group, struct str json, uint64_t at)
{
    struct text *out = ctx;

    text_add(out, group.p, group.len);
    text_add(out, json.p, json.len);
    text_add_int(out, (int64_t)at);
    text_add_str(out, " ");
}

static void
each_yes_tells_the_settings_of_the_group(void **state)
{
    (void)state;
    auth_use_settings(t.auth, &(struct auth_settings){&settings, version, take});
    come_in(0, &v2_kind, "g", "u");
    assert_bytes(text_str(&settings),
                 BYTES("g{\"slow\":0,\"quiet\":false,\"cap\":0,\"pinned\":\"\",\"attrs\":{}}1 "));
    text_clear(&settings);
    auth_recheck_now(t.auth, t.s[0]);
    fake_commands_answer(&t.commands, MUTED);
    assert_bytes(text_str(&settings), BYTES("g{}1 "));
    text_clear(&settings);
    auth_recheck_now(t.auth, t.s[0]);
    fake_commands_answer(&t.commands, NULL);
    auth_recheck_now(t.auth, t.s[0]);
    fake_commands_answer(&t.commands, ":-1\r\n");
    come_in(1, &v1_kind, "", "u");
    assert_int_equal(settings.len, 0);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(all_connections_of_the_user_in_the_group_are_told_by_one_question),
        TEST(nobody_is_asked_about_who_is_not_here),
        TEST(who_turns_out_to_be_banned_is_closed),
        TEST(a_question_that_is_lost_changes_nothing),
        TEST(who_left_meanwhile_is_not_told),
        TEST(who_comes_in_is_not_told_by_the_way),
        TEST(a_ban_closes_those_whom_it_is_for),
        TEST(all_are_asked_about_within_eight_seconds),
        TEST(a_check_that_is_due_soon_stays_due),
        TEST(who_is_not_in_or_gone_is_not_asked_about),
        TEST(group_lists_are_asked_about_when_all_daemons_are_heard),
        TEST(each_yes_tells_the_settings_of_the_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
