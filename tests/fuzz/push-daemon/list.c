/* list.c - any bytes as Redis' answer to "how does the group's list stand": a first frame, or
 * none; and what members missed. */
#include "push-daemon/sync/catchup.h"

#include "tests/fuzz/push-daemon/a_room.h"
#include "tests/fuzz/replies.h"

static void
check_first_frame(struct a_room *room, const struct snapshot *s)
{
    struct text frame, few;
    size_t found, first;

    text_init(&frame);
    text_init(&few);
    found = snapshot_first_frame(s, ENCODING_PLAIN, room->room.group, SIZE_MAX, &room->garbage,
                                 &frame, &first);
    CHECK(found <= s->entry_count && first == 0);
    CHECK(snapshot_first_frame(s, ENCODING_PLAIN, room->room.group, 1, &room->garbage, &few,
                               &first) == (found > 0));
    CHECK(first <= s->entry_count);
    CHECK(few.len <= frame.len);
    CHECK(utf8_valid(text_str(&frame)) && json_is_valid(frame.bytes));
    CHECK(strncmp(frame.bytes, "{\"list\":[", 9) == 0);
    text_fini(&frame);
    text_fini(&few);
}

/* Members catch up with it as far as it goes. What comes is new to them, and a message of the
 * list. */
static void
check_catch_up(struct a_room *room, struct snapshot *s, int64_t deaf_ms)
{
    struct holdback held = {0};
    size_t before = room->sync.deliver.known.seen.count, missed;
    uint64_t from = framelog_end(&room->room.log);
    struct str sent;

    s->window = CATCHUP_WINDOW_MAX; /* nothing wider can be had */
    CHECK(catchup_run(&room->sync.deliver, s, &held, deaf_ms) == SNAPSHOT_DONE);
    missed = room->sync.deliver.known.seen.count - before;
    CHECK(missed <= s->entry_count);
    sent = framelog_span(&room->room.log, from, SIZE_MAX);
    for (; missed > 0; missed--) {
        take_frame(&sent);
    }
    CHECK(sent.len == 0);
}

static void
fuzz(struct str input)
{
    struct a_room room;
    struct resp *r;
    struct reply *reply;

    if (input.len == 0 || !replies_are_affordable(input)) {
        return;
    }
    a_room_open(&room, str_of("g"));
    r = replies_open(input);
    while ((reply = replies_next(r)) != NULL) {
        struct snapshot *s = snapshot_create(&room.sync, 50, 1 << 20);

        if (snapshot_read(s, reply)) {
            check_first_frame(&room, s);
            check_catch_up(&room, s, input.len % 2 == 0 ? 0 : INT64_MAX);
        }
        snapshot_destroy(s);
        reply_free(reply);
    }
    resp_close(r);
    a_room_close(&room);
}
