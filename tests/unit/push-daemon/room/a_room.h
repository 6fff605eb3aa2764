/* a_room.h - all of room/ between fake clients and a fake Redis: what stands at its borders is
 * made up. */
#ifndef TESTS_UNIT_PUSHD_ROOM_A_ROOM_H
#define TESTS_UNIT_PUSHD_ROOM_A_ROOM_H

#include "push-daemon/room/flusher.h"
#include "push-daemon/hub/hub.h"
#include "tests/unit/push-daemon/room/a_client.h"
#include "tests/unit/push-daemon/room/a_redis.h"

struct scene {
    struct world world;
    struct redis *redis;
    struct flusher *flusher;
    struct hub *hub;
};

static inline void
scene_open(struct scene *s, const struct config *config)
{
    static struct redis redis;

    redis_close(&redis); /* a test that failed leaves something */
    world_open(&s->world, config);
    s->redis = &redis;
    s->flusher = flusher_create(&s->world.env);
    s->hub = hub_create(&s->world.env, redis_nodes(&redis), s->flusher, str_of("node"));
}

/* As turn_end() in daemon.c. */
static inline void
scene_turn_end(struct scene *s)
{
    flusher_run(s->flusher);
    hub_remove_empty(s->hub);
    reaper_run(&s->world.reaper);
}

static inline void
scene_close(struct scene *s)
{
    world_lose_clients(&s->world);
    hub_remove_empty(s->hub);
    hub_destroy(s->hub);
    flusher_destroy(s->flusher);
    redis_close(s->redis);
    world_close(&s->world);
}

static inline struct ws *
scene_join(struct scene *s)
{
    struct ws *ws = client_open(&s->world, "g");

    hub_join(s->hub, ws->session);
    return ws;
}

static inline void
scene_deliver(struct scene *s)
{
    redis_deliver(s->redis, s->hub, str_of("g"));
}

/* The subscription breaks, and is there again; the groups are not subscribed to yet. */
static inline void
scene_cut(struct scene *s)
{
    redis_lose_subscription(s->redis);
    hub_on_subscription_down(s->hub, redis_node(s->redis));
}

/* The command connection breaks, and is there again. */
static inline void
scene_reconnect(struct scene *s)
{
    redis_lose_commands(s->redis);
    hub_on_commands(s->hub, redis_node(s->redis));
}

/* Does and delivers whatever can be, until nothing is left. */
static inline void
scene_settle(struct scene *s)
{
    struct redis *r = s->redis;

    for (bool more = true; more;) {
        more = true;
        if (redis_can_subscribe(r)) {
            redis_subscribe(r);
        } else if (redis_can_deliver(r)) {
            scene_deliver(s);
        } else if (redis_can_run(r)) {
            redis_run(r);
        } else if (redis_can_answer(r)) {
            redis_answer(r);
        } else {
            more = false;
        }
        scene_turn_end(s);
    }
}

#endif
