/* a_stream.h - a stream between clients and a Redis that are made up, and scripts of events.
 *
 * A script is a string, a letter for each event:
 *
 *     o  a message of a; i of i: RPUSH and PUBLISH       j  a client joins
 *     r  a late message of another writer                k  the oldest client that is away resumes
 *     g  an entry that is no message                     l  the oldest client is cut off
 *     R  the newest message is recalled; V the oldest    L  the newest client is cut off
 *     p  a is purged                                     f  the oldest client's socket is full
 *     z  all is cleared                                  w  each socket takes bytes again
 *     n  a notice                                        c  the subscription breaks, and comes back
 *     t  the oldest entry is trimmed                     C  so does the command connection
 *     X  the event log is lost                           E  Redis is empty, and both break
 *     s  Redis carries out SUBSCRIBE                     d  the next thing arrives by subscription
 *     x  Redis carries out a question                    a  an answer arrives
 *     D  no commands can be sent; U they can again       P  a second is over: stream_pump()
 *     W  the list cannot be read; or it can again        Y  the keys are at two nodes; or not
 *     O  the slot begins to move                         M  the keys go over to the other node
 *     N  that one has the slot now                       B  the daemon knows that it moves no more
 *     T  300 ms pass
 *     S  all that is on its way arrives                  e  the turn of the loop ends
 *
 * After it all arrives, all clients come back, and stage_wrong() tells what is not as it should. */
#ifndef TESTS_UNIT_PUSHD_RESUME_A_STREAM_H
#define TESTS_UNIT_PUSHD_RESUME_A_STREAM_H

#include "lib/garbage.h"
#include "push-daemon/room/flusher.h"
#include "tests/unit/push-daemon/resume/a_log.h"
#include "tests/unit/push-daemon/resume/a_reader.h"

struct stage {
    struct world world;
    struct a_log log;
    struct marks *marks, *polls;
    struct flusher *flusher;
    struct garbage garbage;
    struct stream *stream;
    int list_num;
    struct reader_client readers[WORLD_CLIENTS];
    int reader_count;
    int left;    /* how often a client left the stream */
    int trimmed; /* ids up to this were trimmed */
    char wrong[512];
};

static inline void
stage_on_leave(void *ctx)
{
    ((struct stage *)ctx)->left++;
}

static inline void
stage_open(struct stage *g, const struct config *config)
{
    struct stream_parts parts;

    memset(g, 0, sizeof(*g));
    world_open(&g->world, config);
    g->log.last = g->log.given = LOG_FIRST;
    g->log.settled = g->log.is_asked_to_listen = true;
    g->list_num = (int)config->message.list_num;
    g->marks = marks_create(&g->log.commands, str_of("node"));
    g->polls = marks_create_polls((struct nodes *)&g->log.commands, str_of("node"));
    g->flusher = flusher_create(&g->world.env);
    parts = (struct stream_parts){&g->world.env, g->flusher, &g->garbage};
    g->stream = stream_create(&parts, str_of("g"), stage_on_leave, g);
}

static inline void
stage_turn_end(struct stage *g)
{
    flusher_run(g->flusher);
    reaper_run(&g->world.reaper);
}

/* ---- the subscription ---- */

static inline void
stage_cut(struct stage *g)
{
    g->log.word_head = g->log.word_tail = 0;
    g->log.is_heard = false;
    g->log.is_asked_to_listen = true;
    stream_on_unsubscribed(g->stream);
}

static inline void
stage_subscribe(struct stage *g)
{
    g->log.is_asked_to_listen = false;
    g->log.is_heard = true;
    log_say(&g->log, WORD_SUBSCRIBED, 0, "");
}

static inline void
stage_deliver(struct stage *g)
{
    struct log_word w = g->log.words[g->log.word_head++];

    if (g->log.word_head == g->log.word_tail) {
        g->log.word_head = g->log.word_tail = 0;
    }
    switch (w.kind) {
    case WORD_MESSAGE:
        stream_on_message(g->stream, str_of(w.text));
        return;
    case WORD_EVENT:
        stream_on_event(g->stream, w.number, str_of(w.text));
        return;
    case WORD_MARK:
        marks_on_mark(g->marks, w.number);
        return;
    case WORD_SUBSCRIBED:
        stream_on_subscribed(g->stream, g->marks);
        return;
    }
}

/* ---- the commands ---- */

static inline void
stage_write_answer(const struct a_log *l, const struct log_question *q, struct text *wire)
{
    size_t from = log_find(l, q);
    bool proven = from != SIZE_MAX;
    char epoch[16];

    if (!proven) {
        bool is_piece = l->piece > 0 && !q->in_one && (int64_t)l->piece < q->window;
        size_t most = is_piece ? l->piece : (size_t)q->window;

        from = l->count > most ? l->count - most : 0;
    }
    snprintf(epoch, sizeof(epoch), "%08x", (unsigned)l->epoch);
    text_add_str(wire, "*6\r\n");
    log_add_text(wire, epoch);
    log_add_head(wire, ":", l->last);
    log_add_head(wire, ":", (int64_t)l->count);
    log_add_head(wire, ":", proven);
    log_add_head(wire, "*", (int64_t)(l->count - from));
    for (; from < l->count; from++) {
        log_add_text(wire, l->list[from].text);
    }
    log_add_events(wire, l, proven ? q->since : INT64_MAX);
}

/* What list_more.lua says: the entries before one that is known, newest first. */
static inline void
stage_write_piece(const struct a_log *l, const struct log_question *q, struct text *wire)
{
    size_t known = SIZE_MAX, count;

    for (size_t i = 0; i < l->count && (int64_t)i <= q->place; i++) {
        size_t length = strlen(l->list[i].text), cut = length > 28 ? length - 28 : 0;

        known = strcmp(l->list[i].text + cut, q->end) == 0 ? i : known;
    }
    if (known == SIZE_MAX || known == 0) {
        text_add_str(wire, "*3\r\n:0\r\n:0\r\n*0\r\n");
        return;
    }
    count = l->piece > 0 ? l->piece + (size_t)q->most - LOG_PIECE_ENTRIES : known;
    count = count < known ? count : known;
    text_add_str(wire, "*3\r\n");
    log_add_head(wire, ":", (int64_t)(known - count));
    log_add_head(wire, ":", 0);
    log_add_head(wire, "*", (int64_t)count);
    for (size_t i = known; i > known - count; i--) {
        log_add_text(wire, l->list[i - 1].text);
    }
}

static inline void
stage_run(struct stage *g)
{
    struct log_question *q = &g->log.commands.queue[g->log.commands.run++];
    struct text wire;

    text_init(&wire);
    if (g->log.refuses != NULL || (g->log.is_moved && !q->is_tried)) {
        text_add_str(&wire, g->log.refuses != NULL ? g->log.refuses : "-ASK 1 10.0.0.1:1\r\n");
        q->answer = wire.bytes;
        return;
    }
    if (q->is_piece) {
        stage_write_piece(&g->log, q, &wire);
        q->answer = wire.bytes;
        return;
    }
    if (g->log.epoch == 0) {
        g->log.epoch = 0xabc000 + ++g->log.epochs;
    }
    stage_write_answer(&g->log, q, &wire);
    q->answer = wire.bytes;
    if (q->mark != 0) {
        log_say(&g->log, WORD_MARK, q->mark, "");
    }
}

static inline void
stage_answer(struct stage *g, bool is_lost)
{
    struct node *c = &g->log.commands;
    struct log_question q = c->queue[c->head++];

    if (c->head == c->tail) {
        c->head = c->run = c->tail = 0;
    }
    reply_give(q.fn, q.arg, is_lost ? NULL : q.answer);
    free(q.answer);
}

static inline void
stage_lose_commands(struct stage *g)
{
    struct node *c = &g->log.commands;
    bool was_down = c->down;

    c->down = true;
    while (c->head < c->tail) {
        c->run = c->run > c->head ? c->run : c->head + 1;
        stage_answer(g, true);
    }
    c->down = was_down;
    if (!was_down) {
        stream_on_commands(g->stream);
    }
}

/* ---- clients ---- */

/* The oldest or the newest one that has a connection, or has none; or NULL. */
static inline struct reader_client *
stage_find(struct stage *g, bool has_connection, bool newest)
{
    struct reader_client *found = NULL;

    for (int i = 0; i < g->reader_count; i++) {
        struct reader_client *c = &g->readers[i];

        if ((c->ws->session != NULL) == has_connection && (found == NULL || newest)) {
            found = c;
        }
    }
    return found;
}

static inline struct reader_client *
stage_add(struct stage *g)
{
    struct reader_client *c = &g->readers[g->reader_count++];

    assert_in_range(g->reader_count, 1, WORLD_CLIENTS);
    c->ws = &g->world.clients[g->world.client_count++];
    return c;
}

static inline void
stage_come(struct stage *g, struct reader_client *c)
{
    reader_come(&g->world, c);
    stream_join(g->stream, c->ws->session);
}

static inline void
stage_leave(struct stage *g, struct reader_client *c)
{
    reader_take_all(c, g->list_num);
    client_lose(c->ws);
}

static inline void
stage_close(struct stage *g)
{
    struct node *c = &g->log.commands;

    world_lose_clients(&g->world);
    stream_destroy(g->stream);
    marks_destroy(g->marks);
    marks_destroy(g->polls);
    flusher_destroy(g->flusher);
    while (c->head < c->tail) {
        free(c->queue[c->head++].answer);
    }
    world_close(&g->world);
}

#endif
