/* hub.c - the registry of rooms: one for each group that has clients on this daemon. */
#include "push-daemon/hub/hub.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/garbage.h"
#include "lib/hash.h"
#include "lib/mem.h"
#include "lib/rate_limit.h"
#include "lib/redis/event.h"
#include "push-daemon/client/session.h"
#include "push-daemon/core/env.h"
#include "push-daemon/redis/subscriber.h"
#include "push-daemon/room/flusher.h"
#include "push-daemon/resume/stream.h"
#include "push-daemon/room/room.h"
#include "push-daemon/sync/sync.h"

struct group {
    UT_hash_handle hh;
    struct group *prev, *next; /* in hub.left */
    bool left;                 /* it is in hub.left */
    struct hub *hub;
    struct sync sync;
    struct room room;      /* of Part 1 */
    struct stream *stream; /* of fastim.v2; NULL: no client of it has come */
    struct rate_limit signals;
    char id[]; /* not NUL-terminated; hh.keylen bytes */
};

struct hub {
    const struct env *env;
    struct subscriber *subscriber;
    struct flusher *flusher;
    struct marks *marks;
    struct hub_presence presence;
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

static bool
group_is_empty(const struct group *g)
{
    return room_is_empty(&g->room) && (g->stream == NULL || stream_is_empty(g->stream));
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
    stream_destroy(g->stream);
    room_fini(&g->room);
    HASH_DEL(hub->groups, g);
    hub->env->metrics->groups--;
    free(g);
}

static struct stream *
hub_stream(struct hub *hub, struct group *g)
{
    const struct stream_parts parts = {hub->env, hub->marks, hub->flusher, &hub->garbage};

    if (g->stream == NULL) {
        g->stream = stream_create(&parts, g->room.group, hub_on_leave, g);
        if (g->sync.subscribed) {
            stream_on_subscribed(g->stream);
        }
    }
    return g->stream;
}

void
hub_join(struct hub *hub, struct session *s)
{
    struct group *g = hub_find(hub, s->group);

    if (g == NULL) {
        g = hub_add(hub, s->group);
    }
    if (s->v2 != NULL) {
        stream_join(hub_stream(hub, g), s);
    } else {
        room_wait(&g->room, s);
        sync_pump(&g->sync);
    }
}

void
hub_remove_empty(struct hub *hub)
{
    while (hub->left != NULL) {
        struct group *g = hub->left;

        DL_DELETE(hub->left, g);
        g->left = false;
        if (group_is_empty(g)) {
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
        if (hub->presence.presence != NULL) {
            hub->presence.on_subscribed(hub->presence.presence, group);
        }
        sync_on_subscribed(&g->sync);
        if (g->stream != NULL) {
            stream_on_subscribed(g->stream);
        }
    }
}

void
hub_on_message(struct hub *hub, struct str group, struct str payload)
{
    struct group *g = hub_find(hub, group);

    if (g == NULL) {
        return;
    }
    sync_on_message(&g->sync, payload);
    if (g->stream != NULL) {
        if (!g->sync.synced && g->room.members == NULL) {
            hub->env->metrics->messages_out++; /* else sync counts it */
        }
        stream_on_message(g->stream, payload);
    }
}

void
hub_on_event(struct hub *hub, struct str group, struct str event)
{
    struct group *g = hub_find(hub, group);
    struct event e;

    if (g == NULL) {
        return;
    }
    event_read(&e, event);
    if (e.kind == EVENT_PRESENCE && hub->presence.presence != NULL) {
        hub->presence.on_event(hub->presence.presence, group, event);
    } else if (e.kind == EVENT_DURABLE && g->stream != NULL) {
        stream_on_event(g->stream, e.at, event);
    } else if ((e.kind == EVENT_PASSING || e.kind == EVENT_SETTINGS) && g->stream != NULL) {
        stream_pass(g->stream, event);
    }
    event_fini(&e);
}

void
hub_tell(void *arg, struct str group, struct str json)
{
    struct hub *hub = arg;
    struct group *g = hub_find(hub, group);

    if (g != NULL && g->stream != NULL) {
        stream_pass(g->stream, json);
    }
}

static void
hub_for_each(struct hub *hub, void (*of_sync)(struct sync *), void (*of_stream)(struct stream *))
{
    struct group *g, *next;

    HASH_ITER (hh, hub->groups, g, next) {
        of_sync(&g->sync);
        if (g->stream != NULL) {
            of_stream(g->stream);
        }
    }
}

void
hub_on_subscription_down(struct hub *hub)
{
    hub_for_each(hub, sync_on_unsubscribed, stream_on_unsubscribed);
}

void
hub_on_commands(struct hub *hub)
{
    hub_for_each(hub, sync_on_commands, stream_on_commands);
}

void
hub_retry(struct hub *hub)
{
    hub_for_each(hub, sync_pump, stream_pump);
}

bool
hub_has_heard(const struct hub *hub, struct str group, int64_t ts)
{
    const struct group *g = hub_find(hub, group);

    if (g == NULL || (g->stream != NULL && !stream_has_reached(g->stream, ts))) {
        return g == NULL;
    }
    return g->room.members == NULL || g->sync.deliver.known.newest_ts >= ts;
}

struct rate_limit *
hub_signal_rate(struct hub *hub, struct str group)
{
    return &hub_find(hub, group)->signals;
}

/* ---- life ---- */

void
hub_use_presence(struct hub *hub, const struct hub_presence *presence)
{
    hub->presence = *presence;
}

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
