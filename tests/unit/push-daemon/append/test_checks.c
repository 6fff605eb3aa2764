/* test_checks.c - on a cluster a message waits until the node of its sender has said yes. */
#include "push-daemon/append/append.h"

#include <stdio.h>

#include "push-daemon/hub/hub.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/push-daemon/a_env.h"
#include "tests/unit/push-daemon/fake_log.h"
#include "tests/unit/push-daemon/fake_nodes.h"

enum {
    SENDERS = 40
};

/* The set of nodes stands for that of the users. */
static struct test {
    struct a_env env;
    struct nodes users, group;
    struct redis_clock clock;
    struct appender *appender;
    char told[SENDERS + 1];
    int again; /* a sender that sends at once when it is told something; -1: none */
} t;

/* ---- hub/hub.h, the map ---- */

bool
hub_has_heard(const struct hub *hub, struct str group, int64_t ts)
{
    (void)hub;
    (void)group;
    (void)ts;
    return true;
}

static struct node *
node_of(struct str group)
{
    (void)group;
    return fake_node(&t.group);
}

/* ---- the scene ---- */

static int
setup(void **state)
{
    (void)state;
    memset(&t, 0, sizeof(t));
    a_env_make(&t.env);
    a_config_set(&t.env.config, "redis.cluster", "10.0.0.1:1");
    fake_log_clear();
    fake_clock.ms = 5000;
    t.users = (struct nodes){.ready = true, .clock = &t.clock, .of = node_of};
    t.group = (struct nodes){.ready = true, .clock = &t.clock, .of = node_of};
    t.appender = append_create(&t.env.env, &t.users, BYTES("node"), NULL);
    memset(t.told, '-', SENDERS);
    t.again = -1;
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    append_destroy(t.appender);
    fake_commands_free(&t.users);
    fake_commands_free(&t.group);
    a_env_free(&t.env);
    return 0;
}

static bool post_with(int i, const char *session, const char *token);

static void
on_outcome(void *arg, const struct append_outcome *outcome)
{
    char *mark = arg;
    int again = t.again;

    assert_int_equal(*mark, '-'); /* told once */
    *mark = "SLRJA"[outcome->result];
    t.again = -1;
    if (again >= 0) {
        assert_true(post_with(again, "s", "t"));
    }
}

/* The session sends the message "mI." */
static bool
post_with(int i, const char *session, const char *token)
{
    static const char sessions[128];
    char info[16];
    struct append_message m = {BYTES("g"),    BYTES("u"), str_make(NULL, 0),
                               str_of(token), BYTES(""),  CMD_VERIFIED};

    snprintf(info, sizeof(info), "m%d.", i);
    m.info = str_of(info);
    return append_message(t.appender, (const struct session *)&sessions[(int)*session], &m,
                          on_outcome, &t.told[i]);
}

static void
post(int i)
{
    assert_true(post_with(i, "s", "t"));
}

static void
assert_told(const char *wanted)
{
    append_resolve_heard(t.appender);
    assert_bytes(str_make(t.told, strlen(wanted)), str_of(wanted));
}

/* The messages that await a reply of the group's node. */
static void
assert_sent(const char *wanted)
{
    char sent[256] = "";

    for (size_t i = 0; i < fake_commands_open(&t.group); i++) {
        struct text all;
        const char *info;

        text_init(&all);
        fake_commands_print(&t.group, i, &all, __FILE__, __LINE__);
        info = memmem(all.bytes, all.len, "\"info\":\"", 8);
        assert_non_null(info);
        snprintf(sent + strlen(sent), sizeof(sent) - strlen(sent), "%.*s",
                 (int)(strchr(info, '.') - info - 7), info + 8);
        text_fini(&all);
    }
    assert_string_equal(sent, wanted);
}

#define QUESTION "EVALSHA admit 1 login:{u} t"
#define YES      ":1\r\n"

/* ---- questions ---- */

static void
message_waits_for_the_answer_about_its_sender(void **state)
{
    (void)state;
    post(0);
    assert_command(&t.users, 0, QUESTION);
    assert_sent("");
    assert_int_equal(append_open_count(t.appender), 1);
    fake_commands_answer(&t.users, YES);
    assert_sent("m0.");
    assert_null(memmem(t.group.sent[0].argv.bytes.bytes, t.group.sent[0].argv.bytes.len, "{u}", 3));
    fake_commands_answer(&t.group, ":7\r\n");
    assert_told("S");
    assert_int_equal(fake_commands_open(&t.users), 0);
}

static void
with_members_only_the_membership_is_asked_for(void **state)
{
    (void)state;
    t.env.config.group.members_only = true;
    assert_true(post_with(0, "s", ""));
    assert_command(&t.users, 0, "EVALSHA admit 2 login:{u} ugs:{u}  g");
    fake_commands_answer(&t.users, ":-4\r\n");
    assert_told("J");
    assert_sent("");
}

/* What came after a question was sent is not part of it. */
static void
later_messages_wait_for_the_next_question(void **state)
{
    (void)state;
    post(0);
    post(1);
    post(2);
    assert_int_equal(fake_commands_open(&t.users), 1);
    fake_commands_answer(&t.users, YES);
    assert_sent("m0.");
    assert_command(&t.users, 0, QUESTION);
    post(3);
    assert_int_equal(fake_commands_open(&t.users), 1);
    fake_commands_answer(&t.users, YES);
    assert_sent("m0.m1.m2.");
    fake_commands_answer(&t.users, ":-1\r\n");
    assert_told("---L");
    assert_sent("m0.m1.m2.");
    assert_int_equal(fake_commands_open(&t.users), 0);
}

static void
sessions_do_not_wait_for_each_other(void **state)
{
    (void)state;
    post(0);
    assert_true(post_with(1, "o", "t"));
    post(2);
    assert_int_equal(fake_commands_open(&t.users), 2);
    fake_commands_answer_newest(&t.users, YES);
    assert_sent("m1.");
    fake_commands_answer(&t.users, YES);
    fake_commands_answer(&t.users, YES);
    assert_sent("m1.m0.m2.");
}

static void
another_token_is_another_question(void **state)
{
    (void)state;
    post(0);
    post(1);
    assert_true(post_with(2, "s", "new"));
    fake_commands_answer(&t.users, YES);
    fake_commands_answer(&t.users, ":-1\r\n");
    assert_told("-L-");
    assert_command(&t.users, 0, "EVALSHA admit 1 login:{u} new");
    fake_commands_answer(&t.users, YES);
    assert_sent("m0.m2.");
}

static void
what_needs_no_question_keeps_its_place(void **state)
{
    (void)state;
    assert_true(post_with(0, "s", ""));
    assert_sent("m0.");
    post(1);
    assert_true(post_with(2, "s", ""));
    assert_true(post_with(3, "s", ""));
    post(4);
    assert_sent("m0.");
    fake_commands_answer(&t.users, YES);
    assert_sent("m0.m1.m2.m3.");
    fake_commands_answer(&t.users, YES);
    assert_sent("m0.m1.m2.m3.m4.");
}

/* ---- refusals ---- */

static void
answers_that_are_no_yes_refuse(void **state)
{
    static const struct {
        const char *answer;
        const char *told;
    } rows[] = {
        {":-1\r\n", "LL"},
        {":-4\r\n", "JJ"},
        {"-CLUSTERDOWN The cluster is down\r\n", "RR"},
        {"-WRONGTYPE Operation\r\n", "RR"},
        {NULL, "RR"}, /* lost */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        post(0);
        fake_commands_answer(&t.users, rows[i].answer);
        post(1);
        fake_commands_answer(&t.users, rows[i].answer);
        assert_told(rows[i].told);
        assert_sent("");
        assert_int_equal(append_open_count(t.appender), 0);
        assert_int_equal(t.env.metrics.open_bytes, 0);
        teardown(state);
        setup(state);
    }
}

static void
without_the_users_node_nothing_is_taken(void **state)
{
    (void)state;
    t.users.ready = false;
    assert_false(post_with(0, "s", "t"));
    assert_int_equal(append_open_count(t.appender), 0);
    t.users.ready = true;
    post(1);
    post(2);
    t.users.ready = false;
    fake_commands_answer(&t.users, NULL);
    assert_told("-RR");
    assert_true(post_with(3, "s", "")); /* nobody needs be asked */
    assert_sent("m3.");
}

static void
without_the_groups_node_it_is_refused_behind_the_question(void **state)
{
    (void)state;
    t.group.ready = false;
    post(0);
    fake_commands_answer(&t.users, YES);
    assert_told("R");
    t.group.ready = true;
    t.group.full = true;
    post(1);
    fake_commands_answer(&t.users, YES);
    assert_told("RR");
    assert_int_equal(append_open_count(t.appender), 0);
}

/* A client that was held up goes on when one of its messages is told. */
static void
who_is_told_may_send_at_once(void **state)
{
    (void)state;
    post(0);
    post(1);
    t.again = 2;
    fake_commands_answer(&t.users, ":-1\r\n");
    assert_told("L--");
    fake_commands_answer(&t.users, YES); /* for both: the third one came before it was asked */
    assert_sent("m1.m2.");
    t.group.ready = false;
    append_on_down(t.appender, fake_node(&t.group));
    post(3);
    t.again = 4;
    t.users.ready = false;
    fake_commands_answer(&t.users, YES);
    assert_told("L--RR");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(message_waits_for_the_answer_about_its_sender),
        TEST(with_members_only_the_membership_is_asked_for),
        TEST(later_messages_wait_for_the_next_question),
        TEST(sessions_do_not_wait_for_each_other),
        TEST(another_token_is_another_question),
        TEST(what_needs_no_question_keeps_its_place),
        TEST(answers_that_are_no_yes_refuse),
        TEST(without_the_users_node_nothing_is_taken),
        TEST(without_the_groups_node_it_is_refused_behind_the_question),
        TEST(who_is_told_may_send_at_once),
    };

    return cmocka_run_group_tests_name("checks", tests, NULL, NULL);
}
