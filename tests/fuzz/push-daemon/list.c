/* list.c - any bytes as Redis' answer to "how does the group's list stand": a first frame, or none.
 */
#include "push-daemon/room/snapshot.h"

#include "tests/fuzz/push-daemon/a_room.h"
#include "tests/fuzz/replies.h"

static void
check_first_frame(struct room *room, const struct reply *reply)
{
    struct snapshot *s = snapshot_create(room, 50);
    struct text frame, few;
    size_t found;

    text_init(&frame);
    text_init(&few);
    if (snapshot_read(s, reply)) {
        found = snapshot_first_frame(s, SIZE_MAX, &frame);
        CHECK(found <= s->entry_count);
        CHECK(snapshot_first_frame(s, 1, &few) == (found > 0));
        CHECK(few.len <= frame.len);
        CHECK(utf8_valid(text_str(&frame)) && json_is_valid(frame.bytes));
        CHECK(strncmp(frame.bytes, "{\"list\":[", 9) == 0);
    }
    snapshot_destroy(s);
    text_fini(&frame);
    text_fini(&few);
}

static void
fuzz(struct str input)
{
    struct room *room;
    struct resp *r;
    struct reply *reply;

    if (input.len == 0 || !replies_are_affordable(input)) {
        return;
    }
    room = a_room(str_of("g"));
    r = replies_open(input);
    while ((reply = replies_next(r)) != NULL) {
        struct snapshot *s = snapshot_create(room, 50);

        check_first_frame(room, reply);
        s->marked = true;
        snapshot_destroy(room->sync.snapshot);
        room->sync.snapshot = s;
        room->sync.synced = false;
        sync_on_snapshot(s, reply); /* owns it now, whatever comes */
        reply_free(reply);
    }
    resp_close(r);
    snapshot_destroy(room->sync.snapshot);
    room_destroy(room);
}
