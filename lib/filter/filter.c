/* filter.c - words in a text. */
#include "lib/filter/filter.h"

#include <stdint.h>
#include <stdlib.h>

#include "lib/filter/automaton.h"
#include "lib/filter/fold.h"
#include "lib/mem.h"

/* One list on its way through a text. */
struct cursor {
    const struct automaton *list;
    uint32_t state;
    uint32_t run_state; /* the run of ASCII letters and digits up to here; or it is lost */
    bool is_lost;       /* no plain word begins as this run does */
};

struct scan {
    struct fold fold;
    struct cursor cursors[FILTER_LISTS];
    size_t count;
    unsigned run; /* length of that run, up to AUTOMATON_WORD_MAX + 1 */
};

static void
scan_begin(struct scan *s, const struct filter *filter, struct str text)
{
    *s = (struct scan){.count = 0};
    for (size_t i = 0; i < FILTER_LISTS; i++) {
        if (filter->lists[i] != NULL) {
            s->cursors[s->count++] = (struct cursor){.list = filter->lists[i]};
        }
    }
    fold_begin(&s->fold, text);
}

/* The run is at its end. Returns its length if it is a plain word, else 0. */
static unsigned
scan_end_run(struct scan *s)
{
    unsigned found = 0;

    for (size_t i = 0; i < s->count; i++) {
        struct cursor *c = &s->cursors[i];

        if (s->run > 0 && !c->is_lost && automaton_is_plain(c->list, c->run_state)) {
            found = s->run;
        }
        c->run_state = AUTOMATON_ROOT;
        c->is_lost = false;
    }
    s->run = 0;
    return found;
}

static void
scan_continue_run(struct scan *s, uint32_t c)
{
    for (size_t i = 0; i < s->count; i++) {
        struct cursor *cursor = &s->cursors[i];

        if (!cursor->is_lost) {
            cursor->run_state = automaton_child(cursor->list, cursor->run_state, c);
            cursor->is_lost = cursor->run_state == AUTOMATON_ROOT;
        }
    }
    s->run += s->run <= AUTOMATON_WORD_MAX;
}

/* The next code point. *before: the length of the word that ends before it; *here: of the longest
 * one that ends with it. Returns false at the end of the text; *before is set then as well. */
static bool
scan_next(struct scan *s, struct fold_point *point, unsigned *before, unsigned *here)
{
    *before = *here = 0;
    if (!fold_next(&s->fold, point)) {
        *before = scan_end_run(s);
        return false;
    }
    if (fold_is_alnum(point->c)) {
        scan_continue_run(s, point->c);
    } else if (s->run > 0) {
        *before = scan_end_run(s);
    }
    for (size_t i = 0; i < s->count; i++) {
        struct cursor *c = &s->cursors[i];
        unsigned longest;

        c->state = automaton_next(c->list, c->state, point->c);
        longest = automaton_longest(c->list, c->state);
        *here = longest > *here ? longest : *here;
    }
    return true;
}

enum filter_verdict
filter_check(const struct filter *filter, struct str text)
{
    struct fold_point point;
    unsigned before, here;
    struct scan s;
    bool more = true;

    scan_begin(&s, filter, text);
    if (s.count == 0) {
        return FILTER_FINE;
    }
    while (more) {
        more = scan_next(&s, &point, &before, &here);
        if (before > 0 || here > 0) {
            return FILTER_FOUND;
        }
    }
    return FILTER_FINE;
}

/* ---- masking ---- */

/* A folded code point, and how many of the text the longest word has that ends with it. */
struct masked_point {
    uint32_t at;
    uint32_t length;
};

struct masking {
    struct masked_point *points;
    size_t count, room;
};

static void
masking_add(struct masking *m, uint32_t at, unsigned length)
{
    if (m->count == m->room) {
        m->room = m->room == 0 ? 256 : m->room * 2;
        m->points = mem_resize(m->points, m->room * sizeof(*m->points));
    }
    m->points[m->count++] = (struct masked_point){at, length};
}

static void
masking_scan(struct masking *m, const struct filter *filter, struct str text)
{
    struct fold_point point;
    unsigned before, here;
    struct scan s;
    bool more = true;

    scan_begin(&s, filter, text);
    while (more) {
        more = scan_next(&s, &point, &before, &here);
        if (before > 0 && before > m->points[m->count - 1].length) {
            m->points[m->count - 1].length = before;
        }
        if (more) {
            masking_add(m, point.at, here);
        }
    }
}

/* From the length of words at their ends to: does the point belong to one? */
static void
masking_spread(struct masking *m)
{
    uint32_t left = 0;

    for (size_t i = m->count; i-- > 0;) {
        struct masked_point *point = &m->points[i];

        left = point->length > left ? point->length : left;
        point->length = left > 0;
        left -= left > 0;
    }
}

static size_t
masking_character_end(struct str text, size_t at)
{
    at++;
    while (at < text.len && ((unsigned char)text.p[at] & 0xC0) == 0x80) {
        at++;
    }
    return at;
}

static void
masking_write(const struct masking *m, struct str text, struct text *out)
{
    bool is_masked = false;
    size_t i = 0;

    text_reserve(out, text.len);
    for (size_t at = 0, end; at < text.len; at = end) {
        end = masking_character_end(text, at);
        if (i < m->count && m->points[i].at < end) { /* else it is as the one before it */
            is_masked = false;
        }
        for (; i < m->count && m->points[i].at < end; i++) {
            is_masked = is_masked || m->points[i].length > 0;
        }
        if (is_masked) {
            text_add(out, "*", 1);
        } else {
            text_add(out, text.p + at, end - at);
        }
    }
}

enum filter_verdict
filter_mask(const struct filter *filter, struct str text, struct text *out)
{
    struct masking m = {0};

    if (filter_check(filter, text) == FILTER_FINE) {
        return FILTER_FINE;
    }
    masking_scan(&m, filter, text);
    masking_spread(&m);
    masking_write(&m, text, out);
    free(m.points);
    return FILTER_FOUND;
}
