/* auth.c - may a client come in, and may it stay: login and membership, asked of Redis. */
#include "push-daemon/client/auth.h"

#include <stddef.h>
#include <stdlib.h>

#include "lib/redis/commands.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/core/loop.h"
#include "push-daemon/redis/commands.h"
#include "push-daemon/client/session.h"
#include "push-daemon/core/timer_wheel.h"

enum {
    RECHECK_SECONDS = 60
};

struct auth {
    struct loop *loop;
    const struct config *config;
    struct commands *commands;
    struct timer_wheel rechecks;
    struct loop_timer *second;
    struct argv argv;
};

/* A question about one session. */
struct asking {
    struct auth *auth;
    struct session *session; /* pinned */
    void (*on_entered)(struct session *s);
};

static struct asking *
ask(struct auth *auth, struct session *s, void (*on_entered)(struct session *s))
{
    struct asking *a = mem_alloc(sizeof(*a));

    *a = (struct asking){auth, s, on_entered};
    session_ref(s);
    return a;
}

static void
answered(struct asking *a)
{
    session_unref(a->session);
    free(a);
}

/* ---- staying ---- */

static void
check_again_later(struct auth *auth, struct session *s)
{
    if (auth->config->group.login_auth && session_is_open(s)) {
        timer_wheel_remove(&s->recheck);
        timer_wheel_add(&auth->rechecks, &s->recheck, RECHECK_SECONDS - 1);
    }
}

/* Only a clear no ends it: while Redis is in trouble nobody loses the room. */
static void
on_rechecked(void *arg, const struct reply *reply)
{
    struct asking *a = arg;

    if (reply_int(reply) == CMD_NOT_LOGGED_IN && session_is_open(a->session)) {
        session_refuse(a->session, "440", WS_POLICY_VIOLATION, "token is no longer valid");
    }
    check_again_later(a->auth, a->session);
    answered(a);
}

static void
on_recheck_due(void *arg, struct timer_wheel_item *item)
{
    struct session *s = (struct session *)((char *)item - offsetof(struct session, recheck));
    struct auth *auth = arg;
    struct asking *a = ask(auth, s, NULL);

    cmd_check_login(&auth->argv, auth->config, s->user, s->token);
    if (!commands_send_script(auth->commands, &auth->argv, on_rechecked, a)) {
        check_again_later(auth, s);
        answered(a);
    }
}

static void
on_second(void *arg)
{
    struct auth *auth = arg;

    timer_wheel_turn(&auth->rechecks, on_recheck_due, auth);
}

/* ---- coming in ---- */

static void
let_in(struct auth *auth, struct session *s, void (*on_entered)(struct session *s))
{
    check_again_later(auth, s);
    on_entered(s);
    session_take_early(s);
}

static void
refused_by_redis(struct session *s, const struct reply *reply)
{
    log_warn("enter-refused answer=%s", log_quote(reply_complaint(reply)).text);
    if (reply_is_passing(reply)) {
        session_refuse(s, "503", WS_TRY_AGAIN_LATER, "Redis cannot now");
    } else {
        session_close(s, WS_INTERNAL_ERROR, "Redis refused to say whether it may enter");
    }
}

static void
on_answer(void *arg, const struct reply *reply)
{
    struct asking *a = arg;
    struct session *s = a->session;

    if (!session_is_open(s)) {
        /* It left meanwhile. */
    } else if (reply_type(reply) == REPLY_LOST) {
        session_refuse(s, "503", WS_TRY_AGAIN_LATER, "Redis went away");
    } else if (reply_type(reply) != REPLY_INT) {
        refused_by_redis(s, reply);
    } else if (reply_int(reply) == CMD_NOT_LOGGED_IN) {
        session_refuse(s, "440", WS_POLICY_VIOLATION, "not logged in");
    } else if (reply_int(reply) == CMD_NOT_JOINED) {
        session_close(s, WS_POLICY_VIOLATION, "has not joined the group");
    } else {
        let_in(a->auth, s, a->on_entered);
    }
    answered(a);
}

void
auth_enter(struct auth *auth, struct session *s, void (*on_entered)(struct session *s))
{
    struct str token = auth->config->group.login_auth ? s->token : str_make("", 0);
    struct asking *a;

    if (s->group.len == 0 && token.len == 0) { /* a group-list client that needs no login */
        let_in(auth, s, on_entered);
        return;
    }
    a = ask(auth, s, on_entered);
    cmd_enter(&auth->argv, auth->config, s->user, token, s->group);
    if (!commands_send_script(auth->commands, &auth->argv, on_answer, a)) {
        session_refuse(s, "503", WS_TRY_AGAIN_LATER, "Redis is away");
        answered(a);
    }
}

struct auth *
auth_create(struct loop *loop, const struct config *config, struct commands *commands)
{
    struct auth *auth = mem_zalloc(sizeof(*auth));

    auth->loop = loop;
    auth->config = config;
    auth->commands = commands;
    argv_init(&auth->argv);
    auth->second = loop_timer_create(loop, on_second, auth);
    loop_timer_start(auth->second, 1000, 1000);
    return auth;
}

void
auth_destroy(struct auth *auth)
{
    if (auth != NULL) {
        loop_timer_destroy(auth->second);
        argv_fini(&auth->argv);
        free(auth);
    }
}
