/* test_poller.c - clients of /group/list: what is new in the groups of each user. */
#include "push-daemon/grouplist/poller.h"

#include <stdio.h>

#include "tests/unit/push-daemon/a_crowd.h"

static struct a_crowd t;
static struct poller *poller;

/* A user's groups, all of them or some. */
#define LAST      "*2\r\n$1\r\n0\r\n"
#define PIECE     "*2\r\n$2\r\n17\r\n"
#define NO_GROUP  LAST "*0\r\n"
#define GROUP_A   LAST "*1\r\n$1\r\na\r\n"
#define GROUP_B   LAST "*1\r\n$1\r\nb\r\n"
#define GROUPS_AB LAST "*2\r\n$1\r\na\r\n$1\r\nb\r\n"

/* What a group's list has: its length, its newest entry. */
#define EMPTY ":0\r\n$0\r\n\r\n"
#define ONE   ":1\r\n$33\r\n{\"userId\":\"u\",\"info\":\"m\",\"ts\":1}\n\r\n"
#define TWO   ":2\r\n$33\r\n{\"userId\":\"u\",\"info\":\"m\",\"ts\":2}\n\r\n"
#define ONE_OUT                                                                                    \
    "{\"newMessage\":{\"groupId\":\"a\",\"userId\":\"u\",\"info\":\"m\",\"ts\":1},\"total\":1}"
#define TWO_OUT                                                                                    \
    "{\"newMessage\":{\"groupId\":\"a\",\"userId\":\"u\",\"info\":\"m\",\"ts\":2},\"total\":2}"

static int
setup(void **state)
{
    (void)state;
    a_crowd_make(&t);
    poller = poller_create(&t.env.env, &t.commands, t.sessions, t.auth);
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
    poller_destroy(poller);
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

/* Redis knows no ban of it; other questions may be open. */
static void
be_let_in(int i)
{
    if (t.s[i]->state == SESSION_ENTERING && !t.env.config.group.login_auth) {
        fake_commands_answer_newest(&t.commands, ":0\r\n");
    }
}

/* Client i watches the groups of a user. */
static void
watch(int i, const char *user)
{
    struct ws_request request = a_request("", user, "10.0.0.1");

    t.s[i] = poller_open(poller, &t.ws[i], &request);
    be_let_in(i);
}

static void
tick(void)
{
    fake_loop_advance(t.env.env.loop, 1000);
}

static void
answer(const char *wire)
{
    fake_commands_answer(&t.commands, wire);
}

/* The pause behind a round of new users is over. */
static void
rest(void)
{
    fake_loop_advance(t.env.env.loop, 10);
}

/* Client i watches a user of whom nothing is known: it is asked for at once. summary NULL: it has
 * no group. */
static void
welcome(int i, const char *user, const char *groups, const char *summary)
{
    watch(i, user);
    answer(groups);
    if (summary != NULL) {
        answer(summary);
    }
    assert_int_equal(fake_commands_open(&t.commands), 0);
    rest();
}

/* A round of one user with one group. */
static void
round_of_a(const char *summary)
{
    tick();
    answer(GROUP_A);
    answer(summary);
    assert_int_equal(fake_commands_open(&t.commands), 0);
}

static void
a_round_asks_for_the_users_and_then_for_their_groups(void **state)
{
    (void)state;
    welcome(0, "u", NO_GROUP, NULL);
    welcome(1, "v", NO_GROUP, NULL);
    watch(2, "v");
    assert_int_equal(t.s[0]->state, SESSION_LIVE);
    assert_int_equal(fake_commands_open(&t.commands), 0);
    tick();
    assert_int_equal(fake_commands_open(&t.commands), 2);
    assert_command(&t.commands, 0, "SSCAN ugs:u 0 COUNT 1000");
    assert_command(&t.commands, 1, "SSCAN ugs:v 0 COUNT 1000");
    answer(GROUP_A);
    assert_int_equal(fake_commands_open(&t.commands), 1);
    answer(GROUPS_AB);
    assert_int_equal(fake_commands_open(&t.commands), 1); /* each group once */
    assert_command(&t.commands, 0, "EVALSHA summary 2 gml:a gml:b");
    assert_true(t.commands.sent[t.commands.first].script);
    answer("*4\r\n" ONE EMPTY);
    assert_frames(&t.ws[0], "[" ONE_OUT "]");
    assert_frames(&t.ws[1], "[" ONE_OUT ",{\"newMessage\":null,\"total\":0}]");
    assert_frames(&t.ws[2], "[" ONE_OUT ",{\"newMessage\":null,\"total\":0}]");
}

static void
a_list_is_sent_when_it_has_changed(void **state)
{
    static const struct {
        const char *groups, *summary; /* summary NULL: none is asked for */
        const char *frame;
    } rows[] = {
        {GROUP_A, "*2\r\n" ONE, "[" ONE_OUT "]"},
        {GROUP_A, "*2\r\n" ONE, ""},
        {GROUP_A, "*2\r\n" TWO, "[" TWO_OUT "]"},
        {NO_GROUP, NULL, "[]"}, /* it has left the last one */
        {NO_GROUP, NULL, ""},
        {GROUP_A, "*2\r\n" TWO, "[" TWO_OUT "]"},
        {GROUP_A, "*2\r\n" EMPTY, "[{\"newMessage\":null,\"total\":0}]"}, /* the list has expired */
        {"-WRONGTYPE Operation\r\n", "*2\r\n" EMPTY, ""}, /* the groups stay as they were */
        {"-WRONGTYPE Operation\r\n", "*2\r\n" TWO, "[" TWO_OUT "]"},
    };

    (void)state;
    watch(0, "u");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        tick();
        answer(rows[i].groups);
        if (rows[i].summary != NULL) {
            answer(rows[i].summary);
        }
        assert_int_equal(fake_commands_open(&t.commands), 0);
        assert_frames(&t.ws[0], rows[i].frame);
    }
    assert_int_equal(fake_log_count("debug group-list user=\"u\""), 2);
}

static void
a_list_begins_with_the_first_message(void **state)
{
    (void)state;
    watch(0, "u");
    round_of_a("*2\r\n" EMPTY);
    assert_frames(&t.ws[0], "");
    round_of_a("*2\r\n" ONE);
    assert_frames(&t.ws[0], "[" ONE_OUT "]");
    watch(1, "v");
    tick();
    answer(GROUP_A);
    answer(NO_GROUP);
    answer("*2\r\n" ONE);
    assert_frames(&t.ws[1], "");
    tick();
    answer(GROUP_A);
    answer(GROUPS_AB);
    answer("*4\r\n" ONE EMPTY); /* which its list has now */
    assert_frames(&t.ws[1], "[" ONE_OUT ",{\"newMessage\":null,\"total\":0}]");
    assert_frames(&t.ws[0], "");
}

/* It watches a user whose list was never readable. */
static void
a_user_whose_groups_cannot_be_read_has_no_list(void **state)
{
    (void)state;
    watch(0, "u");
    tick();
    answer("-WRONGTYPE Operation\r\n");
    assert_int_equal(fake_commands_open(&t.commands), 0);
    tick();
    assert_int_equal(fake_commands_open(&t.commands), 1); /* the round has ended */
    assert_frames(&t.ws[0], "");
}

static void
a_client_that_comes_later_gets_the_list_without_a_question(void **state)
{
    (void)state;
    welcome(0, "u", GROUP_A, "*2\r\n" ONE);
    assert_frames(&t.ws[0], "[" ONE_OUT "]");
    watch(1, "u");
    assert_frames(&t.ws[0], "");
    assert_frames(&t.ws[1], "[" ONE_OUT "]");
    assert_int_equal(fake_commands_open(&t.commands), 0);
    round_of_a("*2\r\n" ONE);
    assert_frames(&t.ws[0], "");
    assert_frames(&t.ws[1], "");
    round_of_a("*2\r\n" EMPTY);
    assert_frames(&t.ws[1], "[{\"newMessage\":null,\"total\":0}]");
    watch(2, "u");
    assert_frames(&t.ws[2], ""); /* its groups hold no message */
    round_of_a("*2\r\n" ONE);
    assert_frames(&t.ws[2], "[" ONE_OUT "]");
}

/* ---- users that come ---- */

static void
a_user_that_comes_is_asked_for_at_once(void **state)
{
    (void)state;
    watch(0, "u");
    assert_int_equal(fake_commands_open(&t.commands), 1);
    assert_command(&t.commands, 0, "SSCAN ugs:u 0 COUNT 1000");
    answer(GROUPS_AB);
    assert_command(&t.commands, 0, "EVALSHA summary 2 gml:a gml:b");
    answer("*4\r\n" ONE EMPTY);
    assert_frames(&t.ws[0], "[" ONE_OUT ",{\"newMessage\":null,\"total\":0}]");
}

/* However many come in a moment: a hundred in a step, and a pause between steps. */
static void
users_that_come_in_a_moment_share_a_round(void **state)
{
    char user[13];

    (void)state;
    for (int i = 0; i < 150; i++) {
        snprintf(user, sizeof(user), "u%d", i);
        watch(i, user);
    }
    assert_int_equal(fake_commands_open(&t.commands), 1);
    answer(GROUP_A);
    answer("*2\r\n" ONE);
    assert_frames(&t.ws[0], "[" ONE_OUT "]");
    assert_int_equal(fake_commands_open(&t.commands), 0);
    rest();
    assert_int_equal(fake_commands_open(&t.commands), 100);
    for (int i = 0; i < 100; i++) {
        answer(GROUP_A);
    }
    assert_command(&t.commands, 0, "EVALSHA summary 1 gml:a");
    answer("*2\r\n" ONE);
    assert_frames(&t.ws[100], "[" ONE_OUT "]");
    assert_frames(&t.ws[101], "");
    rest();
    assert_int_equal(fake_commands_open(&t.commands), 49);
    for (int i = 0; i < 49; i++) {
        answer(GROUP_A);
    }
    answer("*2\r\n" ONE);
    assert_frames(&t.ws[149], "[" ONE_OUT "]");
    rest();
    assert_int_equal(fake_commands_open(&t.commands), 0);
}

/* One round may take as long as updateRate. */
static void
a_user_that_comes_does_not_wait_for_the_round_of_all(void **state)
{
    (void)state;
    welcome(0, "u", GROUPS_AB, "*4\r\n" ONE EMPTY);
    assert_frames(&t.ws[0], "[" ONE_OUT ",{\"newMessage\":null,\"total\":0}]");
    tick();
    answer(GROUPS_AB);
    answer("*2\r\n" ONE); /* the round of all pauses, and has not asked for group b yet */
    watch(1, "v");
    answer(GROUPS_AB);
    assert_command(&t.commands, 0, "EVALSHA summary 2 gml:a gml:b");
    answer("*4\r\n" TWO EMPTY);
    assert_frames(&t.ws[1], "[" TWO_OUT ",{\"newMessage\":null,\"total\":0}]");
    assert_frames(&t.ws[0], "");
    rest();
    assert_command(&t.commands, 0, "EVALSHA summary 1 gml:b");
    answer("*2\r\n" EMPTY);
    assert_frames(&t.ws[0], "[" TWO_OUT ",{\"newMessage\":null,\"total\":0}]");
    assert_frames(&t.ws[1], "");
}

/* The longest wait for an answer, nine times: a group with a huge entry costs no more than that. */
static void
slow_answers_lengthen_the_pause(void **state)
{
    (void)state;
    watch(0, "u");
    answer(GROUP_A);
    fake_loop_advance(t.env.env.loop, 50);
    answer("*2\r\n" ONE);
    watch(1, "v");
    fake_loop_advance(t.env.env.loop, 449);
    assert_int_equal(fake_commands_open(&t.commands), 0);
    fake_loop_advance(t.env.env.loop, 1);
    assert_int_equal(fake_commands_open(&t.commands), 1);
}

static void
a_user_that_still_waits_is_in_the_round_of_all(void **state)
{
    (void)state;
    watch(0, "u");
    answer(GROUP_A);
    fake_loop_advance(t.env.env.loop, 900);
    answer("*2\r\n" ONE);
    watch(1, "v");
    assert_int_equal(fake_commands_open(&t.commands), 0);
    fake_loop_advance(t.env.env.loop, 100);
    assert_int_equal(fake_commands_open(&t.commands), 2);
    answer(GROUP_A);
    answer(GROUP_A);
    answer("*2\r\n" ONE);
    assert_frames(&t.ws[1], "[" ONE_OUT "]");
}

static void
a_user_whose_round_breaks_is_asked_for_again(void **state)
{
    (void)state;
    watch(0, "u");
    answer(NULL);
    assert_int_equal(fake_commands_open(&t.commands), 0);
    rest();
    assert_command(&t.commands, 0, "SSCAN ugs:u 0 COUNT 1000");
    answer(GROUP_A);
    answer(NULL);
    t.commands.ready = false;
    watch(1, "v");
    rest();
    assert_int_equal(fake_commands_open(&t.commands), 0);
    t.commands.ready = true;
    tick();
    assert_command(&t.commands, 0, "SSCAN ugs:u 0 COUNT 1000");
    assert_command(&t.commands, 1, "SSCAN ugs:v 0 COUNT 1000");
    answer(GROUP_A);
    answer(NO_GROUP);
    answer("*2\r\n" ONE);
    assert_frames(&t.ws[0], "[" ONE_OUT "]");
}

static void
a_client_may_leave_before_its_user_is_asked_for(void **state)
{
    (void)state;
    watch(0, "u");
    watch(1, "v");
    watch(2, "w");
    a_crowd_lose(&t, 1); /* it waits */
    a_crowd_lose(&t, 0); /* it is asked for */
    answer(GROUP_A);
    answer("*2\r\n" ONE);
    rest();
    assert_int_equal(fake_commands_open(&t.commands), 1);
    assert_command(&t.commands, 0, "SSCAN ugs:w 0 COUNT 1000");
    a_crowd_lose(&t, 2);
    watch(2, "w");
    answer(NO_GROUP);
    tick();
    assert_int_equal(fake_commands_open(&t.commands), 1);
}

/* The round of all has found a group of which nothing else is known yet. */
static void
a_list_with_an_unknown_group_waits_for_the_rounds_end(void **state)
{
    (void)state;
    welcome(0, "u", GROUP_A, "*2\r\n" ONE);
    assert_frames(&t.ws[0], "[" ONE_OUT "]");
    tick();
    answer(GROUPS_AB);
    watch(1, "u");
    assert_frames(&t.ws[1], "");
    answer("*4\r\n" TWO EMPTY);
    assert_frames(&t.ws[0], "[" TWO_OUT ",{\"newMessage\":null,\"total\":0}]");
    assert_frames(&t.ws[1], "[" TWO_OUT ",{\"newMessage\":null,\"total\":0}]");
}

/* ---- questions ---- */

static void
clients_of_one_user_share_a_frame(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        watch(i, "u");
        t.ws[i].kept = true;
    }
    answer(GROUP_A);
    answer("*2\r\n" ONE);
    for (int i = 0; i < 3; i++) {
        assert_ptr_equal(outbox_next(&t.s[i]->outbox).p, outbox_next(&t.s[0]->outbox).p);
        assert_non_null(outbox_next(&t.s[i]->outbox).p);
    }
}

/* A user with 250 groups: three commands, and the list when all are answered. */
static void
groups_are_asked_for_a_hundred_at_a_time(void **state)
{
    static const size_t wanted[] = {100, 100, 50};
    struct text text;

    (void)state;
    text_init(&text);
    text_add_str(&text, LAST "*250\r\n");
    for (int i = 0; i < 250; i++) {
        char id[32];

        snprintf(id, sizeof(id), "$4\r\ng%03d\r\n", i);
        text_add_str(&text, id);
    }
    watch(0, "u");
    tick();
    answer(text.bytes);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(fake_commands_open(&t.commands), 1);
        assert_int_equal(t.commands.sent[t.commands.first].argv.count, 3 + wanted[i]);
        text_clear(&text);
        text_add_str(&text, "*");
        text_add_int(&text, (int64_t)(2 * wanted[i]));
        text_add_str(&text, "\r\n");
        for (size_t k = 0; k < wanted[i]; k++) {
            text_add_str(&text, ":1\r\n$1\r\nx\r\n");
        }
        assert_frames(&t.ws[0], "");
        answer(text.bytes);
        assert_int_equal(fake_commands_open(&t.commands), 0);
        fake_loop_advance(t.env.env.loop, 10);
    }
    assert_int_equal(fake_commands_open(&t.commands), 0);
    assert_int_equal(t.ws[0].writes, 0); /* none of them is a message */
    text_fini(&text);
}

enum {
    MANY = 10000
};

/* Answers a hundred questions for a hundred groups each, and lets time pass behind each. */
static void
answer_for_many(void)
{
    struct text text;

    text_init(&text);
    text_add_str(&text, "*200\r\n");
    for (int i = 0; i < 100; i++) {
        text_add_str(&text, EMPTY);
    }
    for (int i = 0; i < MANY / 100; i++) {
        assert_int_equal(fake_commands_open(&t.commands), 1);
        answer(text.bytes);
        rest();
    }
    text_fini(&text);
}

/* The groups of the second user have all been asked for: to pass over them takes a step of its own,
 * without a question. */
static void
users_with_the_same_many_groups_cost_no_question_more(void **state)
{
    struct text text;

    (void)state;
    text_init(&text);
    text_add_str(&text, LAST "*10000\r\n");
    for (int i = 0; i < MANY; i++) {
        char id[32];

        snprintf(id, sizeof(id), "$5\r\n%05d\r\n", i);
        text_add_str(&text, id);
    }
    a_config_set(&t.env.config, "im.groupList.updateRate", "3600");
    watch(0, "u");
    answer(text.bytes);
    watch(1, "v");
    watch(2, "w");
    answer_for_many();
    assert_int_equal(fake_commands_open(&t.commands), 2);
    answer(text.bytes);
    answer(text.bytes);
    answer_for_many();
    assert_int_equal(fake_commands_open(&t.commands), 0);
    rest();
    watch(3, "x"); /* so that round has ended */
    assert_int_equal(fake_commands_open(&t.commands), 1);
    text_fini(&text);
}

/* Of large entries Redis answers only some at a time. */
static void
groups_without_an_answer_are_asked_for_again(void **state)
{
    (void)state;
    watch(0, "u");
    tick();
    answer(GROUPS_AB);
    assert_command(&t.commands, 0, "EVALSHA summary 2 gml:a gml:b");
    answer("*2\r\n" ONE);
    assert_int_equal(fake_commands_open(&t.commands), 0);
    fake_loop_advance(t.env.env.loop, 10);
    assert_command(&t.commands, 0, "EVALSHA summary 1 gml:b");
    assert_frames(&t.ws[0], "");
    answer("*2\r\n" EMPTY);
    assert_frames(&t.ws[0], "[" ONE_OUT ",{\"newMessage\":null,\"total\":0}]");
}

static void
a_users_groups_come_in_pieces(void **state)
{
    (void)state;
    watch(0, "u");
    tick();
    answer(PIECE "*1\r\n$1\r\na\r\n");
    assert_command(&t.commands, 0, "SSCAN ugs:u 17 COUNT 1000");
    answer(GROUP_B);
    assert_command(&t.commands, 0, "EVALSHA summary 2 gml:a gml:b");
    answer("*4\r\n" ONE EMPTY);
    assert_frames(&t.ws[0], "[" ONE_OUT ",{\"newMessage\":null,\"total\":0}]");
    tick(); /* it has left group b, but the last piece is lost */
    answer(PIECE "*1\r\n$1\r\na\r\n");
    answer(NULL);
    assert_int_equal(fake_commands_open(&t.commands), 0);
    tick();
    answer(GROUPS_AB);
    answer("*4\r\n" ONE EMPTY);
    assert_frames(&t.ws[0], "");
}

/* More than are asked for at once. */
static void
many_users_are_asked_for_in_steps(void **state)
{
    char user[13];

    (void)state;
    for (int i = 0; i < 150; i++) {
        snprintf(user, sizeof(user), "u%d", i);
        watch(i, user);
    }
    for (int i = 0; i < 150; i++) {
        answer(NO_GROUP);
        if (fake_commands_open(&t.commands) == 0) {
            rest(); /* three times */
        }
    }
    fake_loop_advance(t.env.env.loop, 970);
    assert_int_equal(fake_commands_open(&t.commands), 100);
    for (int i = 0; i < 100; i++) {
        answer(GROUP_A);
    }
    assert_int_equal(fake_commands_open(&t.commands), 0);
    fake_loop_advance(t.env.env.loop, 10);
    assert_int_equal(fake_commands_open(&t.commands), 50);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(fake_commands_open(&t.commands), 50 - (size_t)i);
        answer(GROUP_A);
    }
    assert_command(&t.commands, 0, "EVALSHA summary 1 gml:a");
    answer("*2\r\n" ONE);
    assert_frames(&t.ws[149], "[" ONE_OUT "]");
}

#define GARBAGE ":3\r\n$7\r\ngarbage\r\n"

static void
a_message_is_looked_for_behind_garbage(void **state)
{
    (void)state;
    watch(0, "u");
    tick();
    answer(GROUPS_AB);
    answer("*4\r\n" GARBAGE EMPTY);
    assert_int_equal(fake_commands_open(&t.commands), 0);
    fake_loop_advance(t.env.env.loop, 10);
    assert_command(&t.commands, 0, "EVALSHA list_more 1 gml:a 2 garbage -1 0 2 524288");
    answer("*3\r\n:0\r\n:0\r\n*2\r\n$1\r\nx\r\n$33\r\n{\"userId\":\"u\",\"info\":\"m\",\"ts\":1}"
           "\n\r\n");
    assert_frames(&t.ws[0], "[{\"newMessage\":{\"groupId\":\"a\",\"userId\":\"u\",\"info\":\"m\","
                            "\"ts\":1},\"total\":3},{\"newMessage\":null,\"total\":0}]");
    tick(); /* it is as it was: nothing is asked, nothing is sent */
    answer(GROUPS_AB);
    answer("*4\r\n" GARBAGE EMPTY);
    fake_loop_advance(t.env.env.loop, 10);
    assert_int_equal(fake_commands_open(&t.commands), 0);
    assert_frames(&t.ws[0], "");
    tick();
    answer(GROUPS_AB);
    answer("*4\r\n:4\r\n$7\r\ngarbage\r\n" EMPTY);
    fake_loop_advance(t.env.env.loop, 10);
    answer(NULL); /* what is lost is asked for again */
    assert_frames(&t.ws[0], "");
    tick();
    answer(GROUPS_AB);
    answer("*4\r\n:4\r\n$7\r\ngarbage\r\n" EMPTY);
    fake_loop_advance(t.env.env.loop, 10);
    assert_command(&t.commands, 0, "EVALSHA list_more 1 gml:a 3 garbage -1 0 3 524288");
    answer("*3\r\n:0\r\n:0\r\n*0\r\n");
    assert_frames(&t.ws[0],
                  "[{\"newMessage\":null,\"total\":4},{\"newMessage\":null,\"total\":0}]");
}

static void
a_huge_entry_is_not_asked_for_each_time(void **state)
{
    (void)state;
    watch(0, "u");
    round_of_a("*2\r\n:2\r\n:104857600\r\n");
    assert_frames(&t.ws[0], "");
    for (int i = 0; i < 29; i++) {
        tick();
        answer(GROUP_A);
        assert_int_equal(fake_commands_open(&t.commands), 0);
    }
    round_of_a("*2\r\n" ONE);
    assert_frames(&t.ws[0], "[" ONE_OUT "]");
}

/* ---- rounds that break ---- */

/* In the broken round the user has left group b. It is told in the next one. */
static void
what_a_broken_round_has_seen_is_told_in_the_next(void **state)
{
    static const struct {
        const char *other_user; /* the answer for it; NULL: lost */
        const char *summary;    /* NULL: lost, "": there is no such question */
    } rows[] = {
        {GROUP_A, NULL},
        {GROUP_A, "*1\r\n:1\r\n"},
        {GROUP_A, "-BUSY running a script\r\n"},
        {NULL, ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        restart(state);
        welcome(0, "u", GROUPS_AB, "*4\r\n" ONE EMPTY);
        welcome(1, "v", GROUP_A, "*2\r\n" ONE);
        assert_frames(&t.ws[0], "[" ONE_OUT ",{\"newMessage\":null,\"total\":0}]");
        assert_frames(&t.ws[1], "[" ONE_OUT "]");
        tick();
        answer(GROUP_A);
        answer(rows[i].other_user);
        if (rows[i].summary == NULL || *rows[i].summary != '\0') {
            answer(rows[i].summary);
        }
        assert_int_equal(fake_commands_open(&t.commands), 0);
        assert_frames(&t.ws[0], "");
        tick();
        answer(GROUP_A);
        answer(GROUP_A);
        answer("*2\r\n" ONE);
        assert_frames(&t.ws[0], "[" ONE_OUT "]");
        assert_frames(&t.ws[1], "");
    }
}

static void
a_round_that_cannot_be_asked_is_broken(void **state)
{
    (void)state;
    watch(0, "u");
    t.commands.full = true;
    tick();
    t.commands.full = false;
    tick();
    answer(GROUP_A);
    answer("*2\r\n" ONE);
    assert_frames(&t.ws[0], "[" ONE_OUT "]");
    tick();
    t.commands.full = true;
    answer(NO_GROUP); /* no group: nothing more is to be asked */
    assert_frames(&t.ws[0], "[]");
    t.commands.full = false;
    tick();
    t.commands.full = true;
    answer(GROUP_A);
    assert_frames(&t.ws[0], "");
    t.commands.full = false;
    round_of_a("*2\r\n" ONE);
    assert_frames(&t.ws[0], "[" ONE_OUT "]");
}

static void
a_round_begins_when_the_last_one_has_ended(void **state)
{
    (void)state;
    tick();
    assert_int_equal(t.commands.count, 0); /* nobody watches */
    welcome(0, "u", GROUP_A, "*2\r\n" ONE);
    assert_int_equal(t.commands.count, 2);
    t.commands.ready = false;
    tick();
    assert_int_equal(t.commands.count, 2);
    t.commands.ready = true;
    tick();
    tick();
    assert_int_equal(t.commands.count, 3);
    answer(GROUP_A);
    tick();
    assert_int_equal(t.commands.count, 4);
    answer("*2\r\n" ONE);
    tick();
    assert_int_equal(t.commands.count, 5);
}

static void
rounds_follow_a_changed_update_rate(void **state)
{
    (void)state;
    watch(0, "u");
    round_of_a("*2\r\n" ONE);
    a_config_set(&t.env.config, "im.groupList.updateRate", "3");
    tick();
    tick();
    assert_int_equal(fake_commands_open(&t.commands), 0);
    tick();
    assert_int_equal(fake_commands_open(&t.commands), 1);
    answer(GROUP_A);
    answer("*2\r\n" ONE);
    a_config_set(&t.env.config, "im.groupList.updateRate", "3600");
    for (int i = 0; i < 100; i++) {
        tick();
    }
    assert_int_equal(fake_commands_open(&t.commands), 0);
    a_config_set(&t.env.config, "im.groupList.updateRate", "1");
    tick(); /* at once, not at the end of the hour */
    assert_int_equal(fake_commands_open(&t.commands), 1);
}

/* ---- clients that leave ---- */

static void
a_user_that_nobody_watches_is_asked_for_no_more(void **state)
{
    (void)state;
    watch(0, "u");
    watch(1, "u");
    watch(2, "v");
    a_crowd_lose(&t, 0);
    a_crowd_lose(&t, 2);
    tick();
    assert_int_equal(fake_commands_open(&t.commands), 1);
    assert_command(&t.commands, 0, "SSCAN ugs:u 0 COUNT 1000");
}

/* Its user is still referred to by what is asked. */
static void
a_client_may_leave_during_a_round(void **state)
{
    static const bool comes_back[] = {false, true};

    for (int i = 0; i < 2; i++) {
        restart(state);
        welcome(0, "u", NO_GROUP, NULL);
        welcome(1, "v", NO_GROUP, NULL);
        tick();
        a_crowd_lose(&t, 0);
        answer(GROUPS_AB);
        if (comes_back[i]) {
            watch(2, "u");
        }
        answer(GROUP_A);
        answer("*4\r\n" ONE EMPTY);
        assert_frames(&t.ws[1], "[" ONE_OUT "]");
        assert_frames(&t.ws[2],
                      comes_back[i] ? "[" ONE_OUT ",{\"newMessage\":null,\"total\":0}]" : "");
        tick();
        assert_int_equal(fake_commands_open(&t.commands), comes_back[i] ? 2 : 1);
    }
}

/* Its outbox is full: to send it the list closes it, and it was the only one that watches. */
static void
a_client_may_be_closed_by_its_list(void **state)
{
    (void)state;
    welcome(0, "u", NO_GROUP, NULL);
    welcome(1, "v", NO_GROUP, NULL);
    t.ws[0].kept = true;
    for (int i = 0; i < OUTBOX_MAX_FRAMES; i++) {
        session_send_text(t.s[0], "x");
    }
    tick();
    answer(GROUP_A);
    answer(GROUP_A);
    answer("*2\r\n" ONE);
    assert_false(session_is_open(t.s[0]));
    assert_frames(&t.ws[1], "[" ONE_OUT "]");
    tick();
    assert_int_equal(fake_commands_open(&t.commands), 1);
}

static void
a_client_that_is_not_let_in_watches_nothing(void **state)
{
    (void)state;
    a_config_set(&t.env.config, "im.group.loginAuth", "1");
    watch(0, "u");
    tick();
    assert_int_equal(fake_commands_open(&t.commands), 1); /* may it come in? */
    answer(":-1\r\n");
    assert_frames(&t.ws[0], "440|(1000)");
    tick();
    assert_int_equal(fake_commands_open(&t.commands), 0);
}

/* With a user that waits for its answer. */
static void
a_poller_may_go_during_a_round(void **state)
{
    (void)state;
    watch(0, "u");
    tick();
    a_crowd_lose(&t, 0);
    poller_destroy(poller);
    poller = NULL;
    poller_destroy(NULL);
    t.commands.first = t.commands.count; /* the connection goes with it: nobody is told */
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_round_asks_for_the_users_and_then_for_their_groups),
        TEST(a_list_is_sent_when_it_has_changed),
        TEST(a_list_begins_with_the_first_message),
        TEST(a_user_whose_groups_cannot_be_read_has_no_list),
        TEST(a_client_that_comes_later_gets_the_list_without_a_question),
        TEST(a_user_that_comes_is_asked_for_at_once),
        TEST(users_that_come_in_a_moment_share_a_round),
        TEST(a_user_that_comes_does_not_wait_for_the_round_of_all),
        TEST(slow_answers_lengthen_the_pause),
        TEST(a_user_that_still_waits_is_in_the_round_of_all),
        TEST(a_user_whose_round_breaks_is_asked_for_again),
        TEST(a_client_may_leave_before_its_user_is_asked_for),
        TEST(a_list_with_an_unknown_group_waits_for_the_rounds_end),
        TEST(clients_of_one_user_share_a_frame),
        TEST(groups_are_asked_for_a_hundred_at_a_time),
        TEST(users_with_the_same_many_groups_cost_no_question_more),
        TEST(groups_without_an_answer_are_asked_for_again),
        TEST(a_users_groups_come_in_pieces),
        TEST(many_users_are_asked_for_in_steps),
        TEST(a_message_is_looked_for_behind_garbage),
        TEST(a_huge_entry_is_not_asked_for_each_time),
        TEST(what_a_broken_round_has_seen_is_told_in_the_next),
        TEST(a_round_that_cannot_be_asked_is_broken),
        TEST(a_round_begins_when_the_last_one_has_ended),
        TEST(rounds_follow_a_changed_update_rate),
        TEST(a_user_that_nobody_watches_is_asked_for_no_more),
        TEST(a_client_may_leave_during_a_round),
        TEST(a_client_may_be_closed_by_its_list),
        TEST(a_client_that_is_not_let_in_watches_nothing),
        TEST(a_poller_may_go_during_a_round),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
