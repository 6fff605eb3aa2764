/* test_subscriber.c - what is subscribed to, and what is heard. */
#include "tests/unit/push-daemon/redis/a_subscriber.h"

/* ---- acknowledgements ---- */

static void
a_group_is_reported_when_redis_has_acknowledged(void **state)
{
    struct scene *s = *state;

    subscriber_start(s->subscriber);
    assert_true(fake_conn.started);
    up(s);
    assert_true(subscriber_is_up(s->subscriber));
    add(s, "a");
    add(s, "b");
    fake_conn_answer("SUBSCRIBE p:mq:a p:fim:ev:a", NULL);
    fake_conn_answer("SUBSCRIBE p:mq:b p:fim:ev:b", NULL);
    assert_log(s, "");
    push_words("subscribe", "p:mq:b", NULL);
    assert_log(s, "");
    push_words("subscribe", "p:fim:ev:b", NULL);
    assert_log(s, "+b ");
    acknowledge("subscribe", "a");
    assert_log(s, "+a ");
    acknowledge("subscribe", "c"); /* nobody asked for it */
    assert_log(s, "");
}

static void
only_the_last_acknowledgement_counts(void **state)
{
    struct scene *s = *state;

    up(s);
    add(s, "a");
    leave(s, "a");
    add(s, "a");
    fake_conn_answer("SUBSCRIBE p:mq:a p:fim:ev:a", NULL);
    fake_conn_answer("UNSUBSCRIBE p:mq:a p:fim:ev:a", NULL);
    fake_conn_answer("SUBSCRIBE p:mq:a p:fim:ev:a", NULL);
    acknowledge("subscribe", "a");
    assert_log(s, "");
    acknowledge("unsubscribe", "a");
    assert_log(s, "");
    acknowledge("subscribe", "a");
    assert_log(s, "+a ");
}

static void
a_group_that_was_left_meanwhile_is_not_reported(void **state)
{
    struct scene *s = *state;

    up(s);
    add(s, "a");
    leave(s, "a");
    leave(s, "a"); /* again, and of none: fine */
    leave(s, "b");
    acknowledge("subscribe", "a");
    acknowledge("unsubscribe", "a");
    acknowledge("unsubscribe", "a");
    assert_log(s, "");
    assert_int_equal(fake_conn.count, 3); /* one UNSUBSCRIBE */
    add(s, "a");
    acknowledge("subscribe", "a");
    assert_log(s, "+a ");
}

/* The owner may remove it at once. */
static void
a_group_may_be_left_when_it_is_reported(void **state)
{
    struct scene *s = *state;

    s->leaves = true;
    up(s);
    add(s, "a");
    acknowledge("subscribe", "a");
    assert_log(s, "+a ");
    fake_conn_answer("SUBSCRIBE p:mq:a p:fim:ev:a", NULL);
    fake_conn_answer("UNSUBSCRIBE p:mq:a p:fim:ev:a", NULL);
    add(s, "a");
    acknowledge("unsubscribe", "a");
    assert_log(s, "");
    acknowledge("subscribe", "a");
    assert_log(s, "+a ");
}

/* ---- again and again ---- */

static void
what_was_added_while_down_is_subscribed_to_when_up(void **state)
{
    struct scene *s = *state;

    add(s, "a");
    add(s, "b");
    add(s, "c");
    leave(s, "b");
    assert_int_equal(fake_conn.count, 0);
    fake_conn_up();
    fake_conn_answer("SUBSCRIBE p:fim:mark:node p:fim:ev: p:mq:a p:fim:ev:a p:mq:c p:fim:ev:c",
                     NULL);
    assert_int_equal(fake_conn_unanswered(), 0);
    acknowledge("subscribe", "a");
    acknowledge("subscribe", "c");
    assert_log(s, "+a +c ");
}

static void
after_a_loss_the_groups_are_subscribed_to_again(void **state)
{
    struct scene *s = *state;

    up(s);
    add(s, "a");
    acknowledge("subscribe", "a");
    add(s, "b"); /* never acknowledged */
    add(s, "c");
    leave(s, "c"); /* nor this */
    fake_conn_down();
    assert_log(s, "+a down ");
    assert_false(subscriber_is_up(s->subscriber));
    fake_conn_up();
    fake_conn_answer("SUBSCRIBE p:fim:mark:node p:fim:ev: p:mq:a p:fim:ev:a p:mq:b p:fim:ev:b",
                     NULL);
    acknowledge("subscribe", "a");
    acknowledge("subscribe", "b");
    assert_log(s, "+a +b ");
}

static void
many_groups_go_a_hundred_a_command(void **state)
{
    struct scene *s = *state;
    char group[24];
    int channels[3] = {0};

    for (int i = 0; i < 250; i++) {
        snprintf(group, sizeof(group), "group%d", i);
        add(s, group);
    }
    fake_conn_up();
    assert_int_equal(fake_conn.count, 3);
    for (int i = 0; i < 3; i++) {
        const char *at = fake_conn.sent[i].words;

        assert_int_equal(strncmp(at, "SUBSCRIBE p:", 12), 0);
        while ((at = strstr(at, " p:")) != NULL) {
            channels[i]++;
            at++;
        }
    }
    assert_int_equal(channels[0], 200); /* those of marks and of events for all among them */
    assert_int_equal(channels[1], 200);
    assert_int_equal(channels[2], 102);
}

/* ---- what is published ---- */

static void
messages_and_marks_are_told_apart(void **state)
{
    struct scene *s = *state;

    up(s);
    push_words("message", "p:mq:a", "hello");
    push_words("message", "p:fim:mark:node", "42");
    push_words("message", "p:mq:fim:mark:node", "7"); /* a group of that name */
    push_words("message", "p:fim:ev:", "{}");
    push_words("message", "p:mq:fim:ev:", "8"); /* likewise */
    push_words("message", "p:fim:ev:a", "{1}");
    push_words("message", "p:fim:mark:node", "0");
    assert_log(s, "a=hello mark:42 fim:mark:node=7 event:{} fim:ev:=8 event:a={1} mark:0 ");
}

static void
other_pushes_are_skipped(void **state)
{
    struct scene *s = *state;

    up(s);
    push_words("message", "p:fim:mark:node", "000000000000000000000012");
    assert_log(s, "");
    push_words("message", "p:fim:mark:node", "00000000000000000000012");
    assert_log(s, "mark:12 ");
    push_words("pmessage", "p:mq:a", "x");
    push("*2\r\n$7\r\nmessage\r\n$6\r\np:mq:a\r\n");
    push("+PONG\r\n");
    push("*3\r\n:1\r\n:2\r\n:3\r\n");
    assert_log(s, "");
    assert_string_equal(fake_conn.dropped, "");
}

static void
a_refused_subscribe_ends_the_connection(void **state)
{
    struct scene *s = *state;

    up(s);
    push("-NOPERM this user has no permissions to access one of the channels\r\n");
    assert_string_equal(fake_conn.dropped, "SUBSCRIBE refused");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_group_is_reported_when_redis_has_acknowledged),
        TEST(only_the_last_acknowledgement_counts),
        TEST(a_group_that_was_left_meanwhile_is_not_reported),
        TEST(a_group_may_be_left_when_it_is_reported),
        TEST(what_was_added_while_down_is_subscribed_to_when_up),
        TEST(after_a_loss_the_groups_are_subscribed_to_again),
        TEST(many_groups_go_a_hundred_a_command),
        TEST(messages_and_marks_are_told_apart),
        TEST(other_pushes_are_skipped),
        TEST(a_refused_subscribe_ends_the_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
