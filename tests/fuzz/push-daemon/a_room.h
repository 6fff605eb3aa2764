/* a_room.h - a room of a hub that has no Redis; and what its log would send, frame by frame. */
#ifndef TESTS_FUZZ_A_ROOM_H
#define TESTS_FUZZ_A_ROOM_H

#include "lib/json.h"
#include "lib/config/settings.h"
#include "lib/utf8.h"
#include "push-daemon/room/hub.h"
#include "push-daemon/core/loop.h"
#include "push-daemon/core/metrics.h"
#include "push-daemon/room/room.h"
#include "push-daemon/room/snapshot.h"
#include "tests/fuzz/fuzz.h"

static inline struct hub *
a_hub(void)
{
    static struct hub *hub;
    static struct config config;
    static struct metrics metrics;

    if (hub == NULL) {
        settings_set_defaults(&config);
        config.push.flush_interval_ms = 0; /* or it would wait for a loop that does not turn */
        hub = hub_create(loop_create(), &config, NULL, NULL, str_of("fuzz"), &metrics);
    }
    return hub;
}

/* A room that is in step with its list, and keeps all that comes, as a snapshot is under way. */
static inline struct room *
a_room(struct str group)
{
    struct room *room = room_create(a_hub(), group);

    room->sync.synced = true;
    room->sync.snapshot = snapshot_create(room, 50);
    room->sync.snapshot->marked = true;
    return room;
}

/* Takes the next text frame off sent: one of a server, whole, in the shortest form (RFC 6455, 5.2).
 */
static inline struct str
take_frame(struct str *sent)
{
    const unsigned char *p = (const unsigned char *)sent->p;
    size_t head = 2, length;
    struct str payload;

    CHECK(sent->len >= 2 && p[0] == 0x81 && p[1] < 0x80);
    length = p[1];
    if (length >= 126) {
        size_t bytes = length == 126 ? 2 : 8;

        CHECK(sent->len >= 2 + bytes);
        length = 0;
        for (size_t i = 0; i < bytes; i++) {
            length = length << 8 | p[2 + i];
        }
        head += bytes;
        CHECK(length >= (bytes == 2 ? 126 : 65536));
    }
    CHECK(sent->len - head >= length);
    payload = str_make(sent->p + head, length);
    *sent = str_make(payload.p + length, sent->len - head - length);
    return payload;
}

#endif
