/* test_hostport.c - ADDRESS:PORT. */
#include "lib/config/hostport.h"

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
    char host[HOSTPORT_HOST_SIZE];
    int port;

    (void)state;
    for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
        assert_true(hostport_split(str_of(valid[i].text), host, &port));
        assert_string_equal(host, valid[i].address);
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
    char host[HOSTPORT_HOST_SIZE], longest[HOSTPORT_HOST_SIZE + 10];
    int port;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (hostport_split(str_of(wrong[i]), host, &port)) {
            fail_msg("taken: %s", wrong[i]);
        }
    }
    memset(longest, 'a', sizeof(longest));
    strcpy(longest + HOSTPORT_HOST_SIZE - 1, ":80");
    assert_true(hostport_split(str_of(longest), host, &port));
    longest[HOSTPORT_HOST_SIZE - 1] = 'a';
    strcpy(longest + HOSTPORT_HOST_SIZE, ":80");
    assert_false(hostport_split(str_of(longest), host, &port));
}

static void
list_is_of_such_words_alone(void **state)
{
    static const char *const valid[] = {"", " ", "a:1", " 10.0.0.1:26379  [::1]:26379 "};
    static const char *const wrong[] = {"a", "a:1 b", "a:1,b:2", "a:1 :2"};

    (void)state;
    for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
        assert_true(hostport_list_is_valid(valid[i]));
        assert_false(hostport_list_is_valid(wrong[i]));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address_is_split_at_its_last_colon),
        cmocka_unit_test(address_that_is_none_is_refused),
        cmocka_unit_test(list_is_of_such_words_alone),
    };

    return cmocka_run_group_tests_name("hostport", tests, NULL, NULL);
}
