/* test_chat_v2.c - all clients of a group: who speaks what, and where each frame of fastim.v2
 * goes. */
#include "push-daemon/chat/chat.h"

#include "lib/rate_limit.h"
#include "push-daemon/append/append.h"
#include "push-daemon/client/identity.h"
#include "push-daemon/v2/dialog.h"
#include "push-daemon/client/v2_state.h"
#include "push-daemon/hub/group_settings.h"
#include "push-daemon/hub/hub.h"
#include "push-daemon/presence/presence.h"
#include "push-daemon/room/room.h"
#include "tests/unit/push-daemon/a_crowd.h"
#include "tests/unit/push-daemon/a_jwt.h"

static struct test {
    struct a_crowd crowd;
    struct chat *chat;
    struct identity *identity;
    struct rate_limit signals;
    struct group_settings settings;
    struct text told; /* what hub and presence were told, a word each */
} t;

/* ---- hub/, presence/ and room/, as far as chat uses them ---- */

static struct room *const a_room = (struct room *)&t; /* nobody looks into it */

void
hub_join(struct hub *hub, struct session *s)
{
    assert_ptr_equal(hub, &t);
    session_set_state(s, SESSION_WAITING);
    s->chat.room = a_room;
    text_add_str(&t.told, "join ");
}

bool
hub_has_heard(const struct hub *hub, struct str group, int64_t ts)
{
    (void)hub;
    (void)group;
    (void)ts;
    return true;
}

struct rate_limit *
hub_signal_rate(struct hub *hub, struct str group)
{
    (void)hub;
    (void)group;
    return &t.signals;
}

const struct group_settings *
hub_settings(const struct hub *hub, struct str group)
{
    (void)hub;
    (void)group;
    return &t.settings;
}

void
room_leave(struct room *room, struct session *s)
{
    assert_ptr_equal(room, a_room);
    s->chat.room = NULL;
    text_add_str(&t.told, "leave ");
}

void
presence_enter(struct presence *p, struct str group, struct str user)
{
    assert_ptr_equal(p, &t.told);
    assert_bytes(group, BYTES("g"));
    assert_bytes(user, BYTES("u"));
    text_add_str(&t.told, "present ");
}

void
presence_leave(struct presence *p, struct str group, struct str user)
{
    (void)p;
    (void)group;
    (void)user;
    text_add_str(&t.told, "gone ");
}

void
presence_add_state(const struct presence *p, struct str group, struct text *out)
{
    (void)p;
    (void)group;
    text_add_str(out, "\"online\":1");
}

/* ---- what the tests say ---- */

static int
setup(void **state)
{
    struct dialog dialog;

    (void)state;
    memset(&t, 0, sizeof(t));
    a_crowd_make(&t.crowd);
    a_config_set(&t.crowd.env.config, "im.group.loginAuth", "1");
    t.identity = identity_create(&t.crowd.env.env);
    dialog = (struct dialog){&t.crowd.env.env, t.crowd.sessions, t.crowd.auth, t.identity};
    t.chat = chat_create(&(struct chat_parts){
        .dialog = &dialog,
        .env = &t.crowd.env.env,
        .sessions = t.crowd.sessions,
        .auth = t.crowd.auth,
        .hub = (struct hub *)&t,
        .nodes = &t.crowd.commands,
        .daemon_id = BYTES("node"),
        .presence = (struct presence *)&t.told,
    });
    t.crowd.commands.clock = t.crowd.env.env.redis_clock;
    append_on_ready(chat_appender(t.chat), fake_node(&t.crowd.commands));
    text_init(&t.told);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        if (t.crowd.s[i] != NULL) {
            a_crowd_lose(&t.crowd, i);
        }
    }
    while (fake_commands_open(&t.crowd.commands) > 0) {
        fake_commands_answer(&t.crowd.commands, ":1\r\n");
    }
    chat_resolve(t.chat); /* an open message would get no outcome */
    chat_destroy(t.chat);
    identity_destroy(t.identity);
    a_crowd_free(&t.crowd);
    text_fini(&t.told);
    return 0;
}

static void
say(const char *text)
{
    a_crowd_say(&t.crowd, 0, str_of(text));
}

/* A client of fastim.v2 that was let in. */
static void
come_in(void)
{
    struct ws_request request = a_v2_request("g", "secret", "");

    t.crowd.s[0] = chat_open(t.chat, &t.crowd.ws[0], &request);
    fake_commands_answer(&t.crowd.commands, ":0\r\n");
    t.crowd.s[0]->kind->welcome(t.crowd.s[0], false, 0);
    session_set_state(t.crowd.s[0], SESSION_LIVE);
    text_clear(&t.crowd.ws[0].sent);
}

static void
each_speaks_what_it_asked_for(void **state)
{
    struct ws_request requests[] = {a_request("g", "u", "10.0.0.1"), a_v2_request("g", "t", ""),
                                    a_v2_request("g", "t", "")};
    static const char *const kinds[] = {"chat", "chat-v2", "events"};

    (void)state;
    requests[2].route.kind = ROUTE_EVENTS;
    for (int i = 0; i < 3; i++) {
        t.crowd.s[i] = chat_open(t.chat, &t.crowd.ws[i], &requests[i]);
        assert_string_equal(t.crowd.s[i]->kind->name, kinds[i]);
        assert_int_equal(t.crowd.s[i]->v2 != NULL, i > 0);
    }
    chat_destroy(NULL);
}

static void
a_client_is_present_from_entering_to_leaving(void **state)
{
    (void)state;
    come_in();
    assert_bytes(text_str(&t.told), BYTES("present join "));
    session_close(t.crowd.s[0], CLOSE_STOPPING);
    assert_bytes(text_str(&t.told), BYTES("present join gone leave "));
}

static void
who_was_not_let_in_was_never_present(void **state)
{
    struct ws_request request = a_v2_request("g", "secret", "");

    (void)state;
    t.crowd.s[0] = chat_open(t.chat, &t.crowd.ws[0], &request);
    fake_commands_answer(&t.crowd.commands, ":-1\r\n");
    assert_bytes(text_str(&t.told), BYTES(""));
}

static void
each_frame_goes_where_it_belongs(void **state)
{
    static const struct {
        const char *frame;
        const char *command; /* script or command that is sent; NULL: none */
        const char *got;
    } rows[] = {
        {"{\"type\":\"send\",\"id\":\"k\",\"info\":\"x\"}", "append", ""},
        {"{\"type\":\"recall\",\"ts\":5}", "recall", ""},
        {"{\"type\":\"history\",\"before\":5}", "list_before_ts", ""},
        {"{\"type\":\"read\",\"ts\":5}", "read", ""},
        {"{\"type\":\"signal\",\"info\":\"x\"}", "fim:ev:g", ""},
        {"{\"type\":\"auth\",\"token\":\"x\"}", "enter", ""},
        {"{\"type\":\"ping\"}", NULL, "{\"type\":\"pong\"}"},
        {"{\"type\":\"what\"}", NULL, "{\"type\":\"error\",\"code\":400,\"reason\":\"type\"}"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text word;

        teardown(state);
        setup(state);
        come_in();
        say(rows[i].frame);
        assert_frames(&t.crowd.ws[0], rows[i].got);
        assert_int_equal(fake_commands_open(&t.crowd.commands), rows[i].command != NULL);
        if (rows[i].command != NULL) {
            text_init(&word);
            fake_commands_add_word(&word, fake_commands_word(&t.crowd.commands, 0, 1));
            assert_bytes(text_str(&word), str_of(rows[i].command));
            text_fini(&word);
        }
    }
}

/* As the end of the daemon wants to know it. */
static void
a_client_is_settled_when_its_messages_are(void **state)
{
    struct session *s;

    (void)state;
    come_in();
    s = t.crowd.s[0];
    assert_true(s->kind->is_settled(s, FAKE_LOOP_BEGIN_MS));
    say("{\"type\":\"send\",\"id\":\"k\",\"info\":\"x\"}");
    assert_false(s->kind->is_settled(s, FAKE_LOOP_BEGIN_MS));
    fake_loop_advance(t.crowd.env.env.loop, 10);
    fake_commands_answer(&t.crowd.commands, ":7\r\n");
    chat_resolve(t.chat);
    assert_frames(&t.crowd.ws[0], "{\"type\":\"ack\",\"id\":\"k\",\"ts\":7}");
    assert_false(s->kind->is_settled(s, FAKE_LOOP_BEGIN_MS + 9));
    assert_true(s->kind->is_settled(s, FAKE_LOOP_BEGIN_MS + 10));
}

static void
a_key_of_jwts_is_read_again_with_the_settings(void **state)
{
    struct text token;

    (void)state;
    come_in();
    a_config_set(&t.crowd.env.config, "login.jwtKey", SECRET);
    identity_reload(t.identity);
    text_init(&token);
    a_jwt(&token, "{\"sub\":\"u\",\"exp\":9000000000}");
    for (int i = 0; i < 2; i++) {
        struct text frame;

        text_init(&frame);
        text_add_str(&frame, "{\"type\":\"auth\",\"token\":\"");
        text_add(&frame, token.bytes, token.len);
        text_add_str(&frame, "\"}");
        say(frame.bytes);
        text_fini(&frame);
        if (fake_commands_open(&t.crowd.commands) > 0) {
            fake_commands_answer(&t.crowd.commands, ":0\r\n");
        }
        assert_frames(&t.crowd.ws[0],
                      i == 0 ? "{\"type\":\"you\",\"you\":{\"role\":\"\",\"muted\":0,"
                               "\"expires\":9000000000000}}"
                             : "{\"type\":\"error\",\"code\":440,\"reason\":\"login\"}|(4440)");
        a_config_set(&t.crowd.env.config, "login.jwtKey", "");
        identity_reload(t.identity);
    }
    text_fini(&token);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_speaks_what_it_asked_for),
        TEST(a_client_is_present_from_entering_to_leaving),
        TEST(who_was_not_let_in_was_never_present),
        TEST(each_frame_goes_where_it_belongs),
        TEST(a_client_is_settled_when_its_messages_are),
        TEST(a_key_of_jwts_is_read_again_with_the_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
