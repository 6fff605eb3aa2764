/* test_holdback.c - messages that came before a room was in step. */
#include "push-daemon/room/holdback.h"

#include <stdio.h>

#include "tests/unit/unit.h"

/* The held messages, each behind a < if it came before the mark, else a >. */
static const char *
all_of(const struct holdback *held)
{
    static char all[64];
    size_t at = 0;

    all[0] = '\0';
    for (const struct held_message *h = held->head; h != NULL; h = h->next) {
        at += (size_t)snprintf(all + at, sizeof(all) - at, "%c%.*s", h->after_mark ? '>' : '<',
                               (int)h->length, h->bytes);
    }
    return all;
}

static void
messages_are_kept_in_their_order(void **state)
{
    struct holdback held = {0};
    char bytes[] = "one";

    (void)state;
    holdback_add(&held, str_of(bytes), false);
    memset(bytes, 'x', 3); /* it is a copy */
    holdback_add(&held, str_make(NULL, 0), false);
    holdback_add(&held, BYTES("two"), true);
    assert_string_equal(all_of(&held), "<one<>two");
    assert_int_equal(held.bytes, 6);
    holdback_rewind(&held);
    assert_string_equal(all_of(&held), "<one<<two");
    assert_int_equal(held.bytes, 6);
    holdback_clear(&held);
    assert_null(held.head);
    assert_int_equal(held.bytes, 0);
    holdback_clear(&held);
    holdback_rewind(&held);
    holdback_add(&held, BYTES("three"), false);
    assert_int_equal(held.bytes, 5);
    holdback_clear(&held);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_kept_in_their_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
