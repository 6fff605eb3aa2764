/* append.c - stores messages: in order, each once, and without a guess about what became of one. */
#include "push-daemon/append/append.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/redis/commands.h"
#include "push-daemon/append/append_look.h"
#include "push-daemon/append/append_queue.h"
#include "push-daemon/append/append_refusals.h"
#include "push-daemon/append/append_reply.h"
#include "push-daemon/append/producer.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/redis_clock.h"
#include "push-daemon/redis/commands.h"
#include "push-daemon/hub/hub.h"

enum {
    DEADLINE_MS = 2500,       /* a message is stored within this, or never */
    HEARING_MS = 10000,       /* longest wait for a stored message to come back */
    OPEN_BYTES_MAX = 64 << 20 /* of messages whose outcome is open */
};

enum append_mode {
    MODE_DOWN,    /* no connection: nothing is taken */
    MODE_RUNNING, /* messages are sent as they come */
    MODE_BARRIER, /* messages are kept until all in flight are answered; then a new epoch begins */
    MODE_HELD     /* messages are kept until there is another connection */
};

struct appender {
    const struct env *env;
    struct commands *commands;
    const struct hub *hub;
    enum append_mode mode;
    struct producer producer;
    struct append_queue open; /* messages whose outcome is not known */
    size_t in_flight;         /* commands that await a reply */
    bool load_script;         /* Redis had lost it */
    struct append_look *look;
    struct append_refusals refusals;
    struct argv argv;
};

/* ---- stored ---- */

static bool
append_was_heard(const struct appender *a, const struct append_entry *e)
{
    return hub_has_heard(a->hub, e->message.group, e->ts) ||
           clock_ms() > e->deadline_ms + HEARING_MS;
}

/* It has no more time. */
static void
append_resolve_late(struct appender *a, struct append_entry *e)
{
    a->env->metrics->messages_late++;
    append_queue_resolve(&a->open, e, APPEND_REFUSED);
}

/* In the order of their seq. If one has not come back, the ones behind it wait. */
void
append_resolve_heard(struct appender *a)
{
    while (a->open.head != NULL && a->open.head->ts > 0 && append_was_heard(a, a->open.head)) {
        append_queue_resolve(&a->open, a->open.head, APPEND_STORED);
    }
    a->env->metrics->open_bytes = a->open.bytes;
    a->env->metrics->late = append_refusals_are_late(&a->refusals);
}

/* ---- sending ---- */

static void append_on_reply(void *arg, const struct reply *reply);

/* False: too many commands are under way. Its seq is not used then. */
static bool
append_send(struct appender *a, struct append_entry *e)
{
    struct cmd_append_args args = {
        .group = e->message.group,
        .user = e->message.user,
        .info = e->message.info,
        .token = e->message.token,
        .id = e->message.id,
        .producer = str_of(a->producer.name),
        .standing = e->message.standing,
        .seq = a->producer.last_seq + 1,
        .deadline_ms = e->kept ? 0 : redis_clock_at_ms(a->env->redis_clock, e->deadline_ms),
    };

    cmd_append(&a->argv, a->env->config, &args);
    if (!commands_send(a->commands, &a->argv, append_on_reply, e)) {
        return false;
    }
    e->seq = ++a->producer.last_seq;
    e->sent = true;
    e->sent_us = clock_us();
    a->in_flight++;
    return true;
}

static void
append_load_script(struct appender *a)
{
    if (a->load_script) {
        a->load_script = false;
        cmd_load(&a->argv, a->env->config, SCRIPT_APPEND);
        (void)commands_send(a->commands, &a->argv, NULL, NULL);
    }
}

/* It is known of each open message whether it was stored: sends the others, in order, as a new
 * epoch. */
static void
append_send_all(struct appender *a)
{
    struct append_entry *e, *next;

    append_queue_resolve_stored(&a->open); /* the epoch ends: nobody can look for them any more */
    producer_begin_epoch(&a->producer);
    a->mode = MODE_RUNNING;
    append_load_script(a);
    DL_FOREACH_SAFE (a->open.head, e, next) {
        if (!e->stored && clock_ms() > e->deadline_ms) {
            append_resolve_late(a, e);
        } else if (!append_send(a, e)) {
            append_queue_resolve(&a->open, e, APPEND_REFUSED);
        }
    }
}

/* ---- replies ---- */

/* Redis gives its clock with that answer. A message that has time left was refused because we had
 * believed another one: it goes out once more, behind the barrier, by the right one. */
static void
append_on_too_late(struct appender *a, struct append_entry *e, int64_t redis_ms)
{
    bool has_time = clock_ms() <= e->deadline_ms;

    redis_clock_note(a->env->redis_clock, e->sent_us / 1000, redis_ms);
    if (e->kept) { /* stored, with a ts that nobody knows */
        append_queue_resolve(&a->open, e, APPEND_STORED);
        return;
    }
    if (has_time && !e->again) {
        e->again = true;
        e->sent = false;
        return;
    }
    if (has_time) {
        append_refusals_note_late(&a->refusals);
    }
    append_refusals_note(&a->refusals, str_of("too late"));
    append_resolve_late(a, e);
}

static void
append_on_refusal(struct appender *a, struct append_entry *e, const struct append_reply *r)
{
    if (a->mode == MODE_RUNNING && !append_reply_is_by_rule(r)) {
        a->mode = MODE_BARRIER; /* the appends in flight behind this one will be refused as well */
    }
    switch (r->answer) {
    case ANSWER_OUT_OF_ORDER:
    case ANSWER_NO_SCRIPT:
        a->load_script = a->load_script || r->answer == ANSWER_NO_SCRIPT;
        e->sent = false; /* stays open: it goes out again */
        return;
    case ANSWER_TOO_LATE:
        append_on_too_late(a, e, r->redis_ms);
        return;
    case ANSWER_STORED:
    case ANSWER_REFUSED:
        if (r->error.len > 0) {
            append_refusals_note(&a->refusals, r->error);
        }
        append_queue_tell(&a->open, e, &r->outcome);
        return;
    }
}

static void
append_on_reply(void *arg, const struct reply *reply)
{
    struct append_entry *e = arg;
    struct appender *a = e->owner;
    struct append_reply r;

    a->in_flight--;
    if (reply_type(reply) == REPLY_LOST) {
        return; /* open until append_on_ready() has asked for the highest seq */
    }
    metrics_observe(&a->env->metrics->append_us, (uint64_t)(clock_us() - e->sent_us));
    r = append_reply_read(reply);
    if (r.answer == ANSWER_STORED) {
        append_refusals_end_late(&a->refusals);
        e->ts = r.outcome.ts;
    } else {
        append_on_refusal(a, e, &r);
    }
    if (a->mode == MODE_BARRIER && a->in_flight == 0) {
        append_send_all(a);
    }
}

/* ---- the connection ---- */

/* One with an id goes out once more, for its ts, with no time left to be stored: its id may be
 * known no more, as the user has sent much since, over another host. */
static void
append_settle(struct appender *a, struct append_entry *e, bool is_stored)
{
    e->stored = e->stored || is_stored;
    e->kept = e->kept || is_stored;
    e->ts = 0; /* the new master may not have it */
    if (is_stored && e->message.id.len == 0) {
        append_queue_resolve(&a->open, e, APPEND_STORED);
    }
}

/* Those with these seqs had been refused by rules. Open messages are in the order of their seq. */
static void
append_on_refused_seq(void *arg, int64_t seq, const struct append_outcome *outcome)
{
    struct appender *a = arg;
    struct append_entry *e = a->open.head;

    while (e != NULL && (!e->sent || e->seq < seq)) {
        e = e->next;
    }
    if (e != NULL && e->seq == seq) {
        append_queue_tell(&a->open, e, outcome);
    }
}

static void
append_on_highest_seq(void *arg, int64_t highest)
{
    struct appender *a = arg;
    struct append_entry *e, *next;

    DL_FOREACH_SAFE (a->open.head, e, next) {
        append_settle(a, e, e->sent && e->seq <= highest);
    }
    append_send_all(a);
}

static const struct append_look_handlers append_look_handlers = {
    .on_refused = append_on_refused_seq,
    .on_highest = append_on_highest_seq,
};

void
append_on_ready(struct appender *a)
{
    if (a->open.head == NULL) {
        append_send_all(a);
    } else {
        append_look_begin(a->look, str_of(a->producer.name), a->open.count);
    }
}

void
append_hold(struct appender *a)
{
    append_queue_doubt(&a->open);
    if (a->mode != MODE_DOWN) {
        a->mode = MODE_HELD;
    }
}

bool
append_is_settled(const struct appender *a)
{
    return a->in_flight == 0 && (a->open.head == NULL || !a->open.head->sent);
}

void
append_on_down(struct appender *a)
{
    a->mode = MODE_DOWN;
    append_look_stop(a->look);
}

/* ---- messages ---- */

bool
append_message(struct appender *a, const struct append_message *m, append_fn *fn, void *arg)
{
    struct append_entry *e = a->mode != MODE_DOWN ? append_queue_add(&a->open, m) : NULL;

    if (e == NULL) {
        return false;
    }
    e->owner = a;
    e->fn = fn;
    e->arg = arg;
    e->deadline_ms = clock_ms() + DEADLINE_MS;
    if (a->mode == MODE_RUNNING && !append_send(a, e)) {
        append_queue_drop(&a->open, e);
        return false;
    }
    return true;
}

size_t
append_open_count(const struct appender *a)
{
    return a->open.count;
}

/* ---- life ---- */

struct appender *
append_create(const struct env *env, struct commands *commands, struct str node_id,
              const struct hub *hub)
{
    struct appender *a = mem_zalloc(sizeof(*a));

    a->env = env;
    a->commands = commands;
    a->producer.node_id = node_id;
    a->hub = hub;
    a->open.max_bytes = OPEN_BYTES_MAX;
    a->look = append_look_create(env, commands, &append_look_handlers, a);
    argv_init(&a->argv);
    return a;
}

void
append_destroy(struct appender *a)
{
    if (a != NULL) {
        append_queue_clear(&a->open);
        append_look_destroy(a->look);
        argv_fini(&a->argv);
        free(a);
    }
}
