/* wordset.h - words on their way to an automaton: each is checked and folded, then all are sorted.
 *
 * Nothing here takes long, so that an event loop can do it step by step: a word some microseconds,
 * a step of wordset_build() a millisecond or two, and sometimes 5 ms, with 100,000 words. */
#ifndef LIB_FILTER_WORDSET_H
#define LIB_FILTER_WORDSET_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/str.h"

struct automaton;
struct wordset;

enum {
    WORDSET_MAX = 100000,        /* words */
    WORDSET_MAX_BYTES = 8 << 20, /* all words together */
    WORDSET_WORD_MAX_BYTES = 256
};

enum word_fault {
    WORD_TAKEN,
    WORD_NOT_UTF8,
    WORD_TOO_LONG,
    WORD_OF_NOTHING, /* but of spaces, ignorable and combining characters */
    WORD_TOO_MANY,   /* with it there would be too many */
    WORD_FAULT__MAX
};

struct wordset *wordset_create(void);
void wordset_destroy(struct wordset *w); /* NULL is fine */

/* Adds a word, without the spaces and tabs around it; or says what is wrong with it. */
enum word_fault wordset_add(struct wordset *w, struct str word);

/* What is wrong, and what would be right: "..., should be ...". */
const char *word_fault_text(enum word_fault fault);

/* No words come any more: makes the automaton, step by step. Returns true when it is done. */
bool wordset_build(struct wordset *w);

/* So few words that all of wordset_build() takes no longer than one of its steps. */
bool wordset_is_small(const struct wordset *w);

/* The automaton, for automaton_destroy(); NULL: there are no words. Once, after that. */
struct automaton *wordset_take(struct wordset *w);

#endif
