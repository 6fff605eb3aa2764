/* fold.h - text as the word filter compares it, one code point after the other.
 *
 * That is NFKC, case folded, without ignorable and combining characters: "Ｆｕ\u0301ｃ\u200Dk"
 * becomes "fuck", "ﬁ" becomes "fi", "ß" becomes "ss". Only the marks that make another kana of a
 * kana are kept, and Hangul is composed, since those are letters. */
#ifndef LIB_FILTER_FOLD_H
#define LIB_FILTER_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/str.h"

enum {
    FOLD_PARTS_MAX = 18 /* code points that one may become, as U+FDFA */
};

/* A code point, and the offset in the text of the character that it was made of. Several may be
 * made of one. What was left out belongs to the character before it. */
struct fold_point {
    uint32_t c;
    uint32_t at;
};

/* On its way through a text; fold.c knows what is in it. */
struct fold {
    struct str text;
    size_t next; /* offset of the first character that was not looked at */
    int32_t parts[FOLD_PARTS_MAX + 2];
    int part, part_count; /* which of them are to come */
    uint32_t parts_at;
    struct fold_point held; /* does not join the one before it */
    bool is_held;
};

/* text: UTF-8, of less than 4 GiB. Bytes that are no UTF-8 are passed over. */
void fold_begin(struct fold *f, struct str text);

/* Returns false at the end. */
bool fold_next(struct fold *f, struct fold_point *point);

static inline bool
fold_is_alnum(uint32_t c) /* ASCII, folded */
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

#endif
