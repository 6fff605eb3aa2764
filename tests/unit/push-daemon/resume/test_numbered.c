/* test_numbered.c - a message as clients of fastim.v2 get it, and what it does to their
 * position. */
#include "push-daemon/resume/numbered.h"

#include <inttypes.h>
#include <stdio.h>

#include "tests/unit/unit.h"

#define DAY INT64_C(86400000)

static void
a_late_message_carries_the_position_and_leaves_it(void **state)
{
    static const struct {
        int64_t ts, at, redis_ms;
        bool late;
    } rows[] = {
        {101, 100, 100, false},
        {100, 100, 100, true},
        {99, 100, 100, true},
        {0, 100, 100, true},
        {0, 0, 100, true},
        {1, 0, 100, false},
        {100 + DAY - 1, 100, 100, false}, /* by another writer, whose clock is ahead */
        {100 + DAY, 100, 100, true},
        {INT64_C(1) << 53, 100, 100, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t at = rows[i].at;
        char message[80], wanted[120], place[40] = "";
        struct text out;

        snprintf(message, sizeof(message), "{\"info\":\"x\",\"ts\":%" PRId64 "}", rows[i].ts);
        snprintf(place, sizeof(place), ",\"at\":%" PRId64, rows[i].at);
        snprintf(wanted, sizeof(wanted),
                 "before{\"type\":\"message\",\"info\":\"x\",\"ts\":%" PRId64 "%s}", rows[i].ts,
                 rows[i].late ? place : "");
        text_init(&out);
        text_add_str(&out, "before");
        assert_int_equal(numbered_add(&out, str_of(message), rows[i].ts, &at, rows[i].redis_ms),
                         !rows[i].late);
        assert_bytes(text_str(&out), str_of(wanted));
        assert_int_equal(at, rows[i].late ? rows[i].at : rows[i].ts);
        text_fini(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_late_message_carries_the_position_and_leaves_it),
    };

    return cmocka_run_group_tests_name("numbered", tests, NULL, NULL);
}
