/* test_events.c - clients of /group/events: who may come in, and how a stream begins and ends. */
#include "push-daemon/chat/events.h"

#include <stdlib.h>

#include "push-daemon/chat/chat_v2.h"
#include "push-daemon/client/identity.h"
#include "push-daemon/hub/group_settings.h"
#include "push-daemon/hub/hub.h"
#include "push-daemon/presence/presence.h"
#include "tests/unit/push-daemon/a_crowd.h"

static struct test {
    struct a_crowd crowd;
    struct chat_v2 chat;
    int joined;
} t;

static const struct group_settings settings;

/* ---- chat_v2.h, hub.h and presence.h, as far as they are used ---- */

void
chat_v2_enter(struct session *s)
{
    assert_ptr_equal(s->ctx, &t.chat);
    session_set_state(s, SESSION_WAITING);
    t.joined++;
}

void
chat_v2_leave(struct session *s)
{
    assert_ptr_equal(s->ctx, &t.chat);
}

void
presence_add_state(const struct presence *p, struct str group, struct text *out)
{
    assert_null(p);
    assert_bytes(group, BYTES("g"));
    text_add_str(out, "\"online\":1");
}

const struct group_settings *
hub_settings(const struct hub *hub, struct str group)
{
    (void)hub;
    (void)group;
    return &settings;
}

/* ---- what the tests say ---- */

static int
setup(void **state)
{
    (void)state;
    memset(&t, 0, sizeof(t));
    a_crowd_make(&t.crowd);
    t.chat.dialog = (struct dialog){&t.crowd.env.env, t.crowd.sessions, t.crowd.auth,
                                    identity_create(&t.crowd.env.env)};
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    identity_destroy(t.chat.dialog.identity);
    a_crowd_free(&t.crowd);
    return 0;
}

static struct ws *
ask(const char *path_token, const char *header)
{
    struct ws_request request = a_request("g", "u", "10.0.0.1");

    request.route.kind = ROUTE_EVENTS;
    request.route.token = str_of(path_token);
    request.token = str_of(header);
    request.is_v2 = true;
    t.crowd.ws[0].is_stream = true;
    t.crowd.s[0] = events_open(&t.chat, &t.crowd.ws[0], &request);
    return &t.crowd.ws[0];
}

/* "retry: N" is the next that was sent; forgets it, and returns N. */
static int
take_retry(struct ws *ws)
{
    const char *end;

    assert_int_equal(strncmp(ws->sent.bytes, "retry: ", 7), 0);
    end = strstr(ws->sent.bytes, "\n\n");
    assert_non_null(end);
    return atoi(ws->sent.bytes + 7);
}

static void
the_token_of_the_path_is_the_login(void **state)
{
    (void)state;
    a_config_set(&t.crowd.env.config, "im.group.loginAuth", "1");
    (void)ask("secret", "other");
    assert_bytes(t.crowd.s[0]->token, BYTES("secret"));
    fake_commands_answer(&t.crowd.commands, ":0\r\n");
    assert_int_equal(t.joined, 1);
}

static void
the_header_is_if_the_path_has_none(void **state)
{
    (void)state;
    a_config_set(&t.crowd.env.config, "im.group.loginAuth", "1");
    (void)ask("-", "other");
    assert_bytes(t.crowd.s[0]->token, BYTES("other"));
    fake_commands_answer(&t.crowd.commands, ":0\r\n");
    assert_int_equal(t.joined, 1);
}

static void
without_a_token_nobody_comes_in(void **state)
{
    struct ws *ws;

    (void)state;
    a_config_set(&t.crowd.env.config, "im.group.loginAuth", "1");
    ws = ask("-", "");
    assert_int_equal(ws->refused->error, 440);
    assert_int_equal(t.joined, 0);
}

static void
a_stream_begins_when_its_client_is_welcome(void **state)
{
    struct ws *ws = ask("-", "");
    struct session *s = t.crowd.s[0];

    (void)state;
    fake_commands_answer(&t.crowd.commands, ":0\r\n");
    assert_int_equal(t.joined, 1);
    assert_false(ws->answered);
    s->kind->welcome(s, false, 0);
    assert_true(ws->answered);
    assert_in_range(take_retry(ws), 0, 2000);
    assert_non_null(strstr(ws->sent.bytes, "\n\ndata: {\"type\":\"welcome\",\"groupId\":\"g\""));
}

/* EventSource draws no time, so each is told its own. */
static void
each_client_is_told_another_time_to_come_back(void **state)
{
    struct ws *ws = ask("-", "");
    struct session *s = t.crowd.s[0];
    int first = -1, differ = 0;

    (void)state;
    fake_commands_answer(&t.crowd.commands, ":0\r\n");
    event_stream_begin(ws);
    for (int i = 0; i < 20; i++) {
        text_clear(&ws->sent);
        s->kind->on_drain(s, 8000);
        assert_in_range(take_retry(ws), 0, 8000);
        assert_non_null(
            strstr(ws->sent.bytes, "\n\ndata: {\"type\":\"reconnect\",\"after\":8000}\n\n"));
        differ += first >= 0 && take_retry(ws) != first;
        first = take_retry(ws);
    }
    assert_true(differ > 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_token_of_the_path_is_the_login),
        TEST(the_header_is_if_the_path_has_none),
        TEST(without_a_token_nobody_comes_in),
        TEST(a_stream_begins_when_its_client_is_welcome),
        TEST(each_client_is_told_another_time_to_come_back),
    };

    return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
