/* a_room.h - a room that has no Redis; and what its log would send, frame by frame. */
#ifndef TESTS_FUZZ_A_ROOM_H
#define TESTS_FUZZ_A_ROOM_H

#include "lib/config/settings.h"
#include "lib/garbage.h"
#include "lib/json.h"
#include "lib/utf8.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/redis_clock.h"
#include "push-daemon/room/flusher.h"
#include "push-daemon/room/room.h"
#include "push-daemon/sync/snapshot.h"
#include "push-daemon/sync/sync.h"
#include "tests/fuzz/fuzz.h"

struct a_room {
    struct room room;
    struct sync sync;
    struct garbage garbage;
};

static inline const struct env *
a_room_env(void)
{
    static struct config config;
    static struct metrics metrics;
    static struct redis_clock clock;
    static struct env env;

    if (env.loop == NULL) {
        settings_set_defaults(&config);
        config.push.room_log_bytes = 1 << 30;
        config.push.flush_interval_ms = 0; /* or it would wait for a loop that does not turn */
        redis_clock_init(&clock, &metrics);
        env = (struct env){
            .loop = loop_create(), .config = &config, .metrics = &metrics, .redis_clock = &clock};
    }
    return &env;
}

static inline void
a_room_on_leave(void *ctx)
{
    (void)ctx;
}

/* A room that is in step with its list, and keeps all that comes. */
static inline void
a_room_open(struct a_room *r, struct str group)
{
    memset(r, 0, sizeof(*r));
    room_init(&r->room, a_room_env(), group, a_room_on_leave, NULL);
    room_keep_from(&r->room, 0);
    r->sync.deliver =
        (struct deliver){.env = a_room_env(), .room = &r->room, .garbage = &r->garbage};
    r->sync.synced = true;
}

static inline void
a_room_close(struct a_room *r)
{
    sync_fini(&r->sync);
    room_fini(&r->room);
}

/* Takes the next text frame off sent: one of a server, whole, in the shortest form (RFC 6455,
 * 5.2). */
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
