/* deliver.c - a message goes to its room's log; from then on the members are known to have it. */
#include "push-daemon/sync/deliver.h"

#include "lib/encoding/codec.h"
#include "lib/garbage.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/redis_clock.h"
#include "push-daemon/frames/form.h"
#include "push-daemon/room/flusher.h"
#include "push-daemon/room/room.h"
#include "push-daemon/sync/snapshot.h"

void
deliver_message(struct deliver *d, struct snapshot *snapshot, struct str message, uint64_t hash,
                int64_t ts)
{
    const struct framelog *log = &d->room->log;
    uint64_t from = framelog_end(log);
    struct text frame;

    text_init(&frame);
    form_v1.add(&frame, message, NULL);
    flusher_append(d->flusher, d->room, text_str(&frame), hash);
    text_fini(&frame);
    d->env->metrics->messages_out++;
    known_add(&d->known, hash, ts, redis_clock_at_ms(d->env->redis_clock, env_now_ms(d->env)));
    if (snapshot != NULL) {
        snapshot_note(snapshot, hash, from, framelog_end(log));
    }
}

void
deliver_raw(struct deliver *d, struct snapshot *snapshot, struct str raw, uint64_t hash)
{
    enum config_encoding encoding = (enum config_encoding)d->env->config->redis.encoding;
    struct text message;
    int64_t ts;

    text_init(&message);
    if (codec_recode(encoding, &message, d->room->group, raw, &ts)) {
        if (codec_hurts_java(encoding, raw)) {
            garbage_note_unwrapped(d->garbage, d->room->group, raw, hash);
        }
        deliver_message(d, snapshot, text_str(&message), hash, ts);
    } else {
        garbage_note(d->garbage, d->room->group, raw, hash);
    }
    text_fini(&message);
}
