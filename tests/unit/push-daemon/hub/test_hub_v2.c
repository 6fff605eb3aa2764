/* test_hub_v2.c - clients of Part 1 and of fastim.v2 in one group: what each of them is told. */
#include "push-daemon/hub/hub.h"

#include "lib/rate_limit.h"
#include "lib/redis/event.h"
#include "push-daemon/client/auth.h"
#include "push-daemon/client/auth_events.h"
#include "push-daemon/hub/group_settings.h"
#include "push-daemon/room/flusher.h"
#include "tests/unit/push-daemon/fake_nodes.h"
#include "tests/unit/push-daemon/resume/a_reader.h"

#define WELCOME "{\"type\":\"welcome\",\"recovered\":false,\"missed\":0} "
#define LIST    "{\"type\":\"list\",\"epoch\":\"9f3a01c4\",\"at\":4,\"total\":0,\"list\":[]} "
#define M(ts)   "\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"i\",\"ts\":" #ts "} "
#define RECALL  "{\"type\":\"recall\",\"at\":9,\"userId\":\"u\",\"ts\":5}"
#define SIGNAL  "{\"type\":\"signal\",\"userId\":\"u\",\"info\":\"x\"}"

static struct test {
    struct config config;
    struct world world;
    struct nodes commands;
    int adds, removes; /* of subscriptions */
    struct flusher *flusher;
    struct hub *hub;
    struct text presence; /* what it was told, or auth */
} t;

/* ---- nodes/node.h: what is not in fake_nodes.h ---- */

void
node_subscribe(struct node *n, struct str group)
{
    (void)group;
    assert_ptr_equal(n, fake_node(&t.commands));
    t.adds++;
}

void
node_unsubscribe(struct node *n, struct str group)
{
    (void)group;
    assert_ptr_equal(n, fake_node(&t.commands));
    t.removes++;
}

/* ---- client/auth.h, client/auth_events.h ---- */

#define AUTH ((struct auth *)&t.presence)

void
auth_recheck_soon(struct auth *auth, struct session *s)
{
    assert_ptr_equal(auth, AUTH);
    assert_bytes(s->group, BYTES("g"));
    text_add_str(&t.presence, "soon ");
}

static void
note_for_auth(const char *what, struct str group, struct str user)
{
    text_add_str(&t.presence, what);
    text_add(&t.presence, group.p, group.len);
    text_add_str(&t.presence, " ");
    text_add(&t.presence, user.p, user.len);
    text_add_str(&t.presence, " ");
}

void
auth_on_ban(struct auth *auth, struct str group, const struct event *e)
{
    assert_ptr_equal(auth, AUTH);
    note_for_auth("ban ", group, text_str(&e->user));
}

void
auth_on_you(struct auth *auth, struct str group, struct str user)
{
    assert_ptr_equal(auth, AUTH);
    note_for_auth("you ", group, user);
}

/* ---- the scene ---- */

static int
setup(void **state)
{
    (void)state;
    memset(&t, 0, sizeof(t));
    a_config_make(&t.config);
    world_open(&t.world, &t.config);
    t.commands.ready = true;
    t.flusher = flusher_create(&t.world.env);
    t.hub = hub_create(&t.world.env, &t.commands, t.flusher, str_of("node"));
    text_init(&t.presence);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    world_lose_clients(&t.world);
    hub_remove_empty(t.hub);
    assert_int_equal(t.world.metrics.groups, 0);
    fake_commands_lose(&t.commands);
    hub_destroy(t.hub);
    flusher_destroy(t.flusher);
    fake_commands_free(&t.commands);
    text_fini(&t.presence);
    world_close(&t.world);
    a_config_free(&t.config);
    return 0;
}

static struct ws *
join_v1(void)
{
    struct ws *ws = client_open(&t.world, "g");

    hub_join(t.hub, ws->session);
    return ws;
}

static struct ws *
join_v2(void)
{
    struct ws *ws = &t.world.clients[t.world.client_count++];

    reader_open(&t.world, ws, "");
    hub_join(t.hub, ws->session);
    return ws;
}

/* The oldest question is answered, and its mark comes: of an empty list. */
static void
answer(bool is_v2)
{
    struct str word = fake_commands_word(&t.commands, 0, is_v2 ? 8 : 6);
    char mark[24] = "";

    memcpy(mark, word.p, word.len);
    hub_on_mark(t.hub, fake_node(&t.commands), atoll(mark));
    fake_commands_answer(&t.commands, is_v2
                                          ? "*6\r\n$8\r\n9f3a01c4\r\n:4\r\n:0\r\n:0\r\n*0\r\n*0\r\n"
                                          : "*2\r\n:0\r\n*0\r\n");
}

static void
turn_end(void)
{
    flusher_run(t.flusher);
    hub_remove_empty(t.hub);
    reaper_run(&t.world.reaper);
}

static void
publish(int ts)
{
    char text[128];

    snprintf(text, sizeof(text), "{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"i\",\"ts\":%d}",
             ts);
    hub_on_message(t.hub, fake_node(&t.commands), str_of("g"), str_of(text));
    turn_end();
}

static void
tell(const char *group, const char *event)
{
    hub_on_event(t.hub, fake_node(&t.commands), str_of(group), str_of(event));
    turn_end();
}

/* One client of each, with their first frames taken. */
static void
join_both(struct ws **v1, struct ws **v2)
{
    *v1 = join_v1();
    hub_on_subscribed(t.hub, fake_node(&t.commands), str_of("g"));
    answer(false);
    *v2 = join_v2();
    answer(true);
    assert_string_equal(client_got(*v1), "{\"list\":[],\"total\":0} ");
    assert_string_equal(client_got(*v2), WELCOME LIST);
    text_clear(&(*v1)->got);
    text_clear(&(*v2)->got);
}

/* ---- the tests ---- */

static void
both_get_each_message_in_their_form(void **state)
{
    struct ws *v1, *v2;

    (void)state;
    join_both(&v1, &v2);
    assert_int_equal(t.adds, 1); /* they share the subscription */
    publish(5);
    assert_string_equal(client_got(v1), "{" M(5));
    assert_string_equal(client_got(v2), "{\"type\":\"message\"," M(5));
    assert_int_equal(t.world.metrics.messages_out, 1);
    client_lose(v1);
    publish(6);
    assert_int_equal(t.world.metrics.messages_out, 2);
    assert_string_equal(client_got(v2),
                        "{\"type\":\"message\"," M(5) "{\"type\":\"message\"," M(6));
}

static void
events_are_for_fastim_v2(void **state)
{
    struct ws *v1, *v2;

    (void)state;
    tell("g", RECALL); /* there is nobody */
    join_both(&v1, &v2);
    tell("g", RECALL);
    tell("g", SIGNAL);
    tell("h", RECALL);
    tell("g", "{\"do\":\"close\",\"userId\":\"u\"}");
    tell("g", "{\"do\":\"presence\",\"online\":1}");
    tell("g", "{\"type\":\"welcome\"}");
    tell("g", "no");
    hub_tell(t.hub, str_of("g"), str_of("{\"type\":\"presence\",\"online\":1}"));
    hub_tell(t.hub, str_of("h"), str_of("{}"));
    turn_end();
    assert_string_equal(client_got(v1), "");
    assert_string_equal(client_got(v2), RECALL " " SIGNAL " {\"type\":\"presence\",\"online\":1} ");
    tell("g", RECALL); /* its number was passed already */
    client_lose(v2);
    tell("g", SIGNAL);
    assert_string_equal(client_got(v1), "");
}

static void
a_group_of_part_1_alone_passes_events_over(void **state)
{
    struct ws *v1 = join_v1();

    (void)state;
    tell("g", RECALL);
    tell("g", SIGNAL);
    hub_tell(t.hub, str_of("g"), str_of("{}"));
    assert_string_equal(client_got(v1), "");
}

static void
presence_on_subscribed_here(struct presence *p, struct str group)
{
    assert_ptr_equal(p, &t.presence);
    text_add_str(&t.presence, "subscribed ");
    text_add(&t.presence, group.p, group.len);
    text_add_str(&t.presence, " ");
}

static void
presence_on_event_here(struct presence *p, struct str group, struct str event)
{
    assert_ptr_equal(p, &t.presence);
    text_add(&t.presence, event.p, event.len);
    text_add(&t.presence, group.p, group.len);
}

static void
who_counts_the_online_hears_of_the_channel(void **state)
{
    const struct hub_presence presence = {(struct presence *)&t.presence,
                                          presence_on_subscribed_here, presence_on_event_here};

    (void)state;
    hub_use_presence(t.hub, &presence);
    hub_on_subscribed(t.hub, fake_node(&t.commands), str_of("g")); /* it has gone meanwhile */
    join_v1();
    hub_on_subscribed(t.hub, fake_node(&t.commands), str_of("g"));
    tell("g", "{\"do\":\"presence\",\"online\":1}");
    tell("g", RECALL);
    assert_bytes(text_str(&t.presence), BYTES("subscribed g {\"do\":\"presence\",\"online\":1}g"));
}

static void
a_message_was_heard_if_both_have_it(void **state)
{
    struct ws *v1, *v2;

    (void)state;
    join_both(&v1, &v2);
    assert_false(hub_has_heard(t.hub, str_of("g"), 5));
    publish(5);
    assert_true(hub_has_heard(t.hub, str_of("g"), 5));
    tell("g", RECALL);
    assert_false(hub_has_heard(t.hub, str_of("g"), 9)); /* not by v1 */
    client_lose(v1);
    assert_true(hub_has_heard(t.hub, str_of("g"), 9));
    assert_false(hub_has_heard(t.hub, str_of("g"), 10));
    v1 = join_v1();
    assert_false(hub_has_heard(t.hub, str_of("g"), 10));
    client_lose(v2);
    assert_true(hub_has_heard(t.hub, str_of("g"), 10)); /* a first frame will have it */
}

static void
the_group_goes_with_the_last_of_either(void **state)
{
    struct ws *v1, *v2;

    (void)state;
    join_both(&v1, &v2);
    client_lose(v1);
    turn_end();
    assert_int_equal(t.removes, 0);
    v1 = join_v1();
    client_lose(v2);
    turn_end();
    assert_int_equal(t.removes, 0);
    client_lose(v1);
    turn_end();
    assert_int_equal(t.removes, 1);
    assert_int_equal(t.world.metrics.groups, 0);
    join_v2(); /* alone, and gone before anything was answered */
    hub_on_subscribed(t.hub, fake_node(&t.commands), str_of("g"));
}

/* Events that were stored at the other node, while the slot was on the move, were not heard: a ban,
 * for instance. Each kind of client has readings of its own. */
static void
both_are_polled_and_checked_again(void **state)
{
    struct ws *v1, *v2;

    (void)state;
    join_both(&v1, &v2);
    hub_use_auth(t.hub, AUTH);
    t.commands.open = true;
    hub_on_map(t.hub);
    assert_int_equal(fake_commands_open(&t.commands), 2);
    assert_int_equal(fake_commands_word(&t.commands, 0, 6).len, 0); /* no mark */
    assert_int_equal(fake_commands_word(&t.commands, 1, 8).len, 0);
    publish(5);
    tell("g", RECALL);
    assert_string_equal(client_got(v1), "");
    assert_string_equal(client_got(v2), "");
    tell("g", SIGNAL); /* that is in no list */
    assert_string_equal(client_got(v2), SIGNAL " ");
    assert_int_equal(t.world.metrics.messages_out, 0);
    assert_bytes(text_str(&t.presence), BYTES(""));
    t.commands.open = false;
    hub_on_map(t.hub);
    assert_bytes(text_str(&t.presence), BYTES("soon soon "));
    fake_commands_answer(&t.commands, NULL);
    fake_commands_answer(&t.commands, NULL);
    assert_int_equal(fake_commands_open(&t.commands), 2); /* with marks again */
    assert_int_not_equal(fake_commands_word(&t.commands, 0, 6).len, 0);
    client_lose(v1);
    client_lose(v2);
}

static void
both_hear_of_the_connections(void **state)
{
    struct ws *v1, *v2;

    (void)state;
    join_both(&v1, &v2);
    hub_on_subscription_down(t.hub, fake_node(&t.commands));
    hub_retry(t.hub);
    assert_int_equal(fake_commands_open(&t.commands), 0);
    t.commands.ready = false;
    hub_on_subscribed(t.hub, fake_node(&t.commands), str_of("g"));
    t.commands.ready = true;
    hub_retry(t.hub);
    assert_int_equal(fake_commands_open(&t.commands), 2);
    fake_commands_lose(&t.commands);
    t.commands.ready = true;
    hub_on_commands(t.hub, fake_node(&t.commands));
    assert_int_equal(fake_commands_open(&t.commands), 2);
    answer(false);
    answer(true);
    publish(6);
    assert_string_equal(client_got(v1), "{" M(6));
    assert_string_equal(client_got(v2), LIST "{\"type\":\"message\"," M(6));
}

static void
each_group_has_a_rate_of_signals(void **state)
{
    struct rate_limit *rate;
    struct ws *other;

    (void)state;
    join_v2();
    rate = hub_signal_rate(t.hub, str_of("g"));
    assert_true(rate_limit_take(rate, 1, 1, 1));
    assert_false(rate_limit_take(hub_signal_rate(t.hub, str_of("g")), 1, 1, 1));
    other = client_open(&t.world, "h");
    hub_join(t.hub, other->session);
    assert_true(rate_limit_take(hub_signal_rate(t.hub, str_of("h")), 1, 1, 1));
}

/* ---- rules ---- */

#define SETTINGS(n) "{\"type\":\"settings\",\"settings\":{\"slow\":" #n "}}"
#define SLOW(n)     BYTES("{\"slow\":" #n "}")

/* That since the last time. */
static void
expect_told(struct ws *ws, const char *wanted)
{
    turn_end();
    assert_string_equal(client_got(ws), wanted);
    text_clear(&ws->got);
}

static void
settings_go_to_fastim_v2_when_they_are_others(void **state)
{
    struct ws *v1, *v2;
    uint64_t asked;

    (void)state;
    hub_take_settings(t.hub, str_of("g"), SLOW(1), 0); /* it has gone meanwhile */
    join_both(&v1, &v2);
    hub_take_settings(t.hub, str_of("g"), SLOW(5), hub_settings_version(t.hub, str_of("g")));
    expect_told(v2, SETTINGS(5) " ");
    tell("g", SETTINGS(5));
    expect_told(v2, "");
    asked = hub_settings_version(t.hub, str_of("g"));
    tell("g", SETTINGS(6));
    hub_take_settings(t.hub, str_of("g"), SLOW(5), asked); /* which is older */
    expect_told(v2, SETTINGS(6) " ");
    expect_told(v1, "");
    assert_bytes(text_str(&hub_settings(t.hub, str_of("g"))->json), SLOW(6));
    hub_take_settings(t.hub, str_of("g"), SLOW(7), hub_settings_version(t.hub, str_of("g")));
    expect_told(v2, SETTINGS(7) " ");
}

static void
a_group_of_part_1_alone_keeps_no_settings(void **state)
{
    struct ws *v1;

    (void)state;
    v1 = join_v1();
    hub_take_settings(t.hub, str_of("g"), SLOW(5), 0);
    assert_int_equal(hub_settings(t.hub, str_of("g"))->json.len, 0);
    assert_string_equal(client_got(v1), "");
}

static void
what_concerns_a_user_goes_to_auth(void **state)
{
    struct ws *v1, *v2;

    (void)state;
    join_both(&v1, &v2);
    tell("g", "{\"do\":\"you\",\"userId\":\"u\"}"); /* nobody moderates */
    hub_use_auth(t.hub, AUTH);
    tell("g", "{\"do\":\"you\",\"userId\":\"u\"}");
    tell("g", "{\"do\":\"close\",\"userId\":\"v\",\"code\":403}");
    tell("g", "{\"do\":\"close\",\"userId\":\"v\",\"code\":440}");
    tell("h", "{\"do\":\"you\",\"userId\":\"u\"}");
    assert_bytes(text_str(&t.presence), BYTES("you g u ban g v "));
    expect_told(v1, "");
    expect_told(v2, "");
}

/* They came while it was not heard what becomes of them; or it was not for some time. */
static void
all_of_a_group_are_checked_when_it_is_heard(void **state)
{
    struct ws *v1, *v2;

    (void)state;
    hub_use_auth(t.hub, AUTH);
    join_both(&v1, &v2);
    assert_bytes(text_str(&t.presence), BYTES("soon "));
    join_v1();
    join_v2();
    hub_on_subscription_down(t.hub, fake_node(&t.commands));
    hub_on_subscribed(t.hub, fake_node(&t.commands), str_of("h"));
    hub_on_subscribed(t.hub, fake_node(&t.commands), str_of("g"));
    assert_bytes(text_str(&t.presence), BYTES("soon soon soon soon soon "));
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(both_get_each_message_in_their_form),
        TEST(events_are_for_fastim_v2),
        TEST(a_group_of_part_1_alone_passes_events_over),
        TEST(who_counts_the_online_hears_of_the_channel),
        TEST(a_message_was_heard_if_both_have_it),
        TEST(the_group_goes_with_the_last_of_either),
        TEST(both_are_polled_and_checked_again),
        TEST(both_hear_of_the_connections),
        TEST(each_group_has_a_rate_of_signals),
        TEST(settings_go_to_fastim_v2_when_they_are_others),
        TEST(a_group_of_part_1_alone_keeps_no_settings),
        TEST(what_concerns_a_user_goes_to_auth),
        TEST(all_of_a_group_are_checked_when_it_is_heard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
