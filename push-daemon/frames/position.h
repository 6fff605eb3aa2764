/* position.h - where a client of fastim.v2 stands: the life of a group's event log, and the number
 * of the last durable frame that it took. */
#ifndef PUSH_FRAMES_POSITION_H
#define PUSH_FRAMES_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"

enum {
    POSITION_EPOCH_CHARS = 8
};

/* All zero: nowhere. */
struct position {
    char epoch[POSITION_EPOCH_CHARS + 1]; /* hexadecimal digits; "" if nowhere */
    int64_t at;
};

static inline bool
position_is_set(const struct position *p)
{
    return p->epoch[0] != '\0';
}

/* Reads "EPOCH-AT". Anything else is nowhere. So is 0: behind it nothing can be proved. */
struct position position_parse(struct str text);

/* An epoch of any other form is none. */
struct position position_make(struct str epoch, int64_t at);

bool position_has_epoch(const struct position *p, const char *epoch);
bool position_equal(const struct position *a, const struct position *b);

#endif
