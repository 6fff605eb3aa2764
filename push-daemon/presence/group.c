/* group.c - one group on this daemon. */
#include "push-daemon/presence/group.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "lib/redis/event.h"

struct group *
group_find(const struct groups *all, struct str id)
{
    struct group *g;

    HASH_FIND(hh, all->by_id, id.p, id.len, g);
    return g;
}

struct group *
group_add(struct groups *all, struct str id)
{
    struct group *g = mem_zalloc(sizeof(*g) + id.len);

    g->id_len = id.len;
    memcpy(g->id, id.p, id.len);
    HASH_ADD_KEYPTR(hh, all->by_id, g->id, id.len, g);
    return g;
}

void
group_free(struct groups *all, struct group *g)
{
    timer_wheel_remove(&g->due);
    HASH_DEL(all->by_id, g);
    users_fini(&g->users);
    roster_fini(&g->roster);
    free(g);
}

void
group_take(const struct groups *all, struct group *g, struct str event)
{
    struct text frame;

    text_init(&frame);
    if (roster_take(&g->roster, event, &frame) && all->tell != NULL) {
        all->tell(all->ctx, group_id(g), text_str(&frame));
    }
    text_fini(&frame);
}

void
group_take_told(const struct groups *all, struct group *g, int64_t online, struct str ids)
{
    struct text event;

    text_init(&event);
    event_add_presence(&event, online, ids);
    group_take(all, g, text_str(&event));
    text_fini(&event);
}
