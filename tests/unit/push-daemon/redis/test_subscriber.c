/* test_subscriber.c - the subscription: acknowledgements, reconnects, messages, silence. */
#include "push-daemon/redis/subscriber.h"

#include "tests/unit/push-daemon/a_config.h"
#include "tests/unit/push-daemon/fake_loop.h"
#include "tests/unit/push-daemon/redis/fake_conn.h"

struct scene {
    struct config config;
    struct loop *loop;
    struct subscriber *subscriber;
    char log[512]; /* a word for each thing that happened, with a blank behind it */
    bool leaves;   /* on_subscribed removes the group */
};

static void
note(struct scene *s, const char *what, struct str group, struct str payload)
{
    size_t have = strlen(s->log);

    snprintf(s->log + have, sizeof(s->log) - have, "%s%.*s%s%.*s ", what, (int)group.len, group.p,
             payload.len > 0 ? "=" : "", (int)payload.len, payload.p);
}

#define assert_log(s, wanted)                                                                      \
    do {                                                                                           \
        assert_string_equal((s)->log, wanted);                                                     \
        (s)->log[0] = '\0';                                                                        \
    } while (0)

static void
on_message(void *ctx, struct str group, struct str payload)
{
    note(ctx, "", group, payload);
}

static void
on_mark(void *ctx, int64_t mark)
{
    char text[32];

    snprintf(text, sizeof(text), "%lld", (long long)mark);
    note(ctx, "mark:", str_of(text), str_of(""));
}

static void
on_event(void *ctx, struct str event)
{
    note(ctx, "event:", event, str_of(""));
}

static void
on_group_event(void *ctx, struct str group, struct str event)
{
    note(ctx, "event:", group, event);
}

static void
on_subscribed(void *ctx, struct str group)
{
    struct scene *s = ctx;

    note(s, "+", group, str_of(""));
    if (s->leaves) {
        subscriber_remove(s->subscriber, group);
    }
}

static void
on_down(void *ctx)
{
    note(ctx, "down", str_of(""), str_of(""));
}

static void
on_moved(void *ctx, const struct redis_addr *addr)
{
    note(ctx, "moved:", str_of(addr->address), str_of(""));
}

static void
on_up(void *ctx)
{
    note(ctx, "up", str_of(""), str_of(""));
}

static const struct subscriber_events events = {
    .on_message = on_message,
    .on_group_event = on_group_event,
    .on_mark = on_mark,
    .on_event = on_event,
    .on_up = on_up,
    .on_subscribed = on_subscribed,
    .on_down = on_down,
    .on_moved = on_moved,
};

static int
set_up(void **state)
{
    static struct scene s;

    memset(&s, 0, sizeof(s));
    fake_conn_forget();
    a_config_make(&s.config);
    a_config_set(&s.config, "redis.prefix", "p:");
    s.loop = loop_create();
    s.subscriber = subscriber_create(s.loop, &s.config, NULL, str_of("node"), &events, &s);
    *state = &s;
    return 0;
}

static int
tear_down(void **state)
{
    struct scene *s = *state;

    subscriber_destroy(s->subscriber);
    assert_true(fake_conn.destroyed);
    fake_conn_forget();
    loop_destroy(s->loop);
    a_config_free(&s->config);
    return 0;
}

static void
push(const char *wire)
{
    reply_give(fake_conn.events.on_push, fake_conn.ctx, wire);
}

/* kind: message, subscribe or unsubscribe. third: the payload; NULL: a number. */
static void
push_words(const char *kind, const char *channel, const char *third)
{
    char wire[512];

    if (third != NULL) {
        snprintf(wire, sizeof(wire), "*3\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n",
                 strlen(kind), kind, strlen(channel), channel, strlen(third), third);
    } else {
        snprintf(wire, sizeof(wire), "*3\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n:1\r\n", strlen(kind), kind,
                 strlen(channel), channel);
    }
    push(wire);
}

/* Of both channels of a group. */
static void
acknowledge(const char *kind, const char *group)
{
    char channel[64];

    snprintf(channel, sizeof(channel), "p:mq:%s", group);
    push_words(kind, channel, NULL);
    snprintf(channel, sizeof(channel), "p:fim:ev:%s", group);
    push_words(kind, channel, NULL);
}

static void
add(struct scene *s, const char *group)
{
    subscriber_add(s->subscriber, str_of(group));
}

static void
leave(struct scene *s, const char *group)
{
    subscriber_remove(s->subscriber, str_of(group));
}

static void
up(struct scene *s)
{
    fake_conn_up();
    fake_conn_answer("SUBSCRIBE p:fim:mark:node p:fim:ev:", NULL);
    push_words("subscribe", "p:fim:mark:node", NULL);
    assert_log(s, "");
    push_words("subscribe", "p:fim:ev:", NULL);
    assert_log(s, "up ");
}

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

/* ---- silence ---- */

static void
a_subscription_that_hears_no_probe_is_dropped(void **state)
{
    struct scene *s = *state;

    fake_loop_advance(s->loop, 10000);
    subscriber_probed(s->subscriber); /* it is not up */
    up(s);
    assert_int_equal(subscriber_silence_ms(s->subscriber), 0);
    fake_loop_advance(s->loop, SUBSCRIBER_SILENCE_MS);
    assert_int_equal(subscriber_silence_ms(s->subscriber), SUBSCRIBER_SILENCE_MS);
    subscriber_probed(s->subscriber);
    assert_string_equal(fake_conn.dropped, "");
    push_words("message", "p:fim:mark:node", "0");
    fake_loop_advance(s->loop, 1);
    subscriber_probed(s->subscriber);
    assert_string_equal(fake_conn.dropped, "");
    fake_loop_advance(s->loop, SUBSCRIBER_SILENCE_MS);
    subscriber_probed(s->subscriber);
    assert_string_equal(fake_conn.dropped, "it does not hear the probes");
}

static void
a_new_connection_has_its_time(void **state)
{
    struct scene *s = *state;

    up(s);
    fake_conn_down();
    fake_loop_advance(s->loop, 60000);
    fake_conn_up();
    subscriber_probed(s->subscriber);
    assert_string_equal(fake_conn.dropped, "");
}

/* ---- another master ---- */

static void
what_was_sent_goes_out_when_flushed(void **state)
{
    struct scene *s = *state;

    assert_int_equal(fake_conn.flushes, 0);
    subscriber_flush(s->subscriber);
    assert_int_equal(fake_conn.flushes, 1);
}

static void
it_follows_a_master_that_is_elsewhere(void **state)
{
    struct redis_addr here = {.address = "10.0.0.1"}, there = {.address = "10.0.0.2"};
    struct scene *s = *state;

    fake_conn.addr = here;
    subscriber_follow(s->subscriber, &here);
    assert_string_equal(fake_conn.dropped, "");
    subscriber_follow(s->subscriber, &there);
    assert_string_equal(fake_conn.dropped, "the master is another one now");
    fake_conn.events.on_moved(fake_conn.ctx, &there);
    assert_log(s, "moved:10.0.0.2 ");
}

static void
without_a_connection_there_is_none(void **state)
{
    struct scene *s = *state;

    fake_conn.refused = true;
    assert_null(subscriber_create(s->loop, &s->config, NULL, str_of("node"), &events, s));
    subscriber_destroy(NULL);
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
        TEST(a_subscription_that_hears_no_probe_is_dropped),
        TEST(a_new_connection_has_its_time),
        TEST(what_was_sent_goes_out_when_flushed),
        TEST(it_follows_a_master_that_is_elsewhere),
        TEST(without_a_connection_there_is_none),
    };

    return cmocka_run_group_tests_name("subscriber", tests, NULL, NULL);
}
