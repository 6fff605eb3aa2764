/* automaton.c - finds many words in a text at once. */
#include "lib/filter/automaton.h"

#include <stdlib.h>

#include "lib/mem.h"

enum {
    PLAIN = 0x8000
};

struct state {
    uint32_t label; /* the last code point of the prefix */
    uint32_t first; /* its first child; they end where those of the next state begin */
    uint32_t fail;  /* the longest end of the prefix that is a prefix, too */
    uint16_t ends;  /* the longest word, no plain one, that ends here; PLAIN: a plain one is this */
};

/* The words that begin with a prefix. */
struct range {
    uint32_t from, to;
};

struct automaton {
    struct state *states; /* one more than there are, which tells where the last children end */
    uint32_t count, room;
    size_t word_count;
    /* Until it is done: */
    struct range *ranges; /* of each state */
    const uint32_t *points;
    const struct automaton_word *words;
    uint32_t expanded;  /* states that have their children */
    uint32_t level_end; /* the first state of the next level */
    unsigned depth;     /* code points of a prefix of this level */
};

/* ---- its use ---- */

uint32_t
automaton_child(const struct automaton *a, uint32_t state, uint32_t c)
{
    uint32_t low = a->states[state].first, high = a->states[state + 1].first, end = high;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (a->states[middle].label < c) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < end && a->states[low].label == c ? low : AUTOMATON_ROOT;
}

uint32_t
automaton_next(const struct automaton *a, uint32_t state, uint32_t c)
{
    uint32_t next = automaton_child(a, state, c);

    while (next == AUTOMATON_ROOT && state != AUTOMATON_ROOT) {
        state = a->states[state].fail;
        next = automaton_child(a, state, c);
    }
    return next;
}

unsigned
automaton_longest(const struct automaton *a, uint32_t state)
{
    return a->states[state].ends & ~(unsigned)PLAIN;
}

bool
automaton_is_plain(const struct automaton *a, uint32_t state)
{
    return (a->states[state].ends & PLAIN) != 0;
}

size_t
automaton_words(const struct automaton *a)
{
    return a->word_count;
}

size_t
automaton_bytes(const struct automaton *a)
{
    return sizeof(*a) + a->room * sizeof(struct state);
}

/* ---- its making ---- */

static void
automaton_resize(struct automaton *a, uint32_t room)
{
    a->room = room;
    a->states = mem_resize(a->states, room * sizeof(*a->states));
    if (a->ranges != NULL || a->expanded == 0) {
        a->ranges = mem_resize(a->ranges, room * sizeof(*a->ranges));
    }
}

static void
automaton_add_state(struct automaton *a, uint32_t parent, uint32_t label, struct range range)
{
    const struct automaton_word *first = &a->words[range.from];
    uint32_t fail = AUTOMATON_ROOT;
    struct state *s;

    if (a->count + 1 >= a->room) {
        automaton_resize(a, a->room + a->room / 2);
    }
    if (parent != AUTOMATON_ROOT) {
        fail = automaton_next(a, a->states[parent].fail, label);
    }
    a->ranges[a->count] = range;
    s = &a->states[a->count++];
    *s = (struct state){.label = label, .fail = fail, .ends = a->states[fail].ends & ~PLAIN};
    if (first->length == a->depth + 1) {
        s->ends = first->is_plain ? s->ends | PLAIN : (uint16_t)(a->depth + 1);
    }
}

/* Adds the children of the next state, and returns how many words were looked at. The states that
 * automaton_next() passes on the way are of earlier levels, so they have theirs. */
static size_t
automaton_expand(struct automaton *a)
{
    uint32_t parent = a->expanded;
    struct range range = a->ranges[parent];
    uint32_t i = range.from;

    if (parent == a->level_end) {
        a->level_end = a->count;
        a->depth++;
    }
    a->states[parent].first = a->count;
    while (i < range.to && a->words[i].length == a->depth) {
        i++; /* the prefix itself */
    }
    while (i < range.to) {
        uint32_t label = a->points[a->words[i].at + a->depth], from = i;

        while (i < range.to && a->points[a->words[i].at + a->depth] == label) {
            i++;
        }
        automaton_add_state(a, parent, label, (struct range){from, i});
    }
    a->expanded++;
    return range.to - range.from + 1;
}

bool
automaton_build(struct automaton *a, size_t work)
{
    size_t done = 0;

    while (a->expanded < a->count && done < work) {
        done += automaton_expand(a);
    }
    if (a->expanded < a->count) {
        return false;
    }
    if (a->ranges != NULL) {
        a->states[a->count].first = a->count;
        free(a->ranges);
        a->ranges = NULL;
        automaton_resize(a, a->count + 1);
    }
    return true;
}

struct automaton *
automaton_create(const uint32_t *points, const struct automaton_word *words, size_t count)
{
    struct automaton *a = mem_zalloc(sizeof(*a));

    a->points = points;
    a->words = words;
    a->word_count = count;
    automaton_resize(a, 64);
    a->states[0] = (struct state){0};
    a->ranges[0] = (struct range){0, (uint32_t)count};
    a->count = 1;
    a->level_end = 1;
    return a;
}

void
automaton_destroy(struct automaton *a)
{
    if (a != NULL) {
        free(a->states);
        free(a->ranges);
        free(a);
    }
}
