/* flusher.c - when a room is flushed. */
#include "push-daemon/room/flusher.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "push-daemon/core/cpu_load.h"
#include "push-daemon/core/env.h"
#include "push-daemon/room/room.h"

enum {
    FLUSH_BYTES = 65536 /* a room that grew by so much does not wait */
};

struct flusher {
    const struct env *env;
    struct room *dirty;     /* rooms to flush */
    struct loop_timer *due; /* fires when the first waiting room may be flushed */
    struct cpu_load load;   /* is the process CPU-bound? then batching pays */
};

void
flusher_add(struct flusher *f, struct room *room)
{
    if (!room->dirty) {
        room->dirty = true;
        DL_APPEND2(f->dirty, room, dirty_prev, dirty_next);
    }
}

void
flusher_remove(struct flusher *f, struct room *room)
{
    if (room->dirty) {
        room->dirty = false;
        DL_DELETE2(f->dirty, room, dirty_prev, dirty_next);
    }
}

void
flusher_append(struct flusher *f, struct room *room, struct str frame, uint64_t hash)
{
    const struct config *config = room->env->config;
    size_t max_bytes = (size_t)config->push.room_log_bytes;

    if (room_unflushed(room) + frame.len > max_bytes / 2) {
        room_flush(room); /* else readers would fall off the log if much came at once */
    }
    room_append(room, frame, hash, max_bytes);
    if (config->push.flush_interval_ms == 0) {
        room_flush(room); /* each frame goes by itself */
    } else {
        flusher_add(f, room);
    }
}

/* Returns the ms until the room may be flushed; 0 or less: now. */
static int64_t
flusher_wait_ms(const struct flusher *f, const struct room *room, int64_t now)
{
    if (!f->load.busy || room_unflushed(room) >= FLUSH_BYTES || room->members == NULL) {
        return 0;
    }
    return room->flushed_ms + f->env->config->push.flush_interval_ms - now;
}

/* Flushes the rooms that are due, or all. Returns the ms until the next one is due. */
static int64_t
flusher_flush(struct flusher *f, bool all)
{
    int64_t now = env_now_ms(f->env), next = INT64_MAX;
    struct room *room, *following;

    if (cpu_load_is_due(&f->load, now)) {
        cpu_load_measure(&f->load, now, clock_cpu_us());
    }
    DL_FOREACH_SAFE2(f->dirty, room, following, dirty_next)
    {
        int64_t wait = all ? 0 : flusher_wait_ms(f, room, now);

        if (wait > 0) {
            next = wait < next ? wait : next;
            continue;
        }
        flusher_remove(f, room);
        room->flushed_ms = now;
        room_flush(room);
    }
    return next;
}

void
flusher_run(struct flusher *f)
{
    int64_t next = flusher_flush(f, false);

    if (next != INT64_MAX) {
        loop_timer_start(f->due, next, 0);
    }
}

void
flusher_run_all(struct flusher *f)
{
    (void)flusher_flush(f, true);
}

/* The timer only makes the loop turn; at the end of that turn flusher_run() does the rest. */
static void
flusher_on_due(void *arg)
{
    (void)arg;
}

struct flusher *
flusher_create(const struct env *env)
{
    struct flusher *f = mem_zalloc(sizeof(*f));

    f->env = env;
    f->due = loop_timer_create(env->loop, flusher_on_due, f);
    return f;
}

void
flusher_destroy(struct flusher *f)
{
    if (f != NULL) {
        loop_timer_destroy(f->due);
        free(f);
    }
}
