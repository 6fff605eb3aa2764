/* wordset.c - words on their way to an automaton.
 *
 * They are sorted in runs, each as soon as it is full; runs of about the same length are merged. So
 * there is no moment at which all of them are sorted at once. */
#include "lib/filter/wordset.h"

#include <stdlib.h>
#include <string.h>

#include "lib/filter/automaton.h"
#include "lib/filter/fold.h"
#include "lib/mem.h"
#include "lib/utf8.h"

enum {
    RUN_WORDS = 1000,
    RUNS_MAX = 20, /* each is longer than all behind it, so there are log2(WORDSET_MAX) at most */
    BUILD_WORK = 50000
};

struct wordset {
    uint32_t *points; /* of all words, folded */
    size_t point_count, point_room;
    struct automaton_word *words, *spare; /* with the same room */
    size_t count, room;
    size_t bytes;
    size_t runs[RUNS_MAX + 1]; /* where each sorted run begins, and where the last one ends */
    size_t run_count;
    struct automaton *automaton; /* NULL: not begun */
};

struct wordset *
wordset_create(void)
{
    return mem_zalloc(sizeof(struct wordset));
}

void
wordset_destroy(struct wordset *w)
{
    if (w != NULL) {
        automaton_destroy(w->automaton);
        free(w->points);
        free(w->words);
        free(w->spare);
        free(w);
    }
}

/* ---- their order ---- */

static int
wordset_compare(const void *one, const void *other, void *points)
{
    const struct automaton_word *a = one, *b = other;
    const uint32_t *pa = (const uint32_t *)points + a->at, *pb = (const uint32_t *)points + b->at;
    unsigned shared = a->length < b->length ? a->length : b->length;

    for (unsigned i = 0; i < shared; i++) {
        if (pa[i] != pb[i]) {
            return pa[i] < pb[i] ? -1 : 1;
        }
    }
    return (a->length > b->length) - (a->length < b->length);
}

static void
wordset_merge_last_runs(struct wordset *w)
{
    size_t from = w->runs[w->run_count - 2], middle = w->runs[w->run_count - 1];
    size_t end = w->runs[w->run_count], left = 0, left_count = middle - from, right = middle;
    struct automaton_word *to = w->words + from;

    memcpy(w->spare, w->words + from, left_count * sizeof(*w->spare));
    while (left < left_count && right < end) {
        bool is_right = wordset_compare(&w->words[right], &w->spare[left], w->points) < 0;

        *to++ = is_right ? w->words[right++] : w->spare[left++];
    }
    memcpy(to, w->spare + left, (left_count - left) * sizeof(*to));
    w->runs[--w->run_count] = end;
}

/* The words behind the last run become one. */
static void
wordset_end_run(struct wordset *w)
{
    size_t from = w->runs[w->run_count], length = w->count - from;

    if (length == 0) {
        return;
    }
    qsort_r(w->words + from, length, sizeof(*w->words), wordset_compare, w->points);
    w->runs[++w->run_count] = w->count;
    while (w->run_count >= 2) {
        const size_t *last = &w->runs[w->run_count];

        if (last[-1] - last[-2] > last[0] - last[-1]) {
            return;
        }
        wordset_merge_last_runs(w);
    }
}

/* ---- words ---- */

static void
wordset_reserve(struct wordset *w)
{
    if (w->count == w->room) {
        w->room = w->room == 0 ? RUN_WORDS : w->room * 2;
        w->words = mem_resize(w->words, w->room * sizeof(*w->words));
        w->spare = mem_resize(w->spare, w->room * sizeof(*w->spare));
    }
}

static void
wordset_add_point(struct wordset *w, uint32_t c)
{
    if (w->point_count == w->point_room) {
        w->point_room = w->point_room == 0 ? 4096 : w->point_room * 2;
        w->points = mem_resize(w->points, w->point_room * sizeof(*w->points));
    }
    w->points[w->point_count++] = c;
}

enum word_fault
wordset_add(struct wordset *w, struct str word)
{
    struct automaton_word added = {.at = (uint32_t)w->point_count, .is_plain = true};
    struct fold_point point;
    struct fold fold;
    bool has_something = false;

    word = str_trim(word);
    if (word.len > WORDSET_WORD_MAX_BYTES) {
        return WORD_TOO_LONG;
    }
    if (!utf8_valid(word)) {
        return WORD_NOT_UTF8;
    }
    if (w->count == WORDSET_MAX || w->bytes + word.len > WORDSET_MAX_BYTES) {
        return WORD_TOO_MANY;
    }
    fold_begin(&fold, word);
    while (fold_next(&fold, &point)) {
        wordset_add_point(w, point.c);
        added.length++;
        added.is_plain = added.is_plain && fold_is_alnum(point.c);
        has_something = has_something || point.c != ' ';
    }
    if (!has_something || w->point_count > WORDSET_MAX_BYTES) {
        w->point_count = added.at;
        return has_something ? WORD_TOO_MANY : WORD_OF_NOTHING;
    }
    wordset_reserve(w);
    w->words[w->count++] = added;
    w->bytes += word.len;
    if (w->count - w->runs[w->run_count] == RUN_WORDS) {
        wordset_end_run(w);
    }
    return WORD_TAKEN;
}

const char *
word_fault_text(enum word_fault fault)
{
    static const char *const texts[WORD_FAULT__MAX] = {
        [WORD_TAKEN] = "nothing is wrong",
        [WORD_NOT_UTF8] = "is not UTF-8, should be",
        [WORD_TOO_LONG] = "is too long, should be a word of at most 256 bytes",
        [WORD_OF_NOTHING] = "has only spaces and characters that are passed over, should be a word",
        [WORD_TOO_MANY] = "is one word too many, should be at most 100,000 in 8 MiB",
    };

    return texts[fault];
}

/* ---- the automaton ---- */

bool
wordset_build(struct wordset *w)
{
    if (w->count == 0) {
        return true;
    }
    if (w->count > w->runs[w->run_count]) {
        wordset_end_run(w);
        return false;
    }
    if (w->run_count > 1) {
        wordset_merge_last_runs(w);
        return false;
    }
    if (w->automaton == NULL) {
        w->automaton = automaton_create(w->points, w->words, w->count);
    }
    return automaton_build(w->automaton, BUILD_WORK);
}

bool
wordset_is_small(const struct wordset *w)
{
    return w->point_count <= BUILD_WORK;
}

struct automaton *
wordset_take(struct wordset *w)
{
    struct automaton *a = w->automaton;

    w->automaton = NULL;
    return a;
}
