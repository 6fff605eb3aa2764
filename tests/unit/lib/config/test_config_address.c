/* test_config_address.c - ADDRESS:PORT. */
#include "lib/config/config.h"

#include "tests/unit/unit.h"

static void
address_is_split_at_its_last_colon(void **state)
{
    static const struct {
        const char *text;
        const char *address;
        int port;
    } valid[] = {
        {"127.0.0.1:9001", "127.0.0.1", 9001},     {"*:1", "*", 1},
        {"localhost:65535", "localhost", 65535},   {"[::1]:9001", "::1", 9001},
        {"[fe80::1%eth0]:80", "fe80::1%eth0", 80},
    };
    char address[CONFIG_ADDRESS_SIZE];
    int port;

    (void)state;
    for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
        assert_true(config_split_address(valid[i].text, address, &port));
        assert_string_equal(address, valid[i].address);
        assert_int_equal(port, valid[i].port);
    }
}

static void
address_that_is_none_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",         ":",          "9001",        ":9001",     "a:",        "a:0",
        "a:65536",  "a:-1",       "a:+1",        "a: 1",      "a:1 ",      "a:x",
        "::1:9001", "[]:9001",    "[::1]",       "[::1]9001", "[::1:9001", "::1]:9001",
        "[a:9001",  "[[::1]]:90", "[1.2.3.4]:1", "a b:1",     "a:1:2",     "a:99999999999",
    };
    char address[CONFIG_ADDRESS_SIZE], longest[CONFIG_ADDRESS_SIZE + 10];
    int port;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (config_split_address(wrong[i], address, &port)) {
            fail_msg("taken: %s", wrong[i]);
        }
    }
    memset(longest, 'a', sizeof(longest));
    strcpy(longest + CONFIG_ADDRESS_SIZE - 1, ":80");
    assert_true(config_split_address(longest, address, &port));
    longest[CONFIG_ADDRESS_SIZE - 1] = 'a';
    strcpy(longest + CONFIG_ADDRESS_SIZE, ":80");
    assert_false(config_split_address(longest, address, &port));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address_is_split_at_its_last_colon),
        cmocka_unit_test(address_that_is_none_is_refused),
    };

    return cmocka_run_group_tests_name("config, address", tests, NULL, NULL);
}
