/* listing.h - a list that Redis gives step by step, in which something may come twice. */
#ifndef API_ADMIN_LISTING_H
#define API_ADMIN_LISTING_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/str.h"

enum {
    LISTING_MAX_BYTES = 16 << 20 /* of all that is in it */
};

struct listing_item;

/* All zero: empty. */
struct listing {
    struct listing_item *items;
    size_t bytes;
};

/* Is it new? Then it is in the list from now on. */
bool listing_add(struct listing *l, struct str item);
/* May no other step be asked for? */
bool listing_is_full(const struct listing *l);
void listing_fini(struct listing *l);

#endif
