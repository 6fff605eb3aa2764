/* deliver.c - a message goes to its room's log; from then on the members are known to have it. */
#include "push-daemon/sync/deliver.h"

#include "lib/garbage.h"
#include "lib/message.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/redis_clock.h"
#include "push-daemon/room/flusher.h"
#include "push-daemon/room/room.h"
#include "push-daemon/sync/snapshot.h"

void
deliver_message(struct deliver *d, struct snapshot *snapshot, struct str message, uint64_t hash,
                int64_t ts)
{
    struct room *room = d->room;
    size_t max_bytes = (size_t)d->env->config->push.room_log_bytes;
    uint64_t from;

    if (room_unflushed(room) + message.len > max_bytes / 2) {
        room_flush(room); /* else readers would fall off the log if much came at once */
    }
    from = framelog_end(&room->log);
    room_append(room, message, hash, max_bytes);
    d->env->metrics->messages_out++;
    known_add(&d->known, hash, ts, redis_clock_at_ms(d->env->redis_clock, env_now_ms(d->env)));
    if (snapshot != NULL) {
        snapshot_note(snapshot, hash, from, framelog_end(&room->log));
    }
    if (d->env->config->push.flush_interval_ms == 0) {
        room_flush(room); /* each message goes by itself */
    } else {
        flusher_add(d->flusher, room);
    }
}

void
deliver_raw(struct deliver *d, struct snapshot *snapshot, struct str raw, uint64_t hash)
{
    struct text message;
    int64_t ts;

    text_init(&message);
    if (message_recode(&message, d->room->group, raw, &ts)) {
        deliver_message(d, snapshot, text_str(&message), hash, ts);
    } else {
        garbage_note(d->garbage, d->room->group, raw, hash);
    }
    text_fini(&message);
}
