/* listing.c - a list in which something may come twice. */
#include "fcgi-api/admin/listing.h"

#include <stdlib.h>

#include "lib/hash.h"
#include "lib/mem.h"

struct listing_item {
    UT_hash_handle hh;
    char bytes[];
};

bool
listing_add(struct listing *l, struct str item)
{
    struct listing_item *found;

    HASH_FIND(hh, l->items, item.p, item.len, found);
    if (found != NULL) {
        return false;
    }
    found = mem_zalloc(sizeof(*found) + item.len);
    memcpy(found->bytes, item.p, item.len);
    HASH_ADD_KEYPTR(hh, l->items, found->bytes, item.len, found);
    l->bytes += item.len;
    return true;
}

bool
listing_is_full(const struct listing *l)
{
    return l->bytes >= LISTING_MAX_BYTES;
}

void
listing_fini(struct listing *l)
{
    struct listing_item *item, *next;

    HASH_ITER (hh, l->items, item, next) {
        HASH_DEL(l->items, item);
        free(item);
    }
    l->bytes = 0;
}
