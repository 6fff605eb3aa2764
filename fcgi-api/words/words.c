/* words.c - the words that no message may have. */
#include "fcgi-api/words/words.h"

#include <stdlib.h>

#include "fcgi-api/store/store.h"
#include "lib/clock.h"
#include "lib/filter/automaton.h"
#include "lib/filter/filter.h"
#include "lib/filter/wordfile.h"
#include "lib/filter/wordset.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/redis/commands.h"
#include "lib/text.h"

enum {
    LOOK_EVERY_MS = 1000,
    READ_EVERY_MS = 60000 /* though nothing seems to have changed */
};

struct words {
    const struct config *config;
    struct automaton *from_file, *from_redis; /* NULL: none */
    bool is_loaded;                           /* from_file */
    bool is_known;                            /* from_redis was read */
    int64_t looked_ms;                        /* whether they have changed, on clock_ms() */
    bool must_read;                           /* though nothing changes: the last reading failed */
    int64_t read_ms;                          /* when they were read */
    uint64_t fingerprint;                     /* of the words of Redis, in any order */
    struct argv argv;
    struct text cursor;
    struct text masked; /* the text that was checked last */
};

/* One reading of fim:words. */
struct words_reading {
    uint64_t fingerprint;
    size_t count;
    struct wordset *set;
};

struct words *
words_create(const struct config *config)
{
    struct words *w = mem_zalloc(sizeof(*w));

    w->config = config;
    argv_init(&w->argv);
    text_init(&w->cursor);
    text_init(&w->masked);
    return w;
}

void
words_destroy(struct words *w)
{
    if (w != NULL) {
        automaton_destroy(w->from_file);
        automaton_destroy(w->from_redis);
        argv_fini(&w->argv);
        text_fini(&w->cursor);
        text_fini(&w->masked);
        free(w);
    }
}

bool
words_load(struct words *w)
{
    w->is_loaded = w->is_loaded || wordfile_load(w->config->filter.file, &w->from_file);
    return w->is_loaded;
}

/* ---- the words of Redis ---- */

static void
words_take(struct words_reading *r, const struct reply *words)
{
    for (size_t i = 0; i < reply_count(words) && r->count < WORDSET_MAX; i++) {
        struct str word = reply_text(reply_at(words, i));

        r->fingerprint += hash_bytes(word);
        r->count++;
        if (wordset_add(r->set, word) != WORD_TAKEN) {
            log_debug("fim:words passed-over bytes=%zu", word.len);
        }
    }
}

/* Goes through all of the set. */
static enum store_result
words_walk(struct words *w, struct store *store, struct words_reading *r)
{
    const struct reply *reply;

    text_clear(&w->cursor);
    text_add_str(&w->cursor, "0");
    do {
        enum store_result result;

        cmd_words(&w->argv, w->config, text_str(&w->cursor));
        result = store_ask(store, &w->argv, STORE_REPEAT, &reply);
        if (result != STORE_OK || reply_count(reply) != 2) {
            return result != STORE_OK ? result : STORE_FAULT;
        }
        words_take(r, reply_at(reply, 1));
        text_clear(&w->cursor);
        text_add(&w->cursor, reply_text(reply_at(reply, 0)).p, reply_text(reply_at(reply, 0)).len);
    } while (w->cursor.len > 0 && !str_is(text_str(&w->cursor), "0") && r->count < WORDSET_MAX);
    return STORE_OK;
}

/* Reads them. They are made a list anew only if they are not those of before. */
static enum store_result
words_read(struct words *w, struct store *store)
{
    struct words_reading r = {.set = wordset_create()};
    enum store_result result = words_walk(w, store, &r);

    if (result == STORE_OK && (!w->is_known || r.fingerprint != w->fingerprint)) {
        while (!wordset_build(r.set)) {
        }
        automaton_destroy(w->from_redis);
        w->from_redis = wordset_take(r.set);
        w->fingerprint = r.fingerprint;
    }
    wordset_destroy(r.set);
    return result;
}

/* May they have changed since the last look? The first time nobody watches them: a CGI's process,
 * which serves one request, is spared that. */
static bool
words_may_have_changed(struct words *w, struct store *store)
{
    bool changed = true;

    if (!w->is_known) {
        return true;
    }
    cmd_watch_words(&w->argv, w->config);
    if (store_watch(store, &w->argv, &changed) != STORE_OK) {
        return false;
    }
    return changed || w->must_read || clock_ms() - w->read_ms >= READ_EVERY_MS;
}

/* Reads the words of Redis if it is time. Returns false if they were never read. If they cannot be
 * read now, those of before are in force. */
static bool
words_refresh(struct words *w, struct store *store)
{
    enum store_result result;

    if (w->is_known && clock_ms() - w->looked_ms < LOOK_EVERY_MS) {
        return true;
    }
    w->looked_ms = clock_ms(); /* a change during the reading may be missed by it */
    if (!words_may_have_changed(w, store)) {
        return true;
    }
    w->read_ms = w->looked_ms;
    result = words_read(w, store);
    w->must_read = result != STORE_OK;
    /* Of the wrong type, or not allowed: the filter does without. */
    w->is_known = w->is_known || result == STORE_OK || result == STORE_FAULT;
    return w->is_known;
}

enum words_verdict
words_check(struct words *w, struct store *store, struct str *text)
{
    struct filter filter;

    if (w == NULL) {
        return WORDS_PASS;
    }
    if (!words_load(w) || !words_refresh(w, store)) {
        return WORDS_NOT_KNOWN;
    }
    filter = (struct filter){{w->from_file, w->from_redis}};
    if (w->config->filter.action == FILTER_REFUSES) {
        return filter_check(&filter, *text) == FILTER_FOUND ? WORDS_REFUSED : WORDS_PASS;
    }
    text_clear(&w->masked);
    if (filter_mask(&filter, *text, &w->masked) == FILTER_FOUND) {
        *text = text_str(&w->masked);
    }
    return WORDS_PASS;
}
