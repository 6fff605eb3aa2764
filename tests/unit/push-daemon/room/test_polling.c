/* test_polling.c - when the list of a group is read whose slot is on the move. */
#include "push-daemon/room/polling.h"

#include "tests/unit/unit.h"

/* Redis is asked at 1000, and answers after so long; -1: never. When is the next reading due? A
 * second after the answer at the latest. */
static const struct {
    int64_t took_ms, due_ms;
} answers[] = {
    {0, 1250}, {1, 1250}, {125, 1250}, {126, 1252}, {1000, 3000}, {5000, 7000}, {-1, 1250},
};

static void
the_next_reading_leaves_redis_half_of_the_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct polling p = polling_of((struct marks *)&p);

        assert_true(polling_is_on(&p));
        assert_true(polling_is_due(&p, 0)); /* it begins at once */
        polling_asked(&p, 1000);
        if (answers[i].took_ms >= 0) {
            polling_answered(&p, 1000 + answers[i].took_ms);
        }
        assert_false(polling_is_due(&p, answers[i].due_ms - 1));
        assert_true(polling_is_due(&p, answers[i].due_ms));
    }
}

static void
it_ends(void **state)
{
    struct polling p = polling_of((struct marks *)&p);

    (void)state;
    p = polling_of(NULL);
    assert_false(polling_is_on(&p));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_reading_leaves_redis_half_of_the_time),
        cmocka_unit_test(it_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
