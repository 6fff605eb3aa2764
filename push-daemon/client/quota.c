/* quota.c - what each user, or each address, uses of its limits. */
#include "push-daemon/client/quota.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "lib/mem.h"

struct quota *
quotas_find(const struct quotas *all, struct str key)
{
    struct quota *q;

    HASH_FIND(hh, all->all, key.p, key.len, q);
    return q;
}

struct quota *
quotas_get(struct quotas *all, struct str key)
{
    struct quota *q = quotas_find(all, key);

    if (q == NULL) {
        q = mem_zalloc(sizeof(*q) + key.len);
        q->key_len = (uint32_t)key.len;
        memcpy(q->key, key.p, key.len);
        HASH_ADD_KEYPTR(hh, all->all, q->key, q->key_len, q);
        DL_APPEND(all->idle, q);
    }
    return q;
}

void
quotas_hold(struct quotas *all, struct quota *q)
{
    if (q->connections++ == 0) {
        DL_DELETE(all->idle, q);
    }
}

void
quotas_release(struct quotas *all, struct quota *q)
{
    if (--q->connections == 0) {
        DL_APPEND(all->idle, q);
    }
}

bool
quota_is_full(const struct quota *q, int64_t max)
{
    return max > 0 && q != NULL && q->connections >= max;
}

static bool
quota_is_rested(const struct quota *q, int64_t now_ms)
{
    return rate_limit_is_rested(&q->joins, now_ms) && rate_limit_is_rested(&q->messages, now_ms) &&
           rate_limit_is_rested(&q->bytes, now_ms) && rate_limit_is_rested(&q->frames, now_ms);
}

void
quotas_forget_rested(struct quotas *all, int64_t now_ms)
{
    struct quota *q, *next;

    DL_FOREACH_SAFE (all->idle, q, next) {
        if (quota_is_rested(q, now_ms)) {
            DL_DELETE(all->idle, q);
            HASH_DEL(all->all, q);
            free(q);
        }
    }
}

void
quotas_forget_all(struct quotas *all)
{
    struct quota *q, *next;

    HASH_ITER (hh, all->all, q, next) {
        HASH_DEL(all->all, q);
        free(q);
    }
    all->idle = NULL;
}
