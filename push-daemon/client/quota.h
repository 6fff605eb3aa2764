/* quota.h - what each user, or each address, uses of its limits.
 *
 * A quota outlives the connections that it counts, as long as one of its rates says something: so
 * nobody gets a fresh burst by connecting again. */
#ifndef PUSH_CLIENT_QUOTA_H
#define PUSH_CLIENT_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/hash.h"
#include "lib/rate_limit.h"
#include "lib/str.h"

struct quota {
    UT_hash_handle hh;
    struct quota *prev, *next; /* in quotas.idle, while nobody holds it */
    struct rate_limit joins;
    struct rate_limit messages;
    struct rate_limit bytes; /* of messages */
    struct rate_limit frames;
    uint32_t connections; /* that hold it */
    uint32_t key_len;
    char key[];
};

/* All zero: none is there. */
struct quotas {
    struct quota *all;
    struct quota *idle;
};

struct quota *quotas_find(const struct quotas *all, struct str key); /* NULL: uses nothing */
struct quota *quotas_get(struct quotas *all, struct str key);        /* a new one is idle */

/* A connection holds it; lets it go. */
void quotas_hold(struct quotas *all, struct quota *q);
void quotas_release(struct quotas *all, struct quota *q);

/* Has it as many connections as it may? max 0: any number. q NULL: it has none. */
bool quota_is_full(const struct quota *q, int64_t max);

/* Forgets those that nobody holds and whose rates say nothing any more. */
void quotas_forget_rested(struct quotas *all, int64_t now_ms);
void quotas_forget_all(struct quotas *all);

#endif
