/* test_signal.c - passing words: published, or dropped above the rates of their sender and of the
 * group. */
#include "push-daemon/chat/signal.h"

#include "push-daemon/hub/group_settings.h"
#include "push-daemon/hub/hub.h"
#include "tests/unit/push-daemon/chat/a_speaker.h"

static struct a_speaker t;
static struct rate_limit of_group;
static struct group_settings settings;

struct rate_limit *
hub_signal_rate(struct hub *hub, struct str group)
{
    assert_ptr_equal(hub, &of_group);
    assert_bytes(group, BYTES("g"));
    return &of_group;
}

const struct group_settings *
hub_settings(const struct hub *hub, struct str group)
{
    (void)hub;
    (void)group;
    return &settings;
}

static int
setup(void **state)
{
    (void)state;
    a_speaker_make(&t);
    memset(&of_group, 0, sizeof(of_group));
    memset(&settings, 0, sizeof(settings));
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    a_speaker_free(&t);
    return 0;
}

static void
say(int client, struct str info)
{
    struct client_frame f = {.type = CLIENT_SIGNAL, .error = V2_ERROR__MAX, .info = info};

    signal_take((struct hub *)&of_group, &t.ask, t.crowd.s[client], &f);
}

static void
say_often(int client, int times)
{
    for (int i = 0; i < times; i++) {
        say(client, BYTES("x"));
    }
}

static void
it_is_published_with_its_sender(void **state)
{
    (void)state;
    say(0, BYTES("typ\"ing"));
    assert_command(
        &t.crowd.commands, 0,
        "PUBLISH fim:ev:g {\"type\":\"signal\",\"userId\":\"u\",\"info\":\"typ\\\"ing\"}");
    assert_int_equal(t.crowd.env.metrics.signals, 1);
    fake_commands_answer(&t.crowd.commands, ":1\r\n");
    assert_frames(&t.crowd.ws[0], ""); /* it comes back by the group */
}

static void
it_has_512_bytes_at_most(void **state)
{
    static char info[513];

    (void)state;
    memset(info, 'x', sizeof(info));
    say(0, str_make(info, 512));
    assert_int_equal(fake_commands_open(&t.crowd.commands), 1);
    say(0, str_make(info, 513));
    assert_int_equal(fake_commands_open(&t.crowd.commands), 1);
    assert_frames(&t.crowd.ws[0], ERROR("", 413, "info"));
}

static void
more_than_the_rates_allow_are_dropped_silently(void **state)
{
    (void)state;
    for (int i = 1; i < 12; i++) {
        a_speaker_open(&t, i);
    }
    say_often(0, 7); /* five a second of one */
    assert_int_equal(fake_commands_open(&t.crowd.commands), 5);
    for (int i = 1; i < 12; i++) { /* fifty of all */
        say_often(i, 5);
    }
    assert_int_equal(fake_commands_open(&t.crowd.commands), 50);
    assert_int_equal(t.crowd.env.metrics.signals, 50);
    fake_loop_advance(t.crowd.env.env.loop, 1000);
    say_often(0, 7);
    assert_int_equal(fake_commands_open(&t.crowd.commands), 55);
    assert_frames(&t.crowd.ws[0], "");
}

/* Not those of moderators and vip, if the group is quiet alone. */
static void
they_are_dropped_if_their_sender_may_not_speak(void **state)
{
    struct session *s = t.crowd.s[0];
    int64_t now_ms = redis_clock_at_ms(t.crowd.env.env.redis_clock, env_now_ms(&t.crowd.env.env));

    (void)state;
    s->chat.muted_ms = -1;
    say(0, BYTES("x"));
    s->chat.muted_ms = now_ms + 1;
    say(0, BYTES("x"));
    s->role = JWT_MOD;
    say(0, BYTES("x"));
    s->role = JWT_NO_ROLE;
    s->chat.muted_ms = now_ms;
    settings.quiet = true;
    say(0, BYTES("x"));
    assert_int_equal(fake_commands_open(&t.crowd.commands), 0);
    s->role = JWT_VIP;
    say(0, BYTES("x"));
    s->role = JWT_NO_ROLE;
    settings.quiet = false;
    say(0, BYTES("x"));
    assert_int_equal(fake_commands_open(&t.crowd.commands), 2);
    assert_frames(&t.crowd.ws[0], "");
}

static void
either_rate_turns_them_off(void **state)
{
    (void)state;
    a_config_set(&t.crowd.env.config, "im.signal.perSecond", "0");
    say(0, BYTES("x"));
    a_config_set(&t.crowd.env.config, "im.signal.perSecond", "5");
    a_config_set(&t.crowd.env.config, "im.signal.perGroup", "0");
    say(0, BYTES("x"));
    assert_int_equal(fake_commands_open(&t.crowd.commands), 0);
    a_config_set(&t.crowd.env.config, "im.signal.perGroup", "1");
    t.crowd.commands.ready = false; /* it has passed */
    say(0, BYTES("x"));
    assert_frames(&t.crowd.ws[0], "");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(it_is_published_with_its_sender),
        TEST(it_has_512_bytes_at_most),
        TEST(more_than_the_rates_allow_are_dropped_silently),
        TEST(they_are_dropped_if_their_sender_may_not_speak),
        TEST(either_rate_turns_them_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
