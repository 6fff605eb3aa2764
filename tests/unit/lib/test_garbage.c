/* test_garbage.c - an entry that is no message is logged once, and never its bytes. */
#include "lib/garbage.h"

#include <stdio.h>

#include "lib/hash.h"
#include "tests/unit/capture.h"

static void
note(struct garbage *g, const char *group, const char *entry)
{
    garbage_note(g, str_of(group), str_of(entry), hash_bytes(str_of(entry)));
}

static void
entry_is_logged_once_by_group_and_length(void **state)
{
    struct garbage g = {0};
    struct capture c = capture_begin();

    (void)state;
    note(&g, "1", "secret");
    note(&g, "1", "secret");
    note(&g, "a\nb", "");
    assert_string_equal(capture_end(c), "warn no-message group=\"1\" bytes=6\n"
                                        "warn no-message group=\"a\\x0ab\" bytes=0\n");
}

static void
memory_is_bounded_and_the_oldest_is_forgotten_first(void **state)
{
    struct garbage g = {0};
    struct capture c;
    char entry[16];

    (void)state;
    c = capture_begin();
    for (int i = 0; i <= LOG_ONCE_SIZE; i++) {
        snprintf(entry, sizeof(entry), "%d", i);
        note(&g, "1", entry);
    }
    (void)capture_end(c);
    c = capture_begin();
    note(&g, "1", "1");
    assert_string_equal(capture_end(c), "");
    c = capture_begin();
    note(&g, "1", "0");
    assert_string_equal(capture_end(c), "warn no-message group=\"1\" bytes=1\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entry_is_logged_once_by_group_and_length),
        cmocka_unit_test(memory_is_bounded_and_the_oldest_is_forgotten_first),
    };

    return cmocka_run_group_tests_name("garbage", tests, NULL, NULL);
}
