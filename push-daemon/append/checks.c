/* checks.c - on a cluster: may its sender send a message? */
#include "push-daemon/append/checks.h"

#include <stdlib.h>

#include "lib/hash.h"
#include "lib/mem.h"
#include "lib/redis/commands.h"
#include "push-daemon/append/append_reply.h"
#include "push-daemon/append/lane.h"
#include "push-daemon/core/env.h"
#include "push-daemon/nodes/nodes.h"

/* The messages of one session that are not in their lane yet. */
struct check_line {
    UT_hash_handle hh;
    const struct session *session; /* for comparison alone */
    struct checks *owner;
    struct append_queue asked;   /* the question under way is about these */
    struct append_queue waiting; /* these came later */
};

struct checks {
    struct lane_parts *parts;
    checks_fn *pass;
    void *ctx;
    struct check_line *lines;
};

static struct check_line *
checks_find(const struct checks *c, const struct session *s)
{
    struct check_line *line;

    HASH_FIND_PTR(c->lines, &s, line);
    return line;
}

static struct check_line *
checks_add(struct checks *c, const struct session *s)
{
    struct check_line *line = mem_zalloc(sizeof(*line));

    line->session = s;
    line->owner = c;
    line->asked.budget = line->waiting.budget = &c->parts->budget;
    HASH_ADD_PTR(c->lines, session, line);
    return line;
}

static void
checks_free(struct checks *c, struct check_line *line)
{
    HASH_DEL(c->lines, line);
    append_queue_clear(&line->asked);
    append_queue_clear(&line->waiting);
    free(line);
}

/* The question, in the argv of the parts. False: there is none. */
static bool
checks_make_question(const struct checks *c, const struct append_message *m)
{
    return cmd_admit(&c->parts->argv, c->parts->env->config, m->user, m->token, m->group);
}

static void check_on_reply(void *arg, const struct reply *reply);

/* Sends the question about the oldest message that waits, which stands in the argv; it is about
 * those behind it as well, if they have the same token. False: nobody can be asked now. */
static bool
check_ask(struct check_line *line)
{
    const struct lane_parts *parts = line->owner->parts;
    struct append_entry *e = line->waiting.head;
    struct str token = e->message.token;

    if (!nodes_send_script(parts->nodes, &parts->argv, check_on_reply, line)) {
        return false;
    }
    do {
        append_queue_move(&line->waiting, &line->asked, e);
        e = line->waiting.head;
    } while (e != NULL && str_equal(e->message.token, token));
    return true;
}

/* Those that are told may send more at once: then these wait in the same line. */
static void
check_go_on(struct check_line *line)
{
    struct checks *c = line->owner;
    struct append_entry *e;

    while ((e = line->waiting.head) != NULL) {
        if (!checks_make_question(c, &e->message)) { /* a SIGHUP has come since */
            c->pass(c->ctx, &line->waiting, e);
        } else if (check_ask(line)) {
            return;
        } else {
            append_queue_resolve(&line->waiting, e, APPEND_REFUSED);
        }
    }
    checks_free(c, line);
}

/* Redis could not be asked: the message is refused, as it is if its group's node is away. */
static struct append_reply
check_read(struct checks *c, const struct reply *reply)
{
    static const struct append_reply lost = {
        .answer = ANSWER_REFUSED, .outcome = {.result = APPEND_REFUSED}, .error = {"", 0}};
    struct append_reply r = reply_type(reply) == REPLY_LOST ? lost : append_reply_read(reply);

    if (r.error.len > 0) {
        append_refusals_note(&c->parts->refusals, r.error);
    }
    return r;
}

static void
check_on_reply(void *arg, const struct reply *reply)
{
    struct check_line *line = arg;
    struct checks *c = line->owner;
    struct append_reply r = check_read(c, reply);
    struct append_entry *e;

    while ((e = line->asked.head) != NULL) {
        if (r.answer == ANSWER_STORED) {
            c->pass(c->ctx, &line->asked, e);
        } else {
            append_queue_tell(&line->asked, e, &r.outcome);
        }
    }
    check_go_on(line);
}

/* ---- messages ---- */

bool
checks_want(const struct checks *c, const struct session *s, const struct append_message *m)
{
    return checks_find(c, s) != NULL || checks_make_question(c, m);
}

bool
checks_take(struct checks *c, const struct session *s, const struct append_message *m,
            append_fn *fn, void *arg)
{
    struct check_line *line = checks_find(c, s);
    bool is_first = line == NULL;
    struct append_entry *e;

    line = is_first ? checks_add(c, s) : line;
    e = append_queue_add(&line->waiting, m, fn, arg);
    if (is_first && (e == NULL || !checks_make_question(c, m) || !check_ask(line))) {
        checks_free(c, line);
        return false;
    }
    return e != NULL;
}

/* ---- life ---- */

struct checks *
checks_create(struct lane_parts *parts, checks_fn *pass, void *ctx)
{
    struct checks *c = mem_zalloc(sizeof(*c));

    c->parts = parts;
    c->pass = pass;
    c->ctx = ctx;
    return c;
}

void
checks_destroy(struct checks *c)
{
    struct check_line *line, *next;

    if (c == NULL) {
        return;
    }
    HASH_ITER (hh, c->lines, line, next) {
        checks_free(c, line);
    }
    free(c);
}
