/* words.h - the words that no message may have, and what becomes of one that has such a word.
 *
 * No event tells this process that fim:words has changed: it has no subscription, and serves one
 * request at a time. But its connection to Redis watches the key (WATCH), and once a second, if
 * there is a message to check, asks whether anybody has changed it: a transaction of nothing, which
 * costs Redis nothing. Only then the set is read again; and once a minute in any case. A list is
 * made anew only if the words are not those of before. */
#ifndef API_WORDS_WORDS_H
#define API_WORDS_WORDS_H

#include <stdbool.h>

#include "lib/config/config.h"
#include "lib/str.h"

struct store;
struct words;

enum words_verdict {
    WORDS_PASS,      /* store it */
    WORDS_REFUSED,   /* it has such a word: it must not be stored */
    WORDS_NOT_KNOWN, /* the words cannot be read: it must not be stored now */
    WORDS_VERDICT__MAX
};

struct words *words_create(const struct config *config);
void words_destroy(struct words *w); /* NULL is fine */

/* Loads the file. Returns false, and logs why, if it cannot be used. Without this call the first
 * check does it: a CGI's process serves one request, which checks nothing mostly. */
bool words_load(struct words *w);

/* May this be said? With im.filter.action: mask, *text may become another one, which lives until
 * the next call. w NULL: there is no filter. */
enum words_verdict words_check(struct words *w, struct store *store, struct str *text);

#endif
