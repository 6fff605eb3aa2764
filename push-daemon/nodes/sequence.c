/* sequence.c - commands to a cluster that need keys of several slots: their steps. */
#include "push-daemon/nodes/sequence.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/cluster/place.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/redis/commands.h"
#include "push-daemon/nodes/redirect.h"

struct step_behind {
    struct sequence *q;
    const struct argv *argv; /* of q */
};

struct sequence {
    struct sequence *prev, *next;
    struct sequences *all;
    struct argv argv; /* the command, with its steps */
    size_t at;        /* the step that is under way; step_count: the command */
    reply_fn *fn;
    void *arg;
    struct step_behind behind[ARGV_STEPS_MAX];
    size_t open; /* the caller's reply, and steps behind the command, that are to come */
};

struct sequences {
    struct redirects *redirects;
    struct sequence *under_way;
};

/* ---- copies ---- */

static void
sequence_copy(struct argv *to, const struct argv *from)
{
    argv_init(to);
    argv_add_words(to, from, 0);
    to->slot = from->slot;
    for (size_t i = 0; i < from->step_count; i++) {
        struct argv *step = argv_add_step(to, from->when[i]);

        argv_add_words(step, from->steps[i], 0);
        step->slot = from->steps[i]->slot;
    }
}

static void
sequence_free(struct sequence *q)
{
    argv_fini(&q->argv);
    free(q);
}

static void
sequence_settle(struct sequence *q)
{
    if (--q->open == 0) {
        DL_DELETE(q->all->under_way, q);
        sequence_free(q);
    }
}

static void
sequence_end(struct sequence *q, const struct reply *reply)
{
    reply_fn *fn = q->fn;
    void *arg = q->arg;

    sequence_settle(q);
    if (fn != NULL) {
        fn(arg, reply);
    }
}

/* ---- one after the other ---- */

static bool
sequence_is_due(enum argv_when when, const struct reply *reply)
{
    return when == ARGV_AFTER_ANY || (when == ARGV_AFTER_CHANGE && cmd_has_changed(reply)) ||
           (when == ARGV_AFTER_0 && reply_type(reply) == REPLY_INT && reply_int(reply) == 0);
}

static bool
sequence_send_one(struct sequence *q, const struct argv *argv, reply_fn *fn, void *arg)
{
    return redirects_send(q->all->redirects, argv, str_is(argv_word(argv, 0), "EVALSHA"), fn, arg);
}

static void sequence_on_reply(void *arg, const struct reply *reply);

/* The next step that comes before the command, or the command. False: it cannot be sent. */
static bool
sequence_go_on(struct sequence *q)
{
    while (q->at < q->argv.step_count) {
        enum argv_when when = q->argv.when[q->at];

        if (argv_is_before(when)) {
            if (sequence_send_one(q, q->argv.steps[q->at], sequence_on_reply, q)) {
                return true;
            }
            if (when != ARGV_BEFORE_IF_UP) {
                return false;
            }
        }
        q->at++;
    }
    return sequence_send_one(q, &q->argv, sequence_on_reply, q);
}

/* ---- behind the command ---- */

/* Nobody else is told: who sent the command has its reply. */
static void
step_log_lost(const struct step_behind *step, const char *reason, struct str answer)
{
    const struct place *place = redirects_last_place(step->q->all->redirects);
    char node[PLACE_TEXT_SIZE] = "none";

    if (place->port != 0) {
        place_print(place, node);
    }
    log_error("redis-lost step=%s key=%s node=%s reason=\"%s\" answer=%s",
              log_quote(cmd_name(step->argv)).text, log_quote(cmd_first_key(step->argv)).text, node,
              reason, log_quote(answer).text);
}

static void
step_on_reply(void *arg, const struct reply *reply)
{
    struct step_behind *step = arg;

    if (reply_type(reply) == REPLY_LOST) {
        step_log_lost(step, "no answer", str_make("", 0));
    } else if (reply_type(reply) == REPLY_ERROR) {
        step_log_lost(step, "refused", reply_complaint(reply));
    }
    sequence_settle(step->q);
}

/* What the command did is done, whatever becomes of them. */
static void
sequence_send_behind(struct sequence *q, const struct reply *reply)
{
    for (size_t i = 0; i < q->argv.step_count; i++) {
        struct step_behind *step = &q->behind[i];

        if (!sequence_is_due(q->argv.when[i], reply)) {
            continue;
        }
        *step = (struct step_behind){q, q->argv.steps[i]};
        if (sequence_send_one(q, step->argv, step_on_reply, step)) {
            q->open++;
        } else {
            step_log_lost(step, "it takes no commands", str_make("", 0));
        }
    }
}

static bool
sequence_is_refused(enum argv_when when, const struct reply *reply)
{
    if (reply_type(reply) == REPLY_LOST || reply_type(reply) == REPLY_ERROR) {
        return when != ARGV_BEFORE_IF_UP;
    }
    return cmd_is_refused(reply) || (when == ARGV_BEFORE_WAIT && reply_int(reply) > 0);
}

static void
sequence_on_reply(void *arg, const struct reply *reply)
{
    struct sequence *q = arg;

    if (q->at == q->argv.step_count) {
        if (!sequence_is_refused(ARGV_BEFORE, reply)) {
            sequence_send_behind(q, reply);
        }
        sequence_end(q, reply);
    } else if (sequence_is_refused(q->argv.when[q->at], reply)) {
        sequence_end(q, reply);
    } else {
        q->at++;
        if (!sequence_go_on(q)) {
            sequence_end(q, NULL);
        }
    }
}

/* ---- life ---- */

bool
sequences_send(struct sequences *all, const struct argv *argv, reply_fn *fn, void *arg)
{
    struct sequence *q = mem_zalloc(sizeof(*q));

    q->all = all;
    q->open = 1;
    q->fn = fn;
    q->arg = arg;
    sequence_copy(&q->argv, argv);
    if (!sequence_go_on(q)) {
        sequence_free(q);
        return false;
    }
    DL_APPEND(all->under_way, q);
    return true;
}

struct sequences *
sequences_create(struct redirects *redirects)
{
    struct sequences *all = mem_zalloc(sizeof(*all));

    all->redirects = redirects;
    return all;
}

void
sequences_destroy(struct sequences *all)
{
    struct sequence *q, *next;

    if (all == NULL) {
        return;
    }
    DL_FOREACH_SAFE (all->under_way, q, next) {
        sequence_free(q);
    }
    free(all);
}
