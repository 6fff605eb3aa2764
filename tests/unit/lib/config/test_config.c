/* test_config.c - where the settings file is. */
#include "lib/config/config.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

static void
config_path_is_the_given_one_then_that_of_the_environment(void **state)
{
    (void)state;
    setenv("FASTIM_CONFIG", "/from/environment.yml", 1);
    assert_string_equal(config_path("/given.yml"), "/given.yml");
    assert_string_equal(config_path(NULL), "/from/environment.yml");
    setenv("FASTIM_CONFIG", "", 1);
    assert_string_not_equal(config_path(NULL), "");
    unsetenv("FASTIM_CONFIG");
    assert_non_null(strstr(config_path(NULL), "fastim.yml"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_path_is_the_given_one_then_that_of_the_environment),
    };

    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
