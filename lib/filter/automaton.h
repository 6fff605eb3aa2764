/* automaton.h - finds many words in a text at once (Aho and Corasick, "Efficient string matching",
 * 1975), over folded code points.
 *
 * A state is a prefix of words. States are numbered level by level, so the children of one lie side
 * by side, sorted: a state needs to know only where they begin. It takes 16 bytes.
 *
 * A plain word, of ASCII letters and digits alone, counts only if none of these stands beside it.
 * So it is all of a run of them, and is followed from the root by a second cursor. */
#ifndef LIB_FILTER_AUTOMATON_H
#define LIB_FILTER_AUTOMATON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct automaton;

struct automaton_word {
    uint32_t at; /* its first code point among those of all words */
    uint16_t length;
    bool is_plain;
};

enum {
    AUTOMATON_ROOT = 0,
    AUTOMATON_WORD_MAX = 0x7FFF /* code points of a word; none is empty */
};

/* Begins to make one. The words are sorted by their code points; one may come twice. Both arrays
 * are the caller's, until automaton_build() has returned true. */
struct automaton *automaton_create(const uint32_t *points, const struct automaton_word *words,
                                   size_t count);
void automaton_destroy(struct automaton *a); /* NULL is fine */

/* Goes on with about so many code points of words. Returns true when it is done; until then the
 * functions below are not for it. It never changes again. */
bool automaton_build(struct automaton *a, size_t work);

/* From a state by a code point: the longest end of what came that begins a word. */
uint32_t automaton_next(const struct automaton *a, uint32_t state, uint32_t c);

/* The length of the longest word, not a plain one, that ends here; 0: none does. */
unsigned automaton_longest(const struct automaton *a, uint32_t state);

/* From a prefix of words to one that is longer by c; AUTOMATON_ROOT: there is none. */
uint32_t automaton_child(const struct automaton *a, uint32_t state, uint32_t c);

/* Is this prefix a plain word itself? */
bool automaton_is_plain(const struct automaton *a, uint32_t state);

size_t automaton_words(const struct automaton *a); /* how many it was made of */
size_t automaton_bytes(const struct automaton *a); /* of memory */

#endif
