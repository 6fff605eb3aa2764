/* a_speaker.h - a client of fastim.v2 that is in, and what its frames are handed to; Redis is the
 * test. */
#ifndef TESTS_UNIT_PUSHD_CHAT_A_SPEAKER_H
#define TESTS_UNIT_PUSHD_CHAT_A_SPEAKER_H

#include "push-daemon/chat/ask_query.h"
#include "push-daemon/client/v2_state.h"
#include "push-daemon/frames/form.h"
#include "push-daemon/v2/client_frame.h"
#include "tests/unit/push-daemon/a_crowd.h"

#define ERROR(id, code, reason)                                                                    \
    "{\"type\":\"error\"," id "\"code\":" #code ",\"reason\":\"" reason "\"}"
#define ERROR_LATER(id, code, reason)                                                              \
    "{\"type\":\"error\"," id "\"code\":" #code ",\"reason\":\"" reason "\",\"retryAfter\":1000}"
#define ID(id) "\"id\":\"" id "\","

struct a_speaker {
    struct a_crowd crowd;
    struct ask ask;
};

static inline void
a_speaker_on_leave(struct session *s)
{
    (void)s;
}

static const struct session_kind a_speaker_kind = {
    .name = "speaker", .form = &form_v2, .on_leave = a_speaker_on_leave};

/* Client i comes in. */
static inline struct session *
a_speaker_open(struct a_speaker *a, int i)
{
    struct ws_request request = a_v2_request("g", "secret", "");

    a->crowd.s[i] =
        sessions_open(a->crowd.sessions, &a->crowd.ws[i], &request, &a_speaker_kind, NULL);
    session_set_state(a->crowd.s[i], SESSION_LIVE);
    return a->crowd.s[i];
}

static inline void
a_speaker_make(struct a_speaker *a)
{
    memset(a, 0, sizeof(*a));
    a_crowd_make(&a->crowd);
    a_config_set(&a->crowd.env.config, "im.group.loginAuth", "1");
    a->ask = (struct ask){
        .env = &a->crowd.env.env, .nodes = &a->crowd.commands, .sessions = a->crowd.sessions};
    a_speaker_open(a, 0);
}

static inline void
a_speaker_free(struct a_speaker *a)
{
    a_crowd_free(&a->crowd);
}

/* A frame without a mistake; it goes to client_frame_fini(). */
static inline struct client_frame
a_frame_of(const char *json)
{
    struct client_frame f;

    assert_true(client_frame_read(&f, str_of(json)));
    assert_int_equal(f.error, V2_ERROR__MAX);
    return f;
}

#endif
