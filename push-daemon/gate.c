/* gate.c - may a client come in, and may it stay: login and membership, asked of Redis. */
#include "push-daemon/gate.h"

#include <stddef.h>
#include <stdlib.h>

#include "lib/redis/commands.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/loop.h"
#include "push-daemon/rcmd.h"
#include "push-daemon/session.h"
#include "push-daemon/wheel.h"

enum {
    RECHECK_SECONDS = 60
};

struct gate {
    struct loop *loop;
    const struct config *config;
    struct rcmd *rcmd;
    struct wheel rechecks;
    struct loop_timer *second;
    struct argv argv;
};

/* A question about one session. */
struct asking {
    struct gate *gate;
    struct session *session; /* pinned */
    void (*on_entered)(struct session *s);
};

static struct asking *
ask(struct gate *gate, struct session *s, void (*on_entered)(struct session *s))
{
    struct asking *a = mem_alloc(sizeof(*a));

    *a = (struct asking){gate, s, on_entered};
    session_pin(s);
    return a;
}

static void
answered(struct asking *a)
{
    session_unpin(a->session);
    free(a);
}

/* ---- staying ---- */

static void
check_again_later(struct gate *gate, struct session *s)
{
    if (gate->config->group.login_auth && session_is_open(s)) {
        wheel_remove(&s->recheck);
        wheel_add(&gate->rechecks, &s->recheck, RECHECK_SECONDS - 1);
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
    check_again_later(a->gate, a->session);
    answered(a);
}

static void
on_recheck_due(void *arg, struct wheel_item *item)
{
    struct session *s = (struct session *)((char *)item - offsetof(struct session, recheck));
    struct gate *gate = arg;
    struct asking *a = ask(gate, s, NULL);

    cmd_check_login(&gate->argv, gate->config, s->user, s->token);
    if (!rcmd_send_script(gate->rcmd, &gate->argv, on_rechecked, a)) {
        check_again_later(gate, s);
        answered(a);
    }
}

static void
on_second(void *arg)
{
    struct gate *gate = arg;

    wheel_turn(&gate->rechecks, on_recheck_due, gate);
}

/* ---- coming in ---- */

static void
let_in(struct gate *gate, struct session *s, void (*on_entered)(struct session *s))
{
    check_again_later(gate, s);
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
        let_in(a->gate, s, a->on_entered);
    }
    answered(a);
}

void
gate_enter(struct gate *gate, struct session *s, void (*on_entered)(struct session *s))
{
    struct str token = gate->config->group.login_auth ? s->token : str_make("", 0);
    struct asking *a;

    if (s->group.len == 0 && token.len == 0) { /* a group-list client that needs no login */
        let_in(gate, s, on_entered);
        return;
    }
    a = ask(gate, s, on_entered);
    cmd_enter(&gate->argv, gate->config, s->user, token, s->group);
    if (!rcmd_send_script(gate->rcmd, &gate->argv, on_answer, a)) {
        session_refuse(s, "503", WS_TRY_AGAIN_LATER, "Redis is away");
        answered(a);
    }
}

struct gate *
gate_create(struct loop *loop, const struct config *config, struct rcmd *rcmd)
{
    struct gate *gate = mem_zalloc(sizeof(*gate));

    gate->loop = loop;
    gate->config = config;
    gate->rcmd = rcmd;
    argv_init(&gate->argv);
    gate->second = loop_timer_create(loop, on_second, gate);
    loop_timer_start(gate->second, 1000, 1000);
    return gate;
}

void
gate_destroy(struct gate *gate)
{
    if (gate != NULL) {
        loop_timer_destroy(gate->second);
        argv_fini(&gate->argv);
        free(gate);
    }
}
