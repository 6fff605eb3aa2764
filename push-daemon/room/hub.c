/* hub.c - all rooms of this daemon: who is in which, and when each is flushed. */
#include "push-daemon/room/hub.h"

#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

#include "lib/redis/commands.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/log_once.h"
#include "push-daemon/core/cpu_load.h"
#include "push-daemon/core/loop.h"
#include "push-daemon/core/metrics.h"
#include "push-daemon/redis/commands.h"
#include "push-daemon/room/room.h"
#include "push-daemon/redis/subscriber.h"
#include "push-daemon/client/session.h"
#include "push-daemon/room/snapshot.h"

enum {
    FLUSH_BYTES = 65536 /* a room that grew by so much is flushed, however lately it was */
};

struct hub {
    struct loop *loop;
    const struct config *config;
    struct commands *commands;
    struct subscriber *subscriber;
    struct str daemon;
    struct metrics *metrics;
    struct room *rooms;
    struct room *dirty;         /* to be flushed, or to be removed if empty */
    struct loop_timer *due;     /* when the first of those that wait may be flushed */
    struct cpu_load busy;       /* only then it pays to let a room wait */
    struct snapshot *snapshots; /* whose mark has not come, by mark */
    int64_t last_mark;
    struct log_once garbage;
    struct argv argv;
};

/* ---- rooms ---- */

static struct room *
find(const struct hub *hub, struct str group)
{
    struct room *room;

    HASH_FIND(hh, hub->rooms, group.p, group.len, room);
    return room;
}

void
hub_touch(struct room *room)
{
    if (!room->dirty) {
        room->dirty = true;
        DL_APPEND2(room->hub->dirty, room, dirty_prev, dirty_next);
    }
}

void
hub_join(struct hub *hub, struct session *s)
{
    struct room *room = find(hub, s->group);

    if (room == NULL) {
        room = room_create(hub, s->group);
        HASH_ADD_KEYPTR(hh, hub->rooms, room->group, room->group_length, room);
        subscriber_add(hub->subscriber, s->group);
        hub->metrics->groups++;
    }
    room_wait(room, s);
    sync_pump(room);
}

void
hub_leave(struct session *s)
{
    struct room *room = s->room;

    if (room != NULL) {
        room_leave(room, s);
        hub_touch(room); /* removed at the end of the turn if it is empty then */
    }
}

static void
remove_room(struct hub *hub, struct room *room)
{
    subscriber_remove(hub->subscriber, room_group(room));
    sync_on_unsubscribed(room);
    HASH_DEL(hub->rooms, room);
    hub->metrics->groups--;
    room_destroy(room);
}

/* ---- flushing ---- */

/* Not negative: it may be flushed so many ms from now. */
static int64_t
wait_of(const struct hub *hub, const struct room *room, int64_t now)
{
    if (!hub->busy.is || room_unflushed(room) >= FLUSH_BYTES || room->members == NULL) {
        return 0;
    }
    return room->flushed_ms + hub->config->push.flush_interval_ms - now;
}

/* Those that are due; returns when the next one is, in ms. */
static int64_t
flush_some(struct hub *hub, bool all)
{
    int64_t now = loop_now_ms(hub->loop), next = INT64_MAX;
    struct room *room, *following;

    if (cpu_load_is_due(&hub->busy, now)) {
        cpu_load_measure(&hub->busy, now, clock_cpu_us());
    }
    DL_FOREACH_SAFE2(hub->dirty, room, following, dirty_next)
    {
        int64_t wait = all ? 0 : wait_of(hub, room, now);

        if (wait > 0) {
            next = wait < next ? wait : next;
            continue;
        }
        DL_DELETE2(hub->dirty, room, dirty_prev, dirty_next);
        room->dirty = false;
        if (room_is_empty(room)) {
            remove_room(hub, room);
            continue;
        }
        room->flushed_ms = now;
        room_flush(room);
    }
    return next;
}

static void
flush_due(void *arg)
{
    struct hub *hub = arg;
    int64_t next = flush_some(hub, false);

    if (next != INT64_MAX) {
        loop_timer_start(hub->due, next, 0);
    }
}

void
hub_flush_all(struct hub *hub)
{
    (void)flush_some(hub, true);
}

/* The timer does no more than to bring about the end of a turn. */
static void
on_due(void *arg)
{
    (void)arg;
}

/* ---- events ---- */

void
hub_on_subscribed(struct hub *hub, struct str group)
{
    struct room *room = find(hub, group);

    if (room != NULL) {
        sync_on_subscribed(room);
    }
}

void
hub_on_message(struct hub *hub, struct str group, struct str payload)
{
    struct room *room = find(hub, group);

    if (room != NULL) {
        sync_on_message(room, payload);
    }
}

void
hub_on_mark(struct hub *hub, int64_t mark)
{
    struct snapshot *s;

    HASH_FIND(hh, hub->snapshots, &mark, sizeof(mark), s);
    if (s != NULL) {
        HASH_DEL(hub->snapshots, s);
        s->mark = 0;
        sync_on_mark(s);
    }
}

void
hub_on_subscription_down(struct hub *hub)
{
    struct room *room, *next;

    HASH_ITER (hh, hub->rooms, room, next) {
        sync_on_unsubscribed(room);
    }
}

void
hub_on_commands(struct hub *hub)
{
    struct room *room, *next;

    HASH_ITER (hh, hub->rooms, room, next) {
        sync_on_commands(room);
    }
}

bool
hub_has_heard(const struct hub *hub, struct str group, int64_t ts)
{
    const struct room *room = find(hub, group);

    return room == NULL || room->members == NULL || room->sync.newest_ts >= ts;
}

void
hub_retry(struct hub *hub)
{
    struct room *room, *next;

    HASH_ITER (hh, hub->rooms, room, next) {
        sync_pump(room);
    }
}

/* ---- for sync.c ---- */

bool
hub_request(struct hub *hub, struct snapshot *snapshot, struct str group, int64_t window)
{
    snapshot->mark = ++hub->last_mark;
    cmd_snapshot(&hub->argv, hub->config, group, window, hub->daemon, snapshot->mark);
    if (!commands_send_script(hub->commands, &hub->argv, sync_on_snapshot, snapshot)) {
        return false;
    }
    HASH_ADD(hh, hub->snapshots, mark, sizeof(snapshot->mark), snapshot);
    return true;
}

void
hub_forget(struct hub *hub, struct snapshot *snapshot)
{
    if (snapshot->mark != 0) {
        HASH_DEL(hub->snapshots, snapshot);
        snapshot->mark = 0;
    }
}

const struct config *
hub_config(const struct hub *hub)
{
    return hub->config;
}

struct metrics *
hub_metrics(const struct hub *hub)
{
    return hub->metrics;
}

int64_t
hub_now_ms(const struct hub *hub)
{
    return loop_now_ms(hub->loop);
}

void
hub_note_garbage(struct hub *hub, struct str group, struct str entry, uint64_t hash)
{
    if (log_once_first(&hub->garbage, hash)) {
        log_warn("no-message group=%s bytes=%zu", log_quote(group).text, entry.len);
    }
}

/* ---- life ---- */

struct hub *
hub_create(struct loop *loop, const struct config *config, struct commands *commands,
           struct subscriber *subscriber, struct str daemon, struct metrics *metrics)
{
    struct hub *hub = mem_zalloc(sizeof(*hub));

    hub->loop = loop;
    hub->config = config;
    hub->commands = commands;
    hub->subscriber = subscriber;
    hub->daemon = daemon;
    hub->metrics = metrics;
    hub->due = loop_timer_create(loop, on_due, hub);
    argv_init(&hub->argv);
    loop_on_turn_end(loop, flush_due, hub);
    return hub;
}

void
hub_destroy(struct hub *hub)
{
    struct room *room, *next;

    if (hub == NULL) {
        return;
    }
    HASH_ITER (hh, hub->rooms, room, next) {
        remove_room(hub, room);
    }
    loop_timer_destroy(hub->due);
    argv_fini(&hub->argv);
    free(hub);
}
