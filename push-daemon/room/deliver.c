/* deliver.c - a message goes to its room's log, and is remembered as seen. */
#include "push-daemon/room/deliver.h"

#include "lib/mem.h"
#include "lib/message.h"
#include "push-daemon/room/hub.h"
#include "push-daemon/core/metrics.h"
#include "push-daemon/room/room.h"
#include "push-daemon/room/snapshot.h"

void
deliver_message(struct room *room, struct snapshot *snapshot, struct str message, uint64_t hash,
                int64_t ts)
{
    struct sync *sync = &room->sync;
    size_t most = (size_t)hub_config(room->hub)->push.room_log_bytes;
    uint64_t from;

    if (room_unflushed(room) + message.len > most / 2) {
        room_flush(room); /* nobody who reads may fall off the log because much came at once */
    }
    from = framelog_end(&room->log);
    room_append(room, message, hash, hub_now_ms(room->hub), most);
    hub_metrics(room->hub)->messages_out++;
    dedup_add(&sync->seen, hash);
    sync->newest_ts = ts > sync->newest_ts ? ts : sync->newest_ts;
    if (snapshot != NULL) {
        snapshot_note(snapshot, hash, from, framelog_end(&room->log));
    }
    if (hub_config(room->hub)->push.flush_interval_ms == 0) {
        room_flush(room); /* each by itself */
    } else {
        hub_touch(room);
    }
}

void
deliver_raw(struct room *room, struct snapshot *snapshot, struct str raw, uint64_t hash)
{
    struct text message;
    int64_t ts;

    text_init(&message);
    if (message_recode(&message, room_group(room), raw, &ts)) {
        deliver_message(room, snapshot, text_str(&message), hash, ts);
    } else {
        hub_note_garbage(room->hub, room_group(room), raw, hash);
    }
    text_fini(&message);
}
