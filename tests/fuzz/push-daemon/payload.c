/* payload.c - any bytes as what others publish to a group: its clients get messages, each in a
 * frame.
 *
 * Up to the first line end the input is the group; each 0xFF ends a payload. */
#include "lib/ids.h"
#include "lib/message.h"
#include "tests/fuzz/push-daemon/a_room.h"

static void
fuzz(struct str input)
{
    struct str group = fuzz_part(&input, '\n'), rest = input, sent;
    struct framelog *log;
    struct a_room room;
    struct text message;

    if (!id_valid(group)) {
        return;
    }
    a_room_open(&room, group);
    log = &room.room.log;
    while (rest.len > 0) {
        sync_on_message(&room.sync, fuzz_part(&rest, '\xff'));
    }
    sent = framelog_span(log, framelog_base(log), SIZE_MAX);
    CHECK(framelog_base(log) == 0);
    text_init(&message);
    for (rest = input; rest.len > 0;) {
        struct str payload = fuzz_part(&rest, '\xff');

        text_clear(&message);
        if (message_recode(&message, group, payload, NULL)) {
            struct str got = take_frame(&sent);

            CHECK(str_equal(got, text_str(&message)) && utf8_valid(got));
            CHECK(json_is_valid(message.bytes));
        }
    }
    CHECK(sent.len == 0);
    text_fini(&message);
    a_room_close(&room);
}
