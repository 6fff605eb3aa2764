/* test_handshake.c - is this a WebSocket's opening handshake? */
#include "push-daemon/net/handshake.h"

#include "tests/unit/unit.h"

static void
handshake_takes_what_the_rfc_wants(void **state)
{
    (void)state;
    assert_int_equal(handshake_check(HANDSHAKE_HOST, BYTES("a")), 0);
    assert_int_equal(handshake_check(HANDSHAKE_UPGRADE, BYTES("WebSocket")), 0);
    assert_int_equal(handshake_check(HANDSHAKE_CONNECTION, BYTES("Upgrade")), 0);
    assert_int_equal(handshake_check(HANDSHAKE_CONNECTION, BYTES("keep-alive,\tupgrade ,x")), 0);
    assert_int_equal(handshake_check(HANDSHAKE_VERSION, BYTES("13")), 0);
    assert_int_equal(handshake_check(HANDSHAKE_KEY, BYTES("dGhlIHNhbXBsZSBub25jZQ==")), 0);
    assert_int_equal(handshake_check(HANDSHAKE_PROTOCOL, BYTES("")), 0);
}

static void
handshake_refuses_the_rest(void **state)
{
    static const char *const connections[] = {"", "close", "upgrades", ",", "x,y", "upgrade x"};
    static const char *const versions[] = {"", "8", "014", "130", "13,8", "x"};
    static const char *const keys[] = {
        "",
        "dGhlIHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25jZQ===",
        "dGhlIHNhbXBsZSBub25jZQQQ",
        "dGhlIHNhbXBsZSBub25j!Q==",
        "dGhlIHNhbXBsZSBub25jZ===",
    };

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(handshake_check(HANDSHAKE_CONNECTION, str_of(connections[i])), 426);
        assert_int_equal(handshake_check(HANDSHAKE_VERSION, str_of(versions[i])), 426);
        assert_int_equal(handshake_check(HANDSHAKE_KEY, str_of(keys[i])), 400);
    }
    assert_int_equal(handshake_check(HANDSHAKE_CONNECTION, str_make(NULL, 0)), 426);
    assert_int_equal(handshake_check(HANDSHAKE_HOST, BYTES("")), 400);
    assert_int_equal(handshake_check(HANDSHAKE_UPGRADE, BYTES("h2c")), 426);
    assert_int_equal(handshake_check(HANDSHAKE_UPGRADE, BYTES("")), 426);
    assert_int_equal(handshake_check(HANDSHAKE_PROTOCOL, BYTES("fastim.v2")), 400);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshake_takes_what_the_rfc_wants),
        cmocka_unit_test(handshake_refuses_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
