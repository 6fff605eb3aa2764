/* http_head.c - any bytes as the head of a request: byte by byte or at once, the same comes of it,
 * and what it gives lies within. */
#include "push-daemon/net/http_head.h"

#include "push-daemon/net/handshake.h"
#include "tests/fuzz/fuzz.h"

static char room[HTTP_HEAD_MAX], other_room[HTTP_HEAD_MAX];

static void
fuzz(struct str input)
{
    static const char *const names[] = {"Host", "Upgrade", "Connection", "X-Forwarded-For", "a"};
    struct http_head whole = {0}, head = {0};
    struct refusal of_whole = http_head_parse(&whole, input), refusal = {0, NULL};

    CHECK(whole.length <= input.len);
    for (size_t i = 0; i <= input.len && refusal.status == 0 && head.length == 0; i++) {
        refusal = http_head_parse(&head, str_make(input.p, i));
    }
    CHECK(refusal.status == of_whole.status && head.length == whole.length);
    if (refusal.status != 0 || head.length == 0) {
        return;
    }
    CHECK(str_equal(head.method, whole.method) && str_equal(head.target, whole.target));
    CHECK(str_equal(head.fields, whole.fields) && fuzz_within(head.fields, input));
    CHECK(fuzz_within(head.target, input) || str_is(head.target, "/"));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        CHECK(str_equal(http_head_get(&head, names[i], room),
                        http_head_get(&whole, names[i], other_room)));
    }
    refusal = handshake_check(&head, room);
    CHECK(refusal.status == 0 || refusal.status == 400 || refusal.status == 426);
}
