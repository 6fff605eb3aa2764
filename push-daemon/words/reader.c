/* reader.c - reads the words of Redis and makes the list of them.
 *
 * Redis gives some 1,000 at a time. A few are made a list at once. Of more the list is made between
 * turns of the loop, so that clients wait a few milliseconds at most. */
#include "push-daemon/words/reader.h"

#include <stdlib.h>

#include "lib/filter/wordset.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/redis/commands.h"
#include "push-daemon/core/env.h"
#include "push-daemon/nodes/nodes.h"

enum {
    CURSOR_SIZE = 24, /* 20 digits */
    STEP_MS = 1,
    RETRY_MS = 1000
};

enum word_reader_state {
    READER_IDLE,
    READER_ASKS,
    READER_BUILDS,
    READER_WAITS /* to ask again */
};

struct word_reader {
    const struct env *env;
    struct nodes *nodes;
    word_reader_fn *on_read;
    void *ctx;
    enum word_reader_state state;
    bool again;
    struct wordset *words;
    size_t passed_over;
    struct loop_timer *timer;
    struct argv argv;
};

static void
word_reader_drop(struct word_reader *r, enum word_reader_state state)
{
    wordset_destroy(r->words);
    r->words = NULL;
    r->state = state;
}

static void
word_reader_retry(struct word_reader *r)
{
    word_reader_drop(r, READER_WAITS);
    loop_timer_start(r->timer, RETRY_MS, 0);
}

static void
word_reader_end(struct word_reader *r)
{
    struct automaton *list = wordset_take(r->words);

    if (r->passed_over > 0) {
        log_warn("fim:words passed-over=%zu reason=\"they are no words of at most 256 bytes\"",
                 r->passed_over);
    }
    word_reader_drop(r, READER_IDLE);
    r->on_read(r->ctx, list);
    if (r->again) {
        word_reader_read(r);
    }
}

/* Those that are too many are left out; the others hold. */
static void
word_reader_add(struct word_reader *r, const struct reply *words)
{
    bool is_full = false;

    for (size_t i = 0; i < reply_count(words) && !is_full; i++) {
        enum word_fault fault = wordset_add(r->words, reply_text(reply_at(words, i)));

        is_full = fault == WORD_TOO_MANY;
        r->passed_over += fault != WORD_TAKEN && !is_full;
    }
    if (is_full) {
        log_error("fim:words reason=\"has more than %d words; the rest is left out\"", WORDSET_MAX);
        r->state = READER_BUILDS;
    }
}

static void word_reader_ask(struct word_reader *r, struct str cursor);

static void
word_reader_on_refused(struct word_reader *r, const struct reply *reply)
{
    log_error("fim:words answer=%s", log_quote(reply_complaint(reply)).text);
    if (reply_is_passing(reply)) {
        word_reader_retry(r);
    } else { /* of the wrong type, or not allowed: the filter does without */
        word_reader_drop(r, READER_IDLE);
        r->on_read(r->ctx, NULL);
    }
}

static void
word_reader_on_words(void *arg, const struct reply *reply)
{
    struct word_reader *r = arg;
    struct str cursor;
    bool is_first;

    if (reply_type(reply) == REPLY_LOST) {
        word_reader_retry(r);
        return;
    }
    if (reply_count(reply) != 2) {
        word_reader_on_refused(r, reply);
        return;
    }
    is_first = r->words == NULL;
    if (is_first) {
        r->words = wordset_create();
        r->passed_over = 0;
    }
    word_reader_add(r, reply_at(reply, 1));
    cursor = reply_text(reply_at(reply, 0));
    if (r->state == READER_ASKS && cursor.len < CURSOR_SIZE && !str_is(cursor, "0")) {
        word_reader_ask(r, cursor);
        return;
    }
    r->state = READER_BUILDS;
    if (is_first && wordset_is_small(r->words)) {
        while (!wordset_build(r->words)) {
        }
        word_reader_end(r);
    } else {
        loop_timer_start(r->timer, STEP_MS, 0);
    }
}

static void
word_reader_ask(struct word_reader *r, struct str cursor)
{
    cmd_words(&r->argv, r->env->config, cursor);
    if (!nodes_send(r->nodes, &r->argv, word_reader_on_words, r)) {
        word_reader_retry(r); /* too many commands are under way, or the connection is away */
    }
}

void
word_reader_read(struct word_reader *r)
{
    if (r->state == READER_ASKS || r->state == READER_BUILDS) {
        r->again = true;
        return;
    }
    r->again = false;
    r->state = READER_ASKS;
    loop_timer_stop(r->timer);
    word_reader_ask(r, str_of("0"));
}

static void
word_reader_on_timer(void *arg)
{
    struct word_reader *r = arg;

    if (r->state != READER_BUILDS) {
        word_reader_read(r);
    } else if (wordset_build(r->words)) {
        word_reader_end(r);
    } else {
        loop_timer_start(r->timer, STEP_MS, 0);
    }
}

struct word_reader *
word_reader_create(const struct env *env, struct nodes *nodes, word_reader_fn *on_read, void *ctx)
{
    struct word_reader *r = mem_zalloc(sizeof(*r));

    r->env = env;
    r->nodes = nodes;
    r->on_read = on_read;
    r->ctx = ctx;
    r->timer = loop_timer_create(env->loop, word_reader_on_timer, r);
    argv_init(&r->argv);
    return r;
}

void
word_reader_destroy(struct word_reader *r)
{
    if (r != NULL) {
        loop_timer_destroy(r->timer);
        wordset_destroy(r->words);
        argv_fini(&r->argv);
        free(r);
    }
}
