/* wordfile.h - a file of words (im.filter.file): UTF-8, one a line, no comments. */
#ifndef LIB_FILTER_WORDFILE_H
#define LIB_FILTER_WORDFILE_H

#include <stdbool.h>
#include <stddef.h>

struct automaton;
struct wordfile;

enum {
    WORDFILE_MAX_BYTES = 8 << 20,
    WORDFILE_WHY_SIZE = 300
};

enum wordfile_state {
    WORDFILE_MORE,
    WORDFILE_DONE,
    WORDFILE_WRONG
};

/* Reads the file, up to WORDFILE_MAX_BYTES. Returns NULL, and writes why ("FILE: it ..."), if that
 * cannot be done. */
struct wordfile *wordfile_open(const char *path, char why[WORDFILE_WHY_SIZE]);
void wordfile_close(struct wordfile *f); /* NULL is fine */

/* Takes some lines, or makes some of the automaton: a millisecond or two. If a line is no word, it
 * writes why: "FILE:LINE: is ..., should be ...". Empty lines are passed over. */
enum wordfile_state wordfile_step(struct wordfile *f, char why[WORDFILE_WHY_SIZE]);

/* After WORDFILE_DONE, once: for automaton_destroy(). NULL: the file has no words. */
struct automaton *wordfile_take(struct wordfile *f);

/* Can the file be used? If not, that is logged. An empty path can. */
bool wordfile_check(const char *path);

/* All of that at once. Returns false, and logs why, if the file cannot be used. *list is NULL if
 * the path is empty. */
bool wordfile_load(const char *path, struct automaton **list);

#endif
