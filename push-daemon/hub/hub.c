/* hub.c - the registry of rooms: one for each group that has clients on this daemon. */
#include "push-daemon/hub/hub.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/mem.h"
#include "push-daemon/client/session.h"
#include "push-daemon/core/env.h"
#include "push-daemon/hub/registry.h"
#include "push-daemon/room/flusher.h"
#include "push-daemon/resume/stream.h"

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
    HASH_ADD_KEYPTR(hh, hub->groups, g->id, id.len, g);
    group_settle(g);
    hub->env->metrics->groups++;
    return g;
}

static void
hub_remove(struct hub *hub, struct group *g)
{
    group_forget_polls(g);
    group_leave_home(g);
    flusher_remove(hub->flusher, &g->room);
    sync_fini(&g->sync);
    stream_destroy(g->stream);
    group_settings_fini(&g->settings);
    room_fini(&g->room);
    HASH_DEL(hub->groups, g);
    hub->env->metrics->groups--;
    free(g);
}

static struct stream *
hub_stream(struct hub *hub, struct group *g)
{
    const struct stream_parts parts = {hub->env, hub->flusher, &hub->garbage};

    if (g->stream == NULL) {
        g->stream = stream_create(&parts, g->room.group, hub_on_leave, g);
        if (g->is_polled) {
            stream_poll(g->stream, hub->polls);
        }
        if (g->sync.marks != NULL) {
            stream_on_subscribed(g->stream, g->sync.marks);
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

/* ---- what others ask ---- */

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
hub_use_auth(struct hub *hub, struct auth *auth)
{
    hub->auth = auth;
}

void
hub_use_presence(struct hub *hub, const struct hub_presence *presence)
{
    hub->presence = presence->presence;
    hub->on_subscribed = presence->on_subscribed;
    hub->on_presence = presence->on_event;
}

struct hub *
hub_create(const struct env *env, struct nodes *nodes, struct flusher *flusher,
           struct str daemon_id)
{
    struct hub *hub = mem_zalloc(sizeof(*hub));

    hub->env = env;
    hub->nodes = nodes;
    hub->flusher = flusher;
    hub->daemon_id = daemon_id;
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
    homes_destroy(hub);
    polls_destroy(hub);
    free(hub);
}
