/* sync.c - how a room's log is kept in step with the group's list in Redis. */
#include "push-daemon/sync/sync.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/hash.h"
#include "lib/log.h"
#include "lib/redis/commands.h"
#include "lib/redis/resp.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/redis_clock.h"
#include "push-daemon/sync/catchup.h"
#include "push-daemon/sync/join.h"
#include "push-daemon/room/room.h"
#include "push-daemon/sync/snapshot.h"
#include "push-daemon/room/marks.h"

enum {
    WINDOW_GROWTH = 8
};

static bool
sync_is_of_cluster(const struct sync *sync)
{
    return config_is_cluster(&sync->deliver.env->config->redis);
}

/* ---- the snapshot under way ---- */

static void
sync_abandon(struct sync *sync)
{
    struct snapshot *s = sync->snapshot;

    if (s != NULL) {
        sync->snapshot = NULL;
        room_keep_from(sync->deliver.room, ROOM_KEEP_NOTHING);
        marks_abandon(&s->request);
    }
}

/* The snapshot under way, if its mark has come. */
static struct snapshot *
sync_marked(const struct sync *sync)
{
    return sync->snapshot != NULL && sync->snapshot->marked ? sync->snapshot : NULL;
}

/* ---- messages ---- */

static void
sync_hold(struct sync *sync, struct str payload)
{
    size_t max_bytes = (size_t)sync->deliver.env->config->push.room_log_bytes;

    if (sync->held.bytes + payload.len <= max_bytes) {
        holdback_add(&sync->held, payload, sync_marked(sync) != NULL);
        return;
    }
    /* The list has all of it, and so will a snapshot that is asked for now. */
    holdback_clear(&sync->held);
    sync_abandon(sync);
    sync_pump(sync);
}

void
sync_on_message(struct sync *sync, struct str payload)
{
    struct deliver *d = &sync->deliver;
    struct snapshot *marked = sync_marked(sync);
    uint64_t hash = hash_bytes(payload);

    if (polling_is_on(&sync->polling)) {
        return; /* the list has it */
    }
    if (!sync->synced) {
        if (marked != NULL || d->room->members != NULL) { /* else the snapshot to come has it */
            sync_hold(sync, payload);
        }
    } else if (!known_take_late(&d->known, hash, env_now_ms(d->env))) {
        deliver_raw(d, marked, payload, hash);
    }
}

/* ---- a snapshot comes ---- */

/* The next snapshot is to have more entries than this one. */
static void
sync_widen(struct sync *sync, const struct snapshot *s, int64_t max)
{
    int64_t wider = s->window * WINDOW_GROWTH;

    sync->window = wider < max ? wider : max;
}

/* Brings the log in step with the list if it is not. False: that takes another snapshot. */
static bool
sync_follow(struct sync *sync, struct snapshot *s)
{
    struct deliver *d = &sync->deliver;

    if (sync->synced) {
        return true;
    }
    if (d->room->members == NULL) {
        catchup_begin(d, s, &sync->held);
    } else if (catchup_run(d, s, &sync->held, sync->deaf_ms) == SNAPSHOT_WIDEN) {
        sync_widen(sync, s, CATCHUP_WINDOW_MAX);
        return false;
    }
    sync->synced = !polling_is_on(&sync->polling);
    sync->deaf_ms = sync_is_of_cluster(sync) ? INT64_MAX : 0;
    return true;
}

/* The mark has come, and the answer. */
static void
sync_use(struct sync *sync, struct snapshot *s)
{
    struct room *room = sync->deliver.room;
    bool fresh = !sync->synced && room->members == NULL;
    struct join join = {0};

    sync->snapshot = NULL;
    sync->window = 0;
    polling_answered(&sync->polling, env_now_ms(sync->deliver.env));
    if (room->waiting != NULL) {
        join_prepare(&join, &sync->deliver, s, fresh);
    }
    if (sync_follow(sync, s) && room->waiting != NULL &&
        join_admit(&join, &sync->deliver, s) == SNAPSHOT_WIDEN) {
        sync_widen(sync, s, JOIN_WINDOW_MAX);
    }
    join_fini(&join);
    snapshot_destroy(s);
    room_keep_from(room, ROOM_KEEP_NOTHING);
    sync_pump(sync);
}

static void
sync_on_mark(struct marked *m)
{
    struct snapshot *s = (struct snapshot *)m;
    struct sync *sync = m->owner;
    struct deliver *d = &sync->deliver;

    s->marked = true;
    s->mark_offset = framelog_end(&d->room->log);
    s->seen_before = d->known.seen.count;
    room_keep_from(d->room, s->mark_offset);
    if (m->answered) {
        sync_use(sync, s);
    }
}

/* The key holds no list, so nobody can be let in. */
static void
sync_on_unreadable(struct sync *sync, const struct reply *reply)
{
    struct room *room = sync->deliver.room;
    bool is_polled = polling_is_on(&sync->polling);
    struct held_message *h;

    if (!is_polled || room->waiting != NULL) { /* else it is read again and again */
        log_warn("list-unreadable group=%s answer=%s", log_quote(room->group).text,
                 log_quote(reply_complaint(reply)).text);
    }
    room_close_waiting(room, CLOSE_LIST_UNREADABLE);
    sync->synced = !is_polled; /* messages that are published can still be passed on */
    DL_FOREACH (sync->held.head, h) {
        struct str payload = str_make(h->bytes, h->length);

        deliver_raw(&sync->deliver, NULL, payload, hash_bytes(payload));
    }
    holdback_clear(&sync->held);
}

static bool
sync_is_wrong_type(const struct reply *reply)
{
    struct str text = reply_text(reply);

    return reply_type(reply) == REPLY_ERROR &&
           memmem(text.p, text.len, "WRONGTYPE", strlen("WRONGTYPE")) != NULL;
}

static void
sync_on_answer(struct marked *m, const struct reply *reply)
{
    struct snapshot *s = (struct snapshot *)m;
    struct sync *sync = m->owner;

    if (sync_is_wrong_type(reply)) {
        sync_abandon(sync);
        sync_on_unreadable(sync, reply);
    } else if (!snapshot_read(s, reply)) {
        sync_abandon(sync); /* lost, or Redis is in trouble: hub_retry() asks again */
    } else if (s->marked) {
        sync_use(sync, s);
    }
}

/* ---- asking ---- */

/* How many entries the next snapshot is to bring. */
static int64_t
sync_window(const struct sync *sync)
{
    bool few = sync_is_of_cluster(sync) && sync->window == 0;
    int64_t window = sync->deliver.env->config->message.list_num;
    int64_t needed = 0;

    if (!sync->synced) {
        needed = sync->deliver.room->members != NULL ? catchup_window(&sync->deliver.known, few)
                                                     : CATCHUP_WINDOW_MIN;
    }
    window = window > needed ? window : needed;
    return window > sync->window ? window : sync->window;
}

static bool
sync_request(const struct sync *sync, struct snapshot *s, struct marks *marks)
{
    struct argv argv;
    bool sent;

    argv_init(&argv);
    cmd_snapshot(&argv, sync->deliver.env->config, sync->deliver.room->group, s->window,
                 s->most_bytes, marks_daemon_id(marks), marks_next(marks));
    sent = marks_request(marks, &s->request, &argv);
    argv_fini(&argv);
    return sent;
}

/* The members have missed something, and it is time to ask for it. */
static bool
sync_is_behind(const struct sync *sync)
{
    bool is_behind = !sync->synced && sync->deliver.room->members != NULL;

    if (!polling_is_on(&sync->polling) || sync->window > 0) {
        return is_behind;
    }
    return is_behind && polling_is_due(&sync->polling, env_now_ms(sync->deliver.env));
}

void
sync_pump(struct sync *sync)
{
    bool is_polled = polling_is_on(&sync->polling);
    struct marks *marks = is_polled ? sync->polling.marks : sync->marks;
    struct room *room = sync->deliver.room;
    struct snapshot *s;

    if (sync->snapshot != NULL || marks == NULL ||
        (room->waiting == NULL && !sync_is_behind(sync))) {
        return;
    }
    s = snapshot_create(sync, sync_window(sync),
                        !sync->synced && room->members != NULL ? CATCHUP_BYTES_MAX
                                                               : JOIN_BYTES_MAX);
    s->is_poll = is_polled;
    s->request.on_mark = sync_on_mark;
    s->request.on_answer = sync_on_answer;
    if (!sync_request(sync, s, marks)) {
        snapshot_destroy(s);
        return;
    }
    polling_asked(&sync->polling, env_now_ms(sync->deliver.env));
    sync->snapshot = s;
    holdback_rewind(&sync->held);
}

void
sync_on_subscribed(struct sync *sync, struct marks *marks)
{
    sync->marks = marks;
    sync_pump(sync);
}

/* The log does not follow the list any more. If it has only passed on what was published, as the
 * list could not be read, members may have missed something before. */
static void
sync_lose_step(struct sync *sync)
{
    const struct env *env = sync->deliver.env;

    if (sync->synced && sync->deaf_ms == INT64_MAX) {
        sync->deaf_ms = redis_clock_at_ms(env->redis_clock, env_now_ms(env));
    }
    sync->synced = false;
    holdback_clear(&sync->held); /* the list has it */
}

void
sync_on_unsubscribed(struct sync *sync)
{
    if (!polling_is_on(&sync->polling)) {
        sync_abandon(sync);
    }
    sync->marks = NULL;
    sync_lose_step(sync);
}

void
sync_poll(struct sync *sync, struct marks *polls)
{
    sync_abandon(sync);
    sync->polling = polling_of(polls);
    sync->window = 0;
    sync_lose_step(sync);
    sync_pump(sync);
}

void
sync_on_commands(struct sync *sync)
{
    if (sync->snapshot != NULL && sync->snapshot->request.answered) {
        sync_abandon(sync);
    }
    sync_pump(sync);
}

void
sync_fini(struct sync *sync)
{
    sync_abandon(sync);
    holdback_clear(&sync->held);
    known_fini(&sync->deliver.known);
}
