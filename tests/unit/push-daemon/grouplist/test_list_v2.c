/* test_list_v2.c - clients of /group/list that speak fastim.v2: all groups, then what is new. */
#include "push-daemon/grouplist/list_v2.h"

#include <stdio.h>

#include "push-daemon/client/identity.h"
#include "push-daemon/grouplist/poller.h"
#include "tests/unit/push-daemon/a_crowd.h"

static struct a_crowd t;
static struct identity *identity;
static struct list_v2 list;

/* A user's groups. */
#define NO_GROUP  "*2\r\n$1\r\n0\r\n*0\r\n"
#define GROUP_A   "*2\r\n$1\r\n0\r\n*1\r\n$1\r\na\r\n"
#define GROUP_B   "*2\r\n$1\r\n0\r\n*1\r\n$1\r\nb\r\n"
#define GROUPS_AB "*2\r\n$1\r\n0\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n"

/* Up to where it has read them. */
#define NO_MARK  "*1\r\n$-1\r\n"
#define MARK_1   "*1\r\n$1\r\n1\r\n"
#define MARKS_1N "*2\r\n$1\r\n1\r\n$-1\r\n"

/* Of a group: its newest entries, and its summary. */
#define M(n)    "$33\r\n{\"userId\":\"v\",\"info\":\"m\",\"ts\":" #n "}\n\r\n"
#define EMPTY   ":0\r\n$0\r\n\r\n"
#define ONE     ":1\r\n" M(1)
#define TWO     ":2\r\n" M(2)
#define ENTRY_1 "*1\r\n" M(1)
#define ENTRY_2 "*2\r\n" M(2) M(1)

/* What a client gets of a group. */
#define OUT(group, ts, total, unread)                                                              \
    "{\"groupId\":\"" group "\",\"newMessage\":{\"groupId\":\"" group                              \
    "\",\"userId\":\"v\",\"info\":\"m\",\"ts\":" #ts "},\"total\":" #total ",\"unread\":" #unread  \
    "}"
#define OUT_EMPTY(group) "{\"groupId\":\"" group "\",\"total\":0,\"unread\":0}"
#define ALL(groups)      "{\"type\":\"groups\",\"groups\":[" groups "]}"
#define NEWS(group)      "{\"type\":\"group\",\"group\":" group "}"
#define LEFT(id)         "{\"type\":\"left\",\"groupId\":\"" id "\"}"
#define V1_ONE                                                                                     \
    "[{\"newMessage\":{\"groupId\":\"a\",\"userId\":\"v\",\"info\":\"m\",\"ts\":1},\"total\":1}]"

static int
setup(void **state)
{
    (void)state;
    a_crowd_make(&t);
    identity = identity_create(&t.env.env);
    list.dialog = (struct dialog){&t.env.env, t.sessions, t.auth, identity};
    list.poller = poller_create(&t.env.env, &t.commands, t.sessions, t.auth);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    for (int i = 0; i < A_CROWD_MAX; i++) {
        if (t.s[i] != NULL) {
            a_crowd_lose(&t, i);
        }
    }
    fake_commands_lose(&t.commands);
    poller_destroy(list.poller);
    identity_destroy(identity);
    a_crowd_free(&t);
    return 0;
}

/* Redis knows no ban of it; other questions may be open. */
static void
be_let_in(int i)
{
    if (t.s[i]->state == SESSION_ENTERING && !t.env.config.group.login_auth) {
        fake_commands_answer_newest(&t.commands, ":0\r\n");
    }
}

/* Client i watches the groups of a user, by fastim.v2; or by Part 1. */
static void
watch(int i, const char *user)
{
    struct ws_request request = a_request("", user, "10.0.0.1");

    request.is_v2 = true;
    t.s[i] = list_v2_open(&list, &t.ws[i], &request);
    be_let_in(i);
}

static void
watch_v1(int i, const char *user)
{
    struct ws_request request = a_request("", user, "10.0.0.1");

    t.s[i] = poller_open(list.poller, &t.ws[i], &request);
    be_let_in(i);
}

static void
answer(const char *wire)
{
    fake_commands_answer(&t.commands, wire);
}

/* The pause between two steps, and behind a round. */
static void
rest(void)
{
    fake_loop_advance(t.env.env.loop, 10);
}

/* A round of all users begins. */
static void
tick(void)
{
    fake_loop_advance(t.env.env.loop, 1000);
}

/* What is asked of one user with one group, answered; tally NULL: it is not asked for. */
static void
answer_all(const char *groups, const char *marks, const char *summary, const char *tally)
{
    answer(groups);
    answer(marks);
    answer(summary);
    rest();
    if (tally != NULL) {
        answer(tally);
    }
    assert_int_equal(fake_commands_open(&t.commands), 0);
}

/* Client 0 watches user u in group a, in which v has said one thing. */
static void
welcome(void)
{
    watch(0, "u");
    answer_all(GROUP_A, NO_MARK, "*2\r\n" ONE, "*1\r\n" ENTRY_1);
    assert_frames(&t.ws[0], ALL(OUT("a", 1, 1, 1)));
    rest();
}

static void
a_round_asks_for_marks_and_for_the_entries_to_count(void **state)
{
    (void)state;
    watch(0, "u");
    assert_command(&t.commands, 0, "SSCAN ugs:u 0 COUNT 1000");
    answer(GROUPS_AB);
    assert_command(&t.commands, 0, "HMGET fim:read:u a b");
    answer(MARKS_1N);
    assert_command(&t.commands, 0, "EVALSHA summary 2 gml:a gml:b");
    answer("*4\r\n" TWO EMPTY);
    rest();
    assert_command(&t.commands, 0, "EVALSHA tally 1 gml:a 100");
    assert_frames(&t.ws[0], "");
    answer("*1\r\n" ENTRY_2);
    assert_frames(&t.ws[0], ALL(OUT("a", 2, 2, 1) "," OUT_EMPTY("b")));
    tick();
    answer(GROUPS_AB);
    answer(MARKS_1N);
    answer("*4\r\n" TWO EMPTY);
    assert_int_equal(fake_commands_open(&t.commands), 0); /* nothing has changed */
    assert_frames(&t.ws[0], "");
}

static void
a_user_without_groups_gets_an_empty_list(void **state)
{
    (void)state;
    watch(0, "u");
    answer(NO_GROUP);
    assert_int_equal(fake_commands_open(&t.commands), 0);
    assert_frames(&t.ws[0], ALL(""));
}

static void
what_has_changed_is_told(void **state)
{
    static const struct {
        const char *groups, *marks, *summary, *tally, *frames;
    } rows[] = {
        {GROUP_A, NO_MARK, "*2\r\n" TWO, "*1\r\n" ENTRY_2, NEWS(OUT("a", 2, 2, 2))},
        {GROUP_A, MARK_1, "*2\r\n" TWO, NULL, NEWS(OUT("a", 2, 2, 1))},
        {GROUP_A, MARK_1, "*2\r\n" TWO, NULL, ""},
        {GROUP_B, NO_MARK, "*2\r\n" ONE, "*1\r\n" ENTRY_1, LEFT("a") "|" NEWS(OUT("b", 1, 1, 1))},
        {GROUP_B, NO_MARK, "*2\r\n" EMPTY, NULL, NEWS(OUT_EMPTY("b"))},
        {"-WRONGTYPE Operation\r\n", "-WRONGTYPE Operation\r\n", "*2\r\n" EMPTY, NULL, ""},
    };

    (void)state;
    welcome();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        tick();
        answer_all(rows[i].groups, rows[i].marks, rows[i].summary, rows[i].tally);
        assert_frames(&t.ws[0], rows[i].frames);
    }
    tick();
    answer(NO_GROUP);
    assert_frames(&t.ws[0], LEFT("b"));
}

static void
what_is_new_alone_is_read(void **state)
{
    (void)state;
    welcome();
    tick();
    answer(GROUP_A);
    answer(NO_MARK);
    answer("*2\r\n" TWO);
    rest();
    assert_command(&t.commands, 0, "EVALSHA tally 1 gml:a 10");
    answer("*1\r\n*10\r\n" M(9) M(8) M(7) M(6) M(5) M(4) M(3) M(3) M(3)
               M(3)); /* it is none of it */
    rest();
    assert_command(&t.commands, 0, "EVALSHA tally 1 gml:a 100");
    assert_frames(&t.ws[0], "");
    answer("*1\r\n" ENTRY_2);
    assert_frames(&t.ws[0], NEWS(OUT("a", 2, 2, 2)));
}

static void
a_client_of_part_1_sees_nothing_of_it(void **state)
{
    (void)state;
    watch_v1(1, "u");
    answer(GROUP_A);
    answer("*2\r\n" ONE);
    assert_frames(&t.ws[1], V1_ONE);
    rest();
    watch(0, "u"); /* its marks are not known: a round asks for them at once */
    assert_frames(&t.ws[0], "");
    answer_all(GROUP_A, NO_MARK, "*2\r\n" ONE, "*1\r\n" ENTRY_1);
    assert_frames(&t.ws[0], ALL(OUT("a", 1, 1, 1)));
    tick();
    answer_all(GROUP_A, MARK_1, "*2\r\n" ONE, NULL);
    assert_frames(&t.ws[0], NEWS(OUT("a", 1, 1, 0)));
    watch_v1(2, "u");
    watch(3, "u");
    assert_frames(&t.ws[2], V1_ONE);
    assert_frames(&t.ws[3], ALL(OUT("a", 1, 1, 0)));
    assert_frames(&t.ws[1], "");
    assert_frames(&t.ws[0], "");
    a_crowd_lose(&t, 0);
    a_crowd_lose(&t, 3);
    tick();
    answer(GROUP_A);
    answer("*2\r\n" ONE); /* and no marks */
    assert_int_equal(fake_commands_open(&t.commands), 0);
}

/* It comes while the round of all is under way, and has asked for its user's groups already. */
static void
a_client_that_comes_within_a_round_gets_one_of_its_own(void **state)
{
    (void)state;
    watch_v1(1, "u");
    answer(GROUP_A);
    answer("*2\r\n" ONE);
    rest();
    tick();
    answer(GROUP_A);
    watch(0, "u");
    answer("*2\r\n" ONE);
    rest();
    answer("*1\r\n" ENTRY_1);
    assert_frames(&t.ws[0], "");
    assert_command(&t.commands, 0, "SSCAN ugs:u 0 COUNT 1000");
    answer_all(GROUP_A, NO_MARK, "*2\r\n" ONE, NULL);
    assert_frames(&t.ws[0], ALL(OUT("a", 1, 1, 1)));
}

/* The last client of fastim.v2 leaves while its marks are asked for, and another one comes. */
static void
marks_of_another_ledger_are_not_taken(void **state)
{
    (void)state;
    watch_v1(1, "u");
    watch(0, "u");
    answer(GROUP_A);
    a_crowd_lose(&t, 0);
    watch(0, "u");
    answer(MARK_1);
    answer("*2\r\n" ONE);
    rest();
    answer("*1\r\n" ENTRY_1);
    assert_frames(&t.ws[1], V1_ONE);
    assert_frames(&t.ws[0], "");
    rest();
    answer_all(GROUP_A, NO_MARK, "*2\r\n" ONE, NULL);
    assert_frames(&t.ws[0], ALL(OUT("a", 1, 1, 1)));
}

static void
a_round_that_breaks_is_repeated(void **state)
{
    (void)state;
    for (int lost = 0; lost < 4; lost++) {
        static const char *const replies[] = {GROUP_A, NO_MARK, "*2\r\n" ONE};

        watch(lost, "u");
        for (int i = 0; i < lost; i++) {
            answer(replies[i]);
        }
        if (lost == 3) {
            rest();
        }
        answer(NULL);
        assert_int_equal(fake_commands_open(&t.commands), 0);
        rest();
        answer_all(GROUP_A, NO_MARK, "*2\r\n" ONE, "*1\r\n" ENTRY_1);
        assert_frames(&t.ws[lost], ALL(OUT("a", 1, 1, 1)));
        a_crowd_lose(&t, lost);
        rest();
    }
}

/* The news are one write for each, and the bytes are shared. */
static void
clients_of_one_user_share_the_news(void **state)
{
    (void)state;
    welcome();
    watch(1, "u");
    assert_frames(&t.ws[1], ALL(OUT("a", 1, 1, 1)));
    t.ws[0].kept = t.ws[1].kept = true;
    tick();
    answer_all(GROUP_A, NO_MARK, "*2\r\n" TWO, "*1\r\n" ENTRY_2);
    assert_non_null(outbox_next(&t.s[0]->outbox).p);
    assert_ptr_equal(outbox_next(&t.s[0]->outbox).p, outbox_next(&t.s[1]->outbox).p);
}

static void
a_client_that_takes_no_more_leaves_while_it_is_told(void **state)
{
    (void)state;
    welcome();
    t.ws[0].kept = true;
    for (int i = 0; i < OUTBOX_MAX_FRAMES; i++) {
        session_send_text(t.s[0], "x");
    }
    tick();
    answer_all(GROUP_A, NO_MARK, "*2\r\n" TWO, "*1\r\n" ENTRY_2);
    assert_true(t.ws[0].killed);
    tick();
    assert_int_equal(fake_commands_open(&t.commands), 0);
}

static void
marks_are_asked_for_a_thousand_at_a_time(void **state)
{
    struct text groups, marks;

    (void)state;
    text_init(&groups);
    text_init(&marks);
    text_add_str(&groups, "*2\r\n$1\r\n0\r\n*1001\r\n");
    text_add_str(&marks, "*1000\r\n");
    for (int i = 0; i < 1001; i++) {
        text_add_str(&groups, "$4\r\n");
        text_add_int(&groups, 1000 + i);
        text_add_str(&groups, "\r\n");
        text_add_str(&marks, i < 1000 ? "$-1\r\n" : "");
    }
    watch(0, "u");
    answer(groups.bytes);
    assert_int_equal(t.commands.sent[t.commands.first].argv.count, 2 + 1000);
    answer(marks.bytes);
    assert_command(&t.commands, 0, "HMGET fim:read:u 2000");
    answer(NO_MARK);
    assert_bytes(fake_commands_word(&t.commands, 0, 2), BYTES("100"));
    text_fini(&groups);
    text_fini(&marks);
}

static void
a_client_says_who_it_is_and_nothing_else(void **state)
{
    static const char *const rows[][2] = {
        {"{\"type\":\"ping\"}", "{\"type\":\"pong\"}"},
        {"{\"type\":\"auth\",\"token\":\"x\"}",
         "{\"type\":\"you\",\"you\":{\"role\":\"\",\"muted\":0,\"expires\":0}}"},
        {"{\"type\":\"send\",\"id\":\"k\",\"info\":\"x\"}",
         "{\"type\":\"error\",\"id\":\"k\",\"code\":400,\"reason\":\"type\"}"},
        {"{\"type\":\"history\",\"before\":1}",
         "{\"type\":\"error\",\"code\":400,\"reason\":\"type\"}"},
        {"{\"type\":\"signal\",\"info\":\"x\"}",
         "{\"type\":\"error\",\"code\":400,\"reason\":\"type\"}"},
        {"[]", "{\"type\":\"error\",\"code\":400,\"reason\":\"frame\"}|(4400)"},
    };

    (void)state;
    welcome();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        a_crowd_say(&t, 0, str_of(rows[i][0]));
        assert_frames(&t.ws[0], rows[i][1]);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_round_asks_for_marks_and_for_the_entries_to_count),
        TEST(a_user_without_groups_gets_an_empty_list),
        TEST(what_has_changed_is_told),
        TEST(what_is_new_alone_is_read),
        TEST(a_client_of_part_1_sees_nothing_of_it),
        TEST(a_client_that_comes_within_a_round_gets_one_of_its_own),
        TEST(marks_of_another_ledger_are_not_taken),
        TEST(a_round_that_breaks_is_repeated),
        TEST(clients_of_one_user_share_the_news),
        TEST(a_client_that_takes_no_more_leaves_while_it_is_told),
        TEST(marks_are_asked_for_a_thousand_at_a_time),
        TEST(a_client_says_who_it_is_and_nothing_else),
    };

    return cmocka_run_group_tests_name("list_v2", tests, NULL, NULL);
}
