/* test_welcome.c - the first frame of a fastim.v2 client, and the word before the last, to the
 * byte. */
#include "push-daemon/chat/welcome.h"

#include "push-daemon/hub/group_settings.h"
#include "push-daemon/presence/presence.h"
#include "tests/unit/push-daemon/chat/a_speaker.h"

static struct a_speaker t;

/* ---- presence/ ---- */

void
presence_add_state(const struct presence *p, struct str group, struct text *out)
{
    assert_ptr_equal(p, &t);
    assert_bytes(group, BYTES("g"));
    text_add_str(out, "\"online\":17,\"users\":[\"3\"]");
}

static int
setup(void **state)
{
    (void)state;
    a_speaker_make(&t);
    t.crowd.env.redis_clock.ahead_ms = INT64_C(1648368380132) - FAKE_LOOP_BEGIN_MS;
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    a_speaker_free(&t);
    return 0;
}

#define NOTHING "{\"slow\":0,\"quiet\":false,\"cap\":0,\"pinned\":\"\",\"attrs\":{}}"
#define WELCOME(recovered, you, settings, limits)                                                  \
    "{\"type\":\"welcome\",\"groupId\":\"g\",\"userId\":\"u\",\"recovered\":" recovered            \
    ",\"online\":17,\"users\":[\"3\"],\"you\":{" you "},\"settings\":" settings                    \
    ",\"limits\":{" limits "},\"now\":1648368380132}"
#define LIMITS "\"messageBytes\":24576,\"unacked\":16,\"pingS\":25,\"spreadMs\":2000"

static void
welcome(const struct group_settings *settings, bool recovered, size_t missed)
{
    welcome_send(t.crowd.s[0], (struct presence *)&t, settings, recovered, missed);
}

static void
a_welcome_tells_all_that_a_client_has_to_know(void **state)
{
    const struct group_settings unknown = {0};

    (void)state;
    welcome(&unknown, false, 0);
    assert_frames(
        &t.crowd.ws[0],
        WELCOME("false,\"missed\":0", "\"role\":\"\",\"muted\":0,\"expires\":0", NOTHING, LIMITS));
    a_config_set(&t.crowd.env.config, "push.reconnectSpreadMs", "500");
    a_config_set(&t.crowd.env.config, "im.groupMessage.maxMessageBytes", "100");
    t.crowd.s[0]->v2->expires_ms = 1700000000000;
    welcome(&unknown, true, 12);
    assert_frames(&t.crowd.ws[0],
                  WELCOME("true,\"missed\":12",
                          "\"role\":\"\",\"muted\":0,\"expires\":1700000000000", NOTHING,
                          "\"messageBytes\":100,\"unacked\":16,\"pingS\":25,\"spreadMs\":500"));
}

static void
it_tells_the_rules_of_the_group(void **state)
{
    struct group_settings settings = {0};

    (void)state;
    t.crowd.s[0]->role = JWT_VIP;
    t.crowd.s[0]->chat.muted_ms = -1;
    assert_true(group_settings_on_event(&settings, BYTES("{\"slow\":5}")));
    welcome(&settings, false, 0);
    assert_frames(&t.crowd.ws[0],
                  WELCOME("false,\"missed\":0", "\"role\":\"vip\",\"muted\":-1,\"expires\":0",
                          "{\"slow\":5}", LIMITS));
    group_settings_fini(&settings);
    a_config_set(&t.crowd.env.config, "im.room.slow", "7");
    a_config_set(&t.crowd.env.config, "im.room.cap", "8");
    welcome(&settings, false, 0);
    assert_frames(&t.crowd.ws[0],
                  WELCOME("false,\"missed\":0", "\"role\":\"vip\",\"muted\":-1,\"expires\":0",
                          "{\"slow\":7,\"quiet\":false,\"cap\":8,\"pinned\":\"\",\"attrs\":{}}",
                          LIMITS));
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_welcome_tells_all_that_a_client_has_to_know),
        TEST(it_tells_the_rules_of_the_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
