/* words.h - the words that no message may have: those in force on this daemon, and what becomes of
 * a message that has one. */
#ifndef PUSH_WORDS_WORDS_H
#define PUSH_WORDS_WORDS_H

#include <stdbool.h>

#include "lib/str.h"

struct env;
struct nodes;
struct session;
struct words;

enum words_verdict {
    WORDS_PASS,      /* store it */
    WORDS_REFUSED,   /* it has such a word: it must not be stored */
    WORDS_NOT_KNOWN, /* the words of Redis are not read yet: it must not be stored now */
    WORDS_VERDICT__MAX
};

/* Loads the file. NULL: it cannot be used, and that was logged. */
struct words *words_create(const struct env *env, struct nodes *nodes);
void words_destroy(struct words *w); /* NULL is fine; no reply may come any more */

/* Have the words of Redis been read? Until then messages are answered WORDS_NOT_KNOWN. w NULL:
 * there is no filter. */
bool words_are_known(const struct words *w);

/* The words of Redis may have changed, or an event that said so may have been missed. */
void words_on_change(struct words *w);

/* SIGHUP: the file is read again, step by step. Until then, and if it has a mistake, the words of
 * before are in force. */
void words_reload(struct words *w);

/* May the session's user say *text? With im.filter.action: mask, *text may become another one, that
 * lives until the next call. w NULL: there is no filter. */
enum words_verdict words_check(struct words *w, const struct session *s, struct str *text);

#endif
