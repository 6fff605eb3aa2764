/* message.c - any bytes as an entry of a group's list: a message in our form, or none at all.
 *
 * Up to the first line end the input is the group. */
#include "lib/message.h"

#include "lib/ids.h"
#include "lib/json.h"
#include "lib/utf8.h"
#include "tests/fuzz/fuzz.h"

static void
fuzz(struct str input)
{
    struct str group = fuzz_part(&input, '\n');
    struct text once, twice, blank;
    int64_t ts = -1, ts_twice = -1, ts_blank = -1;
    bool ok;

    if (!id_valid(group)) {
        return;
    }
    text_init(&once);
    text_init(&twice);
    text_init(&blank);
    text_add_str(&once, "before");
    ok = message_recode(&once, group, input, &ts);
    CHECK(strncmp(once.bytes, "before", 6) == 0 && (ok || once.len == 6));

    /* A blank before it takes the slow way, which must agree with the fast one. */
    text_add_str(&blank, " ");
    text_add(&blank, input.p, input.len);
    text_add_str(&twice, "before");
    CHECK(message_recode(&twice, group, text_str(&blank), &ts_blank) == ok);
    CHECK(str_equal(text_str(&once), text_str(&twice)));
    if (ok) {
        struct str ours = str_make(once.bytes + 6, once.len - 6);

        CHECK(ts >= 0 && ts <= MESSAGE_TS_MAX && ts == ts_blank);
        CHECK(utf8_valid(ours) && json_is_valid(ours.p));
        CHECK(memchr(ours.p, '\n', ours.len) == NULL && strlen(ours.p) == ours.len);
        text_clear(&twice);
        CHECK(message_recode(&twice, group, ours, &ts_twice));
        CHECK(ts_twice == ts && str_equal(text_str(&twice), ours));
    }
    text_fini(&once);
    text_fini(&twice);
    text_fini(&blank);
}
