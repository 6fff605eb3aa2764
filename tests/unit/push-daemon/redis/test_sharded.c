/* test_sharded.c - a subscription at a node of a cluster: answers, slots that go, errors. */
#include "push-daemon/redis/subscriber.h"

#include "lib/cluster/redirection.h"
#include "lib/cluster/slot.h"
#include "tests/unit/push-daemon/a_config.h"
#include "tests/unit/push-daemon/fake_loop.h"
#include "tests/unit/push-daemon/redis/fake_conn.h"

static struct scene {
    struct config config;
    struct loop *loop;
    struct subscriber *subscriber;
    char log[512];     /* a word for each thing that happened, with a blank behind it */
    bool comes_back;   /* on_lost adds the group again */
    struct place told; /* by the last redirection */
} s;

static void
note(const char *what, struct str more, struct str payload)
{
    size_t have = strlen(s.log);

    snprintf(s.log + have, sizeof(s.log) - have, "%s%.*s%s%.*s ", what, (int)more.len, more.p,
             payload.len > 0 ? "=" : "", (int)payload.len, payload.p);
}

#define assert_log(wanted)                                                                         \
    do {                                                                                           \
        assert_string_equal(s.log, wanted);                                                        \
        s.log[0] = '\0';                                                                           \
    } while (0)

static void
on_message(void *ctx, struct str group, struct str payload)
{
    (void)ctx;
    note("", group, payload);
}

static void
on_group_event(void *ctx, struct str group, struct str event)
{
    (void)ctx;
    note("event:", group, event);
}

static void
on_mark(void *ctx, int64_t mark)
{
    (void)ctx;
    assert_int_equal(mark, 12);
    note("mark", str_of(""), str_of(""));
}

static void
on_event(void *ctx, struct str event)
{
    (void)ctx;
    note("to-all:", event, str_of(""));
}

static void
on_up(void *ctx)
{
    (void)ctx;
    note("hears-all", str_of(""), str_of(""));
}

static void
on_subscribed(void *ctx, struct str group)
{
    (void)ctx;
    note("+", group, str_of(""));
}

static void
on_down(void *ctx)
{
    (void)ctx;
    note("down", str_of(""), str_of(""));
}

static void
on_lost(void *ctx, struct str group)
{
    (void)ctx;
    note("lost:", group, str_of(""));
    if (s.comes_back) {
        subscriber_add(s.subscriber, group);
    }
}

static void
on_redirected(void *ctx, const struct redirection *r)
{
    (void)ctx;
    s.told = r->place;
    note("redirected", str_of(""), str_of(""));
}

static int
set_up(void **state)
{
    static const struct subscriber_events events = {
        .on_message = on_message,
        .on_group_event = on_group_event,
        .on_mark = on_mark,
        .on_event = on_event,
        .on_up = on_up,
        .on_subscribed = on_subscribed,
        .on_down = on_down,
        .on_lost = on_lost,
        .on_redirected = on_redirected,
    };
    const struct place place = {"10.0.0.7", 7001};

    (void)state;
    memset(&s, 0, sizeof(s));
    fake_conn_forget();
    a_config_make(&s.config);
    a_config_set(&s.config, "redis.cluster", "10.0.0.7:7001");
    a_config_set(&s.config, "redis.prefix", "p:");
    s.loop = loop_create();
    s.subscriber = subscriber_create(s.loop, &s.config, &place, str_of("daemon"), &events, &s);
    assert_int_equal(fake_conn.target.kind, TARGET_MASTER);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    subscriber_destroy(s.subscriber);
    fake_conn_forget();
    loop_destroy(s.loop);
    a_config_free(&s.config);
    return 0;
}

static void
push(const char *wire)
{
    reply_give(fake_conn.events.on_push, fake_conn.ctx, wire);
}

static void
push_words(const char *kind, const char *channel, const char *payload)
{
    char wire[512];

    snprintf(wire, sizeof(wire), "*3\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n", strlen(kind), kind,
             strlen(channel), channel);
    if (payload != NULL) {
        snprintf(wire + strlen(wire), sizeof(wire) - strlen(wire), "$%zu\r\n%s\r\n",
                 strlen(payload), payload);
    } else {
        strcat(wire, ":1\r\n");
    }
    push(wire);
}

/* Of the three channels of a group. */
static void
acknowledge(const char *kind, const char *group)
{
    char channel[64];

    snprintf(channel, sizeof(channel), "p:fim:mark:{%s}/daemon", group);
    push_words(kind, channel, NULL);
    snprintf(channel, sizeof(channel), "p:mq:{%s}", group);
    push_words(kind, channel, NULL);
    snprintf(channel, sizeof(channel), "p:fim:ev:{%s}", group);
    push_words(kind, channel, NULL);
}

static void
push_moved(const char *group)
{
    char wire[64];

    snprintf(wire, sizeof(wire), "-MOVED %d 10.0.0.8:7002\r\n", slot_of(str_of(group)));
    push(wire);
}

static void
add(const char *group)
{
    subscriber_add(s.subscriber, str_of(group));
}

/* Subscribed to, and acknowledged. */
static void
have(const char *group)
{
    fake_conn.up = true;
    add(group);
    acknowledge("ssubscribe", group);
    s.log[0] = '\0';
}

static void
each_group_has_a_command_of_its_own(void **state)
{
    (void)state;
    add("a");
    add("b");
    add("");
    fake_conn_up();
    fake_conn_answer("SSUBSCRIBE p:fim:mark:{a}/daemon p:mq:{a} p:fim:ev:{a}", NULL);
    fake_conn_answer("SSUBSCRIBE p:fim:mark:{b}/daemon p:mq:{b} p:fim:ev:{b}", NULL);
    fake_conn_answer("SSUBSCRIBE p:fim:ev:", NULL);
    assert_log("");
    push_words("ssubscribe", "p:fim:mark:{a}/daemon", NULL);
    push_words("ssubscribe", "p:mq:{a}", NULL);
    assert_log("");
    push_words("ssubscribe", "p:fim:ev:{a}", NULL);
    assert_log("+a ");
    acknowledge("ssubscribe", "b");
    push_words("ssubscribe", "p:fim:ev:", NULL);
    assert_log("+b hears-all ");
}

static void
what_comes_is_told_apart(void **state)
{
    (void)state;
    have("a");
    push_words("smessage", "p:mq:{a}", "text");
    push_words("smessage", "p:fim:ev:{a}", "{}");
    push_words("smessage", "p:fim:ev:", "[]");
    push_words("smessage", "p:fim:mark:{a}/daemon", "12");
    push_words("message", "p:mq:{a}", "no such channel here");
    push_words("smessage", "p:mq:a", "12"); /* nobody's: as a mark, and those are told by number */
    assert_log("a=text event:a={} to-all:[] mark mark ");
}

static void
a_group_that_is_left_is_answered_and_forgotten(void **state)
{
    (void)state;
    have("a");
    fake_conn_answer_any(NULL);
    subscriber_remove(s.subscriber, str_of("a"));
    fake_conn_answer("SUNSUBSCRIBE p:fim:mark:{a}/daemon p:mq:{a} p:fim:ev:{a}", NULL);
    acknowledge("sunsubscribe", "a");
    assert_log("");
    add("a"); /* the acknowledgement of that is waited for anew */
    assert_log("");
    acknowledge("ssubscribe", "a");
    assert_log("+a ");
}

/* The slot has gone to another node: Redis says so of each channel. */
static void
unasked_sunsubscribe_loses_the_group_once(void **state)
{
    (void)state;
    have("a");
    have("b");
    acknowledge("sunsubscribe", "a");
    assert_log("lost:a ");
    acknowledge("sunsubscribe", "c"); /* never asked for */
    push_words("sunsubscribe", "other", NULL);
    assert_log("");
    add("a");
    acknowledge("ssubscribe", "a");
    assert_log("+a ");
}

static void
the_channel_for_all_may_be_lost_too(void **state)
{
    (void)state;
    fake_conn.up = true;
    add("");
    push_words("ssubscribe", "p:fim:ev:", NULL);
    assert_log("hears-all ");
    push_words("sunsubscribe", "p:fim:ev:", NULL);
    assert_log("lost: ");
}

static void
moved_belongs_to_the_first_of_its_slot(void **state)
{
    (void)state;
    fake_conn.up = true;
    add("a");
    add("b");
    add("c");
    push_moved("b");
    assert_log("redirected lost:b ");
    assert_string_equal(s.told.address, "10.0.0.8");
    acknowledge("ssubscribe", "a");
    acknowledge("ssubscribe", "c");
    assert_log("+a +c ");
    push_moved("a"); /* of nothing that is under way */
    assert_log("redirected ");
}

/* The owner adds it again at once: that is a command of its own. */
static void
a_group_that_comes_back_at_once_is_waited_for(void **state)
{
    (void)state;
    s.comes_back = true;
    fake_conn.up = true;
    add("a");
    push_moved("a");
    assert_log("redirected lost:a ");
    acknowledge("ssubscribe", "a");
    assert_log("+a ");
}

/* Redis pushes it while our own SUNSUBSCRIBE is on its way, which it then refuses. */
static void
an_answer_that_looks_like_another_is_put_up_with(void **state)
{
    (void)state;
    have("a");
    subscriber_remove(s.subscriber, str_of("a"));
    acknowledge("sunsubscribe", "a");
    push_moved("a");
    assert_log("redirected ");
    assert_string_equal(fake_conn.dropped, "");
    subscriber_remove(s.subscriber, str_of("a"));
    add("a");
    acknowledge("ssubscribe", "a");
    assert_log("+a ");
}

static void
a_slot_that_nobody_serves_loses_the_oldest(void **state)
{
    (void)state;
    fake_conn.up = true;
    add("a");
    add("b");
    push("-CLUSTERDOWN Hash slot not served\r\n");
    assert_log("redirected lost:a ");
    acknowledge("ssubscribe", "b");
    assert_log("+b ");
}

static void
any_other_error_ends_the_connection(void **state)
{
    (void)state;
    fake_conn.up = true;
    add("a");
    push("-CROSSSLOT Keys in request don't hash to the same slot\r\n");
    assert_string_equal(fake_conn.dropped, "SUBSCRIBE refused");
    assert_log("");
}

static void
acknowledgements_have_two_seconds(void **state)
{
    (void)state;
    fake_conn_up();
    add("a");
    fake_loop_advance(s.loop, 2000);
    subscriber_probed(s.subscriber);
    assert_string_equal(fake_conn.dropped, "");
    fake_loop_advance(s.loop, 1);
    subscriber_probed(s.subscriber);
    assert_string_equal(fake_conn.dropped, "no acknowledgement in time");
}

static void
after_a_loss_nothing_is_due_any_more(void **state)
{
    (void)state;
    fake_conn_up();
    add("a");
    subscriber_remove(s.subscriber, str_of("a"));
    add("b");
    fake_conn_down();
    assert_log("down ");
    fake_loop_advance(s.loop, 3000);
    fake_conn_up();
    subscriber_probed(s.subscriber);
    assert_string_equal(fake_conn.dropped, "");
    acknowledge("ssubscribe", "a"); /* nobody's */
    acknowledge("ssubscribe", "b");
    assert_log("+b ");
}

static void
expect_probe(const char *channel)
{
    struct argv argv;
    char name[64] = "";

    argv_init(&argv);
    assert_int_equal(subscriber_make_probe(s.subscriber, &argv), *channel != '\0');
    if (*channel != '\0') {
        assert_bytes(argv_word(&argv, 0), BYTES("SPUBLISH"));
        memcpy(name, argv_word(&argv, 1).p, argv_word(&argv, 1).len);
        assert_bytes(argv_word(&argv, 2), BYTES("0"));
    }
    assert_string_equal(name, channel);
    argv_fini(&argv);
}

/* Without a group it asks for a sign of life. */
static void
groups_are_probed_in_turn(void **state)
{
    (void)state;
    expect_probe("");
    assert_int_equal(fake_conn.count, 0); /* it is down */
    fake_conn_up();
    expect_probe("");
    fake_conn_answer("PING", NULL);
    have("a");
    have("b");
    add("c"); /* not yet acknowledged */
    add("");
    expect_probe("p:fim:mark:{a}/daemon");
    expect_probe("p:fim:mark:{b}/daemon");
    expect_probe("p:fim:mark:{a}/daemon");
    subscriber_remove(s.subscriber, str_of("a"));
    expect_probe("p:fim:mark:{b}/daemon");
    expect_probe("p:fim:mark:{b}/daemon");
    subscriber_remove(s.subscriber, str_of("b"));
    expect_probe("");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(each_group_has_a_command_of_its_own),
        TEST(what_comes_is_told_apart),
        TEST(a_group_that_is_left_is_answered_and_forgotten),
        TEST(unasked_sunsubscribe_loses_the_group_once),
        TEST(the_channel_for_all_may_be_lost_too),
        TEST(moved_belongs_to_the_first_of_its_slot),
        TEST(a_group_that_comes_back_at_once_is_waited_for),
        TEST(an_answer_that_looks_like_another_is_put_up_with),
        TEST(a_slot_that_nobody_serves_loses_the_oldest),
        TEST(any_other_error_ends_the_connection),
        TEST(acknowledgements_have_two_seconds),
        TEST(after_a_loss_nothing_is_due_any_more),
        TEST(groups_are_probed_in_turn),
    };

    return cmocka_run_group_tests_name("sharded", tests, NULL, NULL);
}
