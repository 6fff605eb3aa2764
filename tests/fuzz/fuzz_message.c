/* fuzz_message.c - what Redis has of a message: in our form it is one again, and the same. */
#include "lib/json.h"
#include "lib/message.h"
#include "lib/text.h"
#include "lib/utf8.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str stored = str_make((const char *)data, size), group = str_of("g\"1");
    struct text once, twice;
    int64_t ts, same;

    text_init(&once);
    text_init(&twice);
    if (message_recode(&once, group, stored, &ts)) {
        CHECK(ts >= 0 && ts <= INT64_C(1) << 53);
        CHECK(utf8_valid(text_str(&once)));
        CHECK(message_recode(&twice, group, text_str(&once), &same));
        CHECK(same == ts && str_equal(text_str(&once), text_str(&twice)));
        text_add(&once, "", 1);
        CHECK(json_is_valid(once.bytes));
    } else {
        CHECK(once.len == 0);
    }
    text_fini(&once);
    text_fini(&twice);
    return 0;
}
