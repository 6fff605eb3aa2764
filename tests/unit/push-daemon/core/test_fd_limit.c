/* test_fd_limit.c - how many connections this process can hold. */
#include "push-daemon/core/fd_limit.h"

#include <sys/resource.h>

#include "tests/unit/unit.h"

/* The hard limit can only go down, so the tests do that one after the other. */
static void
set_limit(rlim_t soft, rlim_t hard)
{
    struct rlimit limit = {soft, hard};

    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void
all_that_are_allowed_are_taken(void **state)
{
    struct rlimit limit;

    (void)state;
    set_limit(100, 500);
    assert_int_equal(fd_limit_raise(), 500 - 64);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(limit.rlim_cur, 500);
    assert_int_equal(fd_limit_raise(), 500 - 64);
}

static void
there_are_always_some(void **state)
{
    (void)state;
    set_limit(100, 129);
    assert_int_equal(fd_limit_raise(), 65);
    set_limit(100, 128);
    assert_int_equal(fd_limit_raise(), 64);
    set_limit(50, 100);
    assert_int_equal(fd_limit_raise(), 64);
}

static void
the_setting_may_ask_for_fewer(void **state)
{
    struct config config = {0};

    (void)state;
    assert_int_equal(fd_limit_connections(&config, 500), 500);
    config.push.max_connections = 499;
    assert_int_equal(fd_limit_connections(&config, 500), 499);
    config.push.max_connections = 501;
    assert_int_equal(fd_limit_connections(&config, 500), 500);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_are_allowed_are_taken),
        cmocka_unit_test(there_are_always_some),
        cmocka_unit_test(the_setting_may_ask_for_fewer),
    };

    return cmocka_run_group_tests_name("fd_limit", tests, NULL, NULL);
}
