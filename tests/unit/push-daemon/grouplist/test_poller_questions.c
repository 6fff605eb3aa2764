/* test_poller_questions.c - what is asked, and how often. */
#include "tests/unit/push-daemon/grouplist/a_poller.h"

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

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(clients_of_one_user_share_a_frame),
        TEST(groups_are_asked_for_a_hundred_at_a_time),
        TEST(users_with_the_same_many_groups_cost_no_question_more),
        TEST(groups_without_an_answer_are_asked_for_again),
        TEST(a_users_groups_come_in_pieces),
        TEST(many_users_are_asked_for_in_steps),
        TEST(a_message_is_looked_for_behind_garbage),
        TEST(a_huge_entry_is_not_asked_for_each_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
