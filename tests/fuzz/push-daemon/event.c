/* event.c - any bytes on the channels of events: what clients would get of them is JSON that they
 * can read.
 *
 * Each 0xFF ends an event. */
#include "lib/redis/event.h"

#include "lib/ids.h"
#include "lib/json.h"
#include "lib/message.h"
#include "lib/utf8.h"
#include "push-daemon/presence/roster.h"
#include "tests/fuzz/fuzz.h"

/* As it goes to clients. */
static void
check_frame(struct str json)
{
    char *text = strndup(json.p, json.len);

    CHECK(strlen(text) == json.len && utf8_valid(json) && json_is_valid(text));
    free(text);
}

static void
check_presence(struct roster *roster, struct str json)
{
    struct text frame, state;

    text_init(&frame);
    text_init(&state);
    if (roster_take(roster, json, &frame)) {
        check_frame(text_str(&frame));
    }
    CHECK(frame.len == 0 || roster->known);
    text_add_str(&state, "{");
    roster_add_state(roster, &state);
    text_add_str(&state, "}");
    check_frame(text_str(&state));
    text_fini(&state);
    text_fini(&frame);
}

/* What it tells of a user, written anew, tells the same. */
static void
check_close(const struct event *e)
{
    struct text again;
    struct event other;

    CHECK(id_valid(text_str(&e->user)));
    text_init(&again);
    event_add_close(&again, text_str(&e->user), 440, "login");
    event_read(&other, text_str(&again));
    CHECK(other.kind == EVENT_CLOSE && str_equal(text_str(&other.user), text_str(&e->user)));
    event_fini(&other);
    text_fini(&again);
}

static void
check_ban(const struct event *e)
{
    bool has_user = e->user.len > 0;
    struct address_text address = address_text(&e->address);
    struct text again;
    struct event other;

    CHECK(!has_user || id_valid(text_str(&e->user)));
    CHECK(e->retry_ms >= 0 && e->retry_ms <= MESSAGE_TS_MAX);
    text_init(&again);
    event_add_ban(&again, has_user ? "userId" : "address",
                  has_user ? text_str(&e->user) : str_of(address.text), e->retry_ms);
    event_read(&other, text_str(&again));
    CHECK(other.kind == EVENT_BAN && other.retry_ms == e->retry_ms);
    CHECK(str_equal(text_str(&other.user), text_str(&e->user)));
    CHECK(has_user || memcmp(&other.address, &e->address, sizeof(e->address)) == 0);
    event_fini(&other);
    text_fini(&again);
}

/* The object is JSON by itself, and in a frame of its own. */
static void
check_settings(const struct event *e, struct str json)
{
    struct text again;

    CHECK(e->settings.len >= 2 && e->settings.p[0] == '{');
    check_frame(e->settings);
    text_init(&again);
    event_add_settings(&again, e->settings);
    CHECK(str_equal(text_str(&again), json));
    text_fini(&again);
}

static void
fuzz(struct str input)
{
    struct roster roster = {0};

    while (input.len > 0) {
        struct str json = fuzz_part(&input, '\xff');
        struct event e;

        event_read(&e, json);
        CHECK(e.kind == EVENT_DURABLE ? e.at >= 1 && e.at <= MESSAGE_TS_MAX : e.at == 0);
        CHECK(e.kind == EVENT_CLOSE || e.kind == EVENT_BAN || e.kind == EVENT_YOU ||
              e.user.len == 0);
        if (e.kind == EVENT_DURABLE || e.kind == EVENT_PASSING || e.kind == EVENT_SETTINGS) {
            check_frame(json);
        }
        if (e.kind == EVENT_SETTINGS) {
            check_settings(&e, json);
        } else if (e.kind == EVENT_BAN) {
            check_ban(&e);
        } else if (e.kind == EVENT_YOU) {
            CHECK(id_valid(text_str(&e.user)));
        } else if (e.kind == EVENT_CLOSE) {
            check_close(&e);
        } else if (e.kind == EVENT_PRESENCE) {
            check_presence(&roster, json);
        }
        event_fini(&e);
    }
    roster_fini(&roster);
}
