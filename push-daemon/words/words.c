/* words.c - the words in force, from the file and from Redis: a list each. */
#include "push-daemon/words/words.h"

#include <stdlib.h>

#include "lib/filter/automaton.h"
#include "lib/filter/filter.h"
#include "lib/filter/wordfile.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/client/session.h"
#include "push-daemon/core/env.h"
#include "push-daemon/words/reader.h"

enum {
    STEP_MS = 1
};

struct words {
    const struct env *env;
    struct automaton *from_file, *from_redis; /* NULL: none */
    bool is_known;                            /* from_redis was read */
    struct word_reader *reader;
    struct wordfile *file; /* that is being loaded; NULL: none */
    struct loop_timer *timer;
    struct text masked; /* the text that was checked last */
};

/* ---- what is in force ---- */

static void
words_replace(struct automaton **list, struct automaton *fresh, const char *from)
{
    log_info("words from=%s count=%zu", from, fresh != NULL ? automaton_words(fresh) : 0);
    automaton_destroy(*list);
    *list = fresh;
}

static void
words_on_read(void *ctx, struct automaton *list)
{
    struct words *w = ctx;

    w->is_known = true;
    if (list != NULL || w->from_redis != NULL) {
        words_replace(&w->from_redis, list, "redis");
    }
}

bool
words_are_known(const struct words *w)
{
    return w == NULL || w->is_known;
}

void
words_on_change(struct words *w)
{
    word_reader_read(w->reader);
}

/* ---- the file, while the daemon runs ---- */

static void
words_end_loading(struct words *w)
{
    wordfile_close(w->file);
    w->file = NULL;
    loop_timer_stop(w->timer);
}

static void
words_log_mistake(const char *why)
{
    log_error("im.filter.file reason=%s", log_quote(str_of(why)).text);
    log_error("not reloaded: the words stay as they are");
}

static void
words_load_step(void *arg)
{
    struct words *w = arg;
    char why[WORDFILE_WHY_SIZE];

    switch (wordfile_step(w->file, why)) {
    case WORDFILE_MORE:
        loop_timer_start(w->timer, STEP_MS, 0);
        return;
    case WORDFILE_DONE:
        words_replace(&w->from_file, wordfile_take(w->file), "file");
        break;
    case WORDFILE_WRONG:
        words_log_mistake(why);
        break;
    }
    words_end_loading(w);
}

void
words_reload(struct words *w)
{
    const char *path = w->env->config->filter.file;
    char why[WORDFILE_WHY_SIZE];

    words_end_loading(w);
    if (*path == '\0') {
        if (w->from_file != NULL) {
            words_replace(&w->from_file, NULL, "file");
        }
        return;
    }
    w->file = wordfile_open(path, why);
    if (w->file == NULL) {
        words_log_mistake(why);
    } else {
        loop_timer_start(w->timer, STEP_MS, 0);
    }
}

/* ---- messages ---- */

enum words_verdict
words_check(struct words *w, const struct session *s, struct str *text)
{
    struct filter filter;

    if (w == NULL || !session_is_ordinary(s)) {
        return WORDS_PASS;
    }
    if (!words_are_known(w)) {
        return WORDS_NOT_KNOWN;
    }
    filter = (struct filter){{w->from_file, w->from_redis}};
    if (w->env->config->filter.action == FILTER_REFUSES) {
        if (filter_check(&filter, *text) == FILTER_FINE) {
            return WORDS_PASS;
        }
        w->env->metrics->words_refused++;
        return WORDS_REFUSED;
    }
    text_clear(&w->masked);
    if (filter_mask(&filter, *text, &w->masked) == FILTER_FOUND) {
        w->env->metrics->words_masked++;
        *text = text_str(&w->masked);
    }
    return WORDS_PASS;
}

/* ---- life ---- */

struct words *
words_create(const struct env *env, struct nodes *nodes)
{
    struct words *w = mem_zalloc(sizeof(*w));

    w->env = env;
    text_init(&w->masked);
    w->timer = loop_timer_create(env->loop, words_load_step, w);
    w->reader = word_reader_create(env, nodes, words_on_read, w);
    if (!wordfile_load(env->config->filter.file, &w->from_file)) {
        words_destroy(w);
        return NULL;
    }
    return w;
}

void
words_destroy(struct words *w)
{
    if (w != NULL) {
        wordfile_close(w->file);
        loop_timer_destroy(w->timer);
        word_reader_destroy(w->reader);
        automaton_destroy(w->from_file);
        automaton_destroy(w->from_redis);
        text_fini(&w->masked);
        free(w);
    }
}
