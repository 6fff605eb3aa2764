/* a_log.h - a Redis with one group: its list, its log of events, its last number, and resume.lua;
 * and the two connections to it, on which nothing arrives by itself.
 *
 * Include it: the real nodes/node is left out. It knows the rules of section 6 of fastim.v2,
 * not the limits of the script. */
#ifndef TESTS_UNIT_PUSHD_RESUME_A_LOG_H
#define TESTS_UNIT_PUSHD_RESUME_A_LOG_H

#include <stdio.h>
#include <stdlib.h>

#include "push-daemon/nodes/node.h"
#include "push-daemon/nodes/nodes.h"
#include "push-daemon/resume/stream.h"
#include "push-daemon/room/marks.h"
#include "tests/unit/push-daemon/replies.h"
#include "tests/unit/unit.h"

enum {
    LOG_MANY = 256, /* of all there is */
    LOG_TEXT = 128,
    LOG_PIECE_BYTES = 131072, /* of a piece, and so many entries, besides what is known */
    LOG_PIECE_ENTRIES = 500,
    LOG_FIRST = 1000
};

struct log_message {
    int id; /* each has another one; 0: it is no message */
    int ts;
    char user;
    char text[LOG_TEXT];
};

struct log_event {
    int number, anchor;
    int front; /* -1: it is no recall */
    int ts;    /* of a recall */
    char text[LOG_TEXT];
};

/* On its way by the subscription. */
struct log_word {
    enum {
        WORD_MESSAGE,
        WORD_EVENT,
        WORD_MARK,
        WORD_SUBSCRIBED
    } kind;
    int64_t number; /* of a mark or an event */
    char text[LOG_TEXT];
};

/* A question that was asked. */
struct log_question {
    reply_fn *fn;
    void *arg;
    int64_t window, mark, since, most;
    bool in_one;   /* the list, as large as it may be */
    bool is_piece; /* it asks for a further piece, of most entries */
    bool is_tried; /* an ASK is followed */
    int64_t place; /* of a piece: position of the entry that is known */
    char end[32];  /* its last bytes */
    char epoch[16];
    char *answer; /* NULL: not carried out yet */
};

struct node {
    bool down;
    struct log_question queue[LOG_MANY];
    size_t head, run, tail; /* of those before `run` the answers are on their way */
    int asked;              /* ever */
};

struct a_log {
    struct node commands;
    struct log_message list[LOG_MANY];
    struct log_event events[LOG_MANY];
    size_t count, event_count;
    int last;           /* the highest number given out; 0: Redis knows none */
    int given;          /* the highest one ever */
    int last_id;        /* of a message */
    int told[LOG_MANY]; /* numbers of all events since Redis was empty */
    int told_count;
    bool settled; /* no entry came after what has that number */
    int epoch;    /* 0: there is no log */
    int epochs;   /* ever made */
    bool is_heard, is_asked_to_listen;
    bool is_open;  /* the slot is on the move, and the daemon knows it */
    bool is_moved; /* the keys are at the other node, whose scripts are not heard */
    struct log_word words[LOG_MANY];
    size_t word_head, word_tail;
    const char *refuses; /* all questions, with this error; or NULL */
    size_t piece;        /* new entries of one; 0: any number */
};

/* ---- nodes/node.h, nodes/nodes.h ---- */

static inline int64_t
log_number(const struct argv *argv, size_t i)
{
    char text[24] = "";
    struct str word = argv_word(argv, i);

    assert_in_range(word.len, 1, sizeof(text) - 1);
    memcpy(text, word.p, word.len);
    return atoll(text);
}

bool
node_send_script(struct node *c, const struct argv *argv, reply_fn *fn, void *arg)
{
    struct log_question *q = &c->queue[c->tail];
    struct str epoch;

    if (c->down) {
        return false;
    }
    assert_in_range(c->tail, 0, LOG_MANY - 1);
    c->tail++;
    c->asked++;
    if (argv_word(argv, 2).len == 1 && argv_word(argv, 2).p[0] == '1') { /* list_more.lua */
        struct str end = argv_word(argv, 5);

        *q = (struct log_question){.fn = fn,
                                   .arg = arg,
                                   .is_piece = true,
                                   .place = log_number(argv, 4),
                                   .most = log_number(argv, 8)};
        assert_in_range(end.len, 0, sizeof(q->end) - 1);
        memcpy(q->end, end.p, end.len);
        return true;
    }
    epoch = argv_word(argv, 11); /* as resume.lua says */
    assert_in_range(epoch.len, 0, 8);
    *q = (struct log_question){.fn = fn,
                               .arg = arg,
                               .window = log_number(argv, 6),
                               .mark = argv_word(argv, 8).len > 0 ? log_number(argv, 8) : 0,
                               .since = log_number(argv, 12),
                               .most = log_number(argv, 13),
                               .in_one = log_number(argv, 9) > LOG_PIECE_BYTES};
    memcpy(q->epoch, epoch.p, epoch.len);
    return true;
}

bool
nodes_try_script(struct nodes *set, const struct argv *argv, reply_fn *fn, void *arg)
{
    struct node *c = (struct node *)set;

    if (!node_send_script(c, argv, fn, arg)) {
        return false;
    }
    c->queue[c->tail - 1].is_tried = true;
    assert_int_equal(c->queue[c->tail - 1].mark, 0);
    return true;
}

/* ---- what is written ---- */

static inline struct log_word *
log_say(struct a_log *l, int kind, int64_t number, const char *text)
{
    struct log_word *w = &l->words[l->word_tail];

    if (kind == WORD_MARK || kind == WORD_SUBSCRIBED || (l->is_heard && !l->is_moved)) {
        assert_in_range(l->word_tail++, 0, LOG_MANY - 1);
        w->kind = kind;
        w->number = number;
        snprintf(w->text, sizeof(w->text), "%s", text);
    }
    return w;
}

static inline void
log_push(struct a_log *l, int id, int ts, char user, const char *text)
{
    struct log_message *m = &l->list[l->count];

    assert_in_range(l->count++, 0, LOG_MANY - 1);
    *m = (struct log_message){id, ts, user, ""};
    snprintf(m->text, sizeof(m->text), "%s", text);
    log_say(l, WORD_MESSAGE, 0, text);
}

/* RPUSH and PUBLISH in one step; ts 0: the next number, as append.lua does. */
static inline void
log_write(struct a_log *l, char user, int ts)
{
    char text[LOG_TEXT];

    l->settled = ts == 0;
    ts = ts == 0 ? l->last = ++l->given : ts;
    l->last_id++;
    snprintf(text, sizeof(text), "{\"groupId\":\"g\",\"userId\":\"%c\",\"info\":\"%d\",\"ts\":%d}",
             user, l->last_id, ts);
    log_push(l, l->last_id, ts, user, text);
}

/* What is no message. */
static inline void
log_litter(struct a_log *l)
{
    log_push(l, 0, 0, '-', "litter");
    l->settled = false;
}

static inline void
log_remove(struct a_log *l, size_t i)
{
    memmove(&l->list[i], &l->list[i + 1], (l->count - i - 1) * sizeof(l->list[0]));
    l->count--;
}

/* The highest ts of the first `end` entries that is below a number. */
static inline int
log_top(const struct a_log *l, size_t end, int number)
{
    int top = 0;

    for (size_t i = 0; i < end; i++) {
        top = l->list[i].ts > top && l->list[i].ts < number ? l->list[i].ts : top;
    }
    return top;
}

/* To be called when the list is changed. rest: the JSON behind its number. */
static inline void
log_event(struct a_log *l, const char *kind, const char *rest, int number, int front, int ts)
{
    struct log_event *e = &l->events[l->event_count];
    char text[LOG_TEXT];

    assert_int_not_equal(l->epoch, 0);
    assert_in_range(l->event_count++, 0, LOG_MANY - 1);
    l->last = l->given = number;
    l->settled = true;
    l->told[l->told_count++] = number;
    snprintf(text, sizeof(text), "{\"type\":\"%s\",\"at\":%d%.64s}", kind, number, rest);
    *e = (struct log_event){number, log_top(l, l->count, number), front, ts, ""};
    memcpy(e->text, text, sizeof(text));
    log_say(l, WORD_EVENT, number, text);
}

static inline void
log_recall(struct a_log *l, size_t i)
{
    char rest[64];
    int ts = l->list[i].ts, number = l->given + 1;
    int front = log_top(l, i, number) < ts ? log_top(l, i, number) : -1;

    snprintf(rest, sizeof(rest), ",\"userId\":\"%c\",\"ts\":%d", l->list[i].user, ts);
    log_remove(l, i);
    log_event(l, "recall", rest, number, front, ts);
}

static inline void
log_purge(struct a_log *l, char user)
{
    char rest[64];

    for (size_t i = l->count; i > 0; i--) {
        if (l->list[i - 1].user == user) {
            log_remove(l, i - 1);
        }
    }
    snprintf(rest, sizeof(rest), ",\"userId\":\"%c\"", user);
    log_event(l, "purge", rest, l->given + 1, -1, 0);
}

static inline void
log_clear(struct a_log *l)
{
    l->count = 0;
    log_event(l, "clear", "", l->given + 1, -1, 0);
}

static inline void
log_lose_events(struct a_log *l)
{
    l->epoch = 0;
    l->event_count = 0;
}

static inline void
log_lose_all(struct a_log *l)
{
    log_lose_events(l);
    l->count = 0;
    l->last = l->told_count = 0;
    l->settled = true;
}

/* ---- resume.lua ---- */

static inline int
log_find_anchor(const struct a_log *l, int since)
{
    int anchor = since, links = 0;

    for (size_t i = 0; i < l->event_count; i++) {
        const struct log_event *e = &l->events[i];

        if (e->number == since) {
            anchor = e->anchor;
        } else if (e->number > since && e->front >= 0 && e->ts == anchor) {
            anchor = e->front;
            links++;
        }
    }
    return links <= 16 ? anchor : 0;
}

/* The entry behind the anchor of that position; SIZE_MAX: what was missed cannot be proved. */
static inline size_t
log_find(const struct a_log *l, const struct log_question *q)
{
    int anchor = log_find_anchor(l, (int)q->since);
    char epoch[16];

    snprintf(epoch, sizeof(epoch), "%08x", (unsigned)l->epoch);
    if (l->epoch == 0 || strcmp(q->epoch, epoch) != 0 || q->since > l->last) {
        return SIZE_MAX;
    }
    if (q->since == l->last && l->settled) {
        return l->count;
    }
    for (size_t i = 0; i < l->count && anchor > 0; i++) {
        if (l->list[i].ts == anchor) {
            return i + 1;
        }
    }
    return SIZE_MAX;
}

static inline void
log_add_text(struct text *wire, const char *text)
{
    text_add_str(wire, "$");
    text_add_int(wire, (int64_t)strlen(text));
    text_add_str(wire, "\r\n");
    text_add_str(wire, text);
    text_add_str(wire, "\r\n");
}

static inline void
log_add_head(struct text *wire, const char *sign, int64_t number)
{
    text_add_str(wire, sign);
    text_add_int(wire, number);
    text_add_str(wire, "\r\n");
}

static inline void
log_add_events(struct text *wire, const struct a_log *l, int64_t since)
{
    size_t from = l->event_count;

    while (from > 0 && l->events[from - 1].number > since) {
        from--;
    }
    log_add_head(wire, "*", (int64_t)(2 * (l->event_count - from)));
    for (; from < l->event_count; from++) {
        const struct log_event *e = &l->events[from];
        char member[LOG_TEXT + 32], number[16];

        if (e->front >= 0) {
            snprintf(member, sizeof(member), "%d %d %s", e->anchor, e->front, e->text);
        } else {
            snprintf(member, sizeof(member), "%d - %s", e->anchor, e->text);
        }
        snprintf(number, sizeof(number), "%d", e->number);
        log_add_text(wire, member);
        log_add_text(wire, number);
    }
}

#endif
