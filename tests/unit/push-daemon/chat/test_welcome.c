/* test_welcome.c - the first frame of a fastim.v2 client, and the word before the last, to the
 * byte. */
#include "push-daemon/chat/welcome.h"

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

#define WELCOME(recovered, expires, limits)                                                        \
    "{\"type\":\"welcome\",\"groupId\":\"g\",\"userId\":\"u\",\"recovered\":" recovered            \
    ",\"online\":17,\"users\":[\"3\"],\"you\":{\"role\":\"\",\"muted\":0,\"expires\":" expires     \
    "},\"settings\":{\"slow\":0,\"quiet\":false,\"cap\":0,\"pinned\":\"\",\"attrs\":{}},"          \
    "\"limits\":{" limits "},\"now\":1648368380132}"

static void
a_welcome_tells_all_that_a_client_has_to_know(void **state)
{
    (void)state;
    welcome_send(t.crowd.s[0], (struct presence *)&t, false, 0);
    assert_frames(&t.crowd.ws[0],
                  WELCOME("false,\"missed\":0", "0",
                          "\"messageBytes\":24576,\"unacked\":16,\"pingS\":25,\"spreadMs\":2000"));
    a_config_set(&t.crowd.env.config, "push.reconnectSpreadMs", "500");
    a_config_set(&t.crowd.env.config, "im.groupMessage.maxMessageBytes", "100");
    t.crowd.s[0]->v2->expires_ms = 1700000000000;
    welcome_send(t.crowd.s[0], (struct presence *)&t, true, 12);
    assert_frames(&t.crowd.ws[0],
                  WELCOME("true,\"missed\":12", "1700000000000",
                          "\"messageBytes\":100,\"unacked\":16,\"pingS\":25,\"spreadMs\":500"));
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_welcome_tells_all_that_a_client_has_to_know),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
