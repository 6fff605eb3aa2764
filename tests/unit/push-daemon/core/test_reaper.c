/* test_reaper.c - memory that is freed at the end of the loop's turn, and not before. */
#include "push-daemon/core/reaper.h"

#include <string.h>

#include "lib/mem.h"
#include "tests/unit/unit.h"

/* That all is freed, and once, is what AddressSanitizer and valgrind tell. */
static void
reaper_frees_at_the_end_of_the_turn(void **state)
{
    struct reaper r = {0};
    char *memory[100];

    (void)state;
    reaper_run(&r);
    for (int turn = 0; turn < 3; turn++) {
        for (int i = 0; i < 100; i++) {
            memory[i] = mem_alloc(50);
            memset(memory[i], 'x', 50);
            reaper_add(&r, memory[i]);
        }
        for (int i = 0; i < 100; i++) {
            assert_int_equal(memory[i][49], 'x');
            assert_ptr_equal(r.dead[i], memory[i]);
        }
        assert_int_equal(r.count, 100);
        assert_in_range(r.capacity, 100, 200);
        reaper_run(&r);
        assert_int_equal(r.count, 0);
        assert_int_equal(r.capacity, 0);
        assert_null(r.dead);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reaper_frees_at_the_end_of_the_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
