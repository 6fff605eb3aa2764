/* hub.c - the registry of rooms: one for each group that has clients on this daemon. */
#include "push-daemon/hub/hub.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/garbage.h"
#include "lib/hash.h"
#include "lib/mem.h"
#include "push-daemon/client/session.h"
#include "push-daemon/core/env.h"
#include "push-daemon/redis/subscriber.h"
#include "push-daemon/room/flusher.h"
#include "push-daemon/room/room.h"
#include "push-daemon/sync/sync.h"

struct group {
    UT_hash_handle hh;
    struct group *prev, *next; /* in hub.left */
    bool left;                 /* it is in hub.left */
    struct hub *hub;
    struct sync sync;
    struct room room;
    char id[]; /* not NUL-terminated; hh.keylen bytes */
};

struct hub {
    const struct env *env;
    struct subscriber *subscriber;
    struct flusher *flusher;
    struct marks *marks;
    struct group *groups;
    struct group *left; /* groups that a client left in this turn */
    struct garbage garbage;
};

static struct group *
hub_find(const struct hub *hub, struct str id)
{
    struct group *g;

    HASH_FIND(hh, hub->groups, id.p, id.len, g);
    return g;
}

/* ---- clients ---- */

static void
hub_on_leave(void *ctx)
{
    struct group *g = ctx;

    flusher_add(g->hub->flusher, &g->room); /* a flush drops what nobody needs of the log */
    if (!g->left) {
        g->left = true;
        DL_APPEND(g->hub->left, g);
    }
}

static struct group *
hub_add(struct hub *hub, struct str id)
{
    struct group *g = mem_zalloc(sizeof(*g) + id.len);

    memcpy(g->id, id.p, id.len);
    g->hub = hub;
    room_init(&g->room, hub->env, str_make(g->id, id.len), hub_on_leave, g);
    g->sync.deliver = (struct deliver){
        .env = hub->env,
        .room = &g->room,
        .flusher = hub->flusher,
        .garbage = &hub->garbage,
    };
    g->sync.marks = hub->marks;
    HASH_ADD_KEYPTR(hh, hub->groups, g->id, id.len, g);
    subscriber_add(hub->subscriber, id);
    hub->env->metrics->groups++;
    return g;
}

static void
hub_remove(struct hub *hub, struct group *g)
{
    subscriber_remove(hub->subscriber, g->room.group);
    flusher_remove(hub->flusher, &g->room);
    sync_fini(&g->sync);
    room_fini(&g->room);
    HASH_DEL(hub->groups, g);
    hub->env->metrics->groups--;
    free(g);
}

void
hub_join(struct hub *hub, struct session *s)
{
    struct group *g = hub_find(hub, s->group);

    if (g == NULL) {
        g = hub_add(hub, s->group);
    }
    room_wait(&g->room, s);
    sync_pump(&g->sync);
}

void
hub_remove_empty(struct hub *hub)
{
    while (hub->left != NULL) {
        struct group *g = hub->left;

        DL_DELETE(hub->left, g);
        g->left = false;
        if (room_is_empty(&g->room)) {
            hub_remove(hub, g);
        }
    }
}

/* ---- events ---- */

void
hub_on_subscribed(struct hub *hub, struct str group)
{
    struct group *g = hub_find(hub, group);

    if (g != NULL) {
        sync_on_subscribed(&g->sync);
    }
}

void
hub_on_message(struct hub *hub, struct str group, struct str payload)
{
    struct group *g = hub_find(hub, group);

    if (g != NULL) {
        sync_on_message(&g->sync, payload);
    }
}

static void
hub_for_each(struct hub *hub, void (*fn)(struct sync *sync))
{
    struct group *g, *next;

    HASH_ITER (hh, hub->groups, g, next) {
        fn(&g->sync);
    }
}

void
hub_on_subscription_down(struct hub *hub)
{
    hub_for_each(hub, sync_on_unsubscribed);
}

void
hub_on_commands(struct hub *hub)
{
    hub_for_each(hub, sync_on_commands);
}

void
hub_retry(struct hub *hub)
{
    hub_for_each(hub, sync_pump);
}

bool
hub_has_heard(const struct hub *hub, struct str group, int64_t ts)
{
    const struct group *g = hub_find(hub, group);

    return g == NULL || g->room.members == NULL || g->sync.deliver.known.newest_ts >= ts;
}

/* ---- life ---- */

struct hub *
hub_create(const struct env *env, struct subscriber *subscriber, struct flusher *flusher,
           struct marks *marks)
{
    struct hub *hub = mem_zalloc(sizeof(*hub));

    hub->env = env;
    hub->subscriber = subscriber;
    hub->flusher = flusher;
    hub->marks = marks;
    return hub;
}

void
hub_destroy(struct hub *hub)
{
    struct group *g, *next;

    if (hub == NULL) {
        return;
    }
    HASH_ITER (hh, hub->groups, g, next) {
        hub_remove(hub, g);
    }
    free(hub);
}
