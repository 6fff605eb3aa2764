/* a_crowd.h - clients without sockets, and all of client/ that serves them; Redis is the test. */
#ifndef TESTS_UNIT_PUSHD_A_CROWD_H
#define TESTS_UNIT_PUSHD_A_CROWD_H

#include "push-daemon/client/admission.h"
#include "push-daemon/client/auth.h"
#include "push-daemon/client/receive.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/sessions.h"
#include "tests/unit/push-daemon/a_env.h"
#include "tests/unit/push-daemon/a_request.h"
#include "tests/unit/push-daemon/fake_nodes.h"
#include "tests/unit/push-daemon/fake_log.h"
#include "tests/unit/push-daemon/fake_ws.h"

enum {
    A_CROWD_MAX = 200
};

struct a_crowd {
    struct a_env env;
    struct nodes commands;
    struct admission *admission;
    struct sessions *sessions;
    struct auth *auth;
    struct ws ws[A_CROWD_MAX];
    struct session *s[A_CROWD_MAX]; /* set by the test; NULL: none, or gone */
};

static inline void
a_crowd_make(struct a_crowd *c)
{
    memset(c, 0, sizeof(*c));
    fake_log_clear();
    a_env_make(&c->env);
    c->commands.ready = true;
    c->admission = admission_create(&c->env.env, A_CROWD_MAX);
    c->sessions = sessions_create(&c->env.env, c->admission);
    c->auth = auth_create(&c->env.env, &c->commands, c->sessions);
}

/* The connection of client i is gone. */
static inline void
a_crowd_lose(struct a_crowd *c, int i)
{
    session_on_closed(c->s[i]);
    c->s[i] = NULL;
}

static inline void
a_crowd_free(struct a_crowd *c)
{
    for (int i = 0; i < A_CROWD_MAX; i++) {
        if (c->s[i] != NULL) {
            a_crowd_lose(c, i);
        }
        fake_ws_free(&c->ws[i]);
    }
    fake_commands_lose(&c->commands);
    assert_int_equal(sessions_count(c->sessions), 0);
    auth_destroy(c->auth);
    sessions_destroy(c->sessions);
    admission_destroy(c->admission);
    fake_commands_free(&c->commands);
    a_env_free(&c->env);
}

/* A text comes in from client i. */
static inline void
a_crowd_say(struct a_crowd *c, int i, struct str text)
{
    receive_piece(c->s[i], &(struct ws_piece){.bytes = text, .first = true, .last = true});
}

/* So many seconds pass, with what the daemon does in each. */
static inline void
a_crowd_wait(struct a_crowd *c, int seconds)
{
    for (int i = 0; i < seconds; i++) {
        fake_loop_advance(c->env.env.loop, 1000);
        sessions_every_second(c->sessions);
        auth_every_second(c->auth);
        admission_every_second(c->admission);
    }
}

#endif
