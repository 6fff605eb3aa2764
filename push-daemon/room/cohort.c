/* cohort.c - clients that got the same first frame, and what of it may still be published. */
#include "push-daemon/room/cohort.h"

#include <stdlib.h>

#include "lib/mem.h"

struct cohort *
cohort_create(int64_t expires_ms)
{
    struct cohort *c = mem_zalloc(sizeof(*c));

    c->references = 1;
    c->expires_ms = expires_ms;
    return c;
}

struct cohort *
cohort_ref(struct cohort *c)
{
    c->references++;
    return c;
}

void
cohort_unref(struct cohort *c)
{
    if (c != NULL && --c->references == 0) {
        pending_dups_clear(&c->pending);
        free(c);
    }
}
