/* test_address.c - what no client changes at will of its address. */
#include "lib/config/address.h"

#include "tests/unit/unit.h"

static struct address
address_of(const char *text)
{
    struct address a;

    assert_true(address_parse(&a, str_of(text)));
    return a;
}

static void
a_home_is_an_ipv4_address_or_a_64_network(void **state)
{
    static const struct {
        const char *a, *b;
        bool shares;
    } rows[] = {
        {"10.0.0.1", "10.0.0.1", true},
        {"10.0.0.1", "10.0.0.2", false},
        {"10.0.0.1", "::ffff:10.0.0.1", true},
        {"2001:db8:1:2::", "2001:db8:1:2:a:b:c:d", true},
        {"2001:db8:1:2::", "2001:db8:1:3::", false},
        {"::", "0.0.0.0", false}, /* one of them is IPv4, whose first 64 bits are 0 as well */
        {"::1", "10.0.0.1", false},
        {"::1", "::2", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct address a = address_of(rows[i].a), b = address_of(rows[i].b);
        char home_a[ADDRESS_TEXT_SIZE], home_b[ADDRESS_TEXT_SIZE];

        address_print_home(&a, home_a);
        address_print_home(&b, home_b);
        assert_int_equal(address_shares_home(&a, &b), rows[i].shares);
        assert_int_equal(address_shares_home(&b, &a), rows[i].shares);
        assert_int_equal(strcmp(home_a, home_b) == 0, rows[i].shares);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_home_is_an_ipv4_address_or_a_64_network),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
