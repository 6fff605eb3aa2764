/* test_place.c - where a Redis listens, and the errors that name such a place. */
#include "lib/cluster/place.h"

#include "lib/cluster/redirection.h"
#include "lib/cluster/slot.h"
#include "tests/unit/unit.h"

static const struct place here = {"10.0.0.9", 7000};

static void
place_is_read_as_redis_writes_it(void **state)
{
    static const struct {
        const char *text, *address;
        int port;
    } rows[] = {
        {"127.0.0.1:6381", "127.0.0.1", 6381}, {"::1:6381", "::1", 6381},
        {"2001:db8::7:1", "2001:db8::7", 1},   {"node-1.example:65535", "node-1.example", 65535},
        {":6381", "10.0.0.9", 6381},           {"?:6381", "10.0.0.9", 6381},
    };
    struct place place;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(place_read(str_of(rows[i].text), &here, &place));
        assert_string_equal(place.address, rows[i].address);
        assert_int_equal(place.port, rows[i].port);
    }
    place = here;
    assert_true(place_read(str_of(":1"), &place, &place));
    assert_string_equal(place.address, "10.0.0.9");
}

static void
place_refuses_all_else(void **state)
{
    static const char *const texts[] = {
        "",       "6381",     "a:",
        "a:0",    "a:65536",  "a:-1",
        "a:1x",   "a b:1",    "[::1]:6381",
        "a/b:1",  "a@b:1",    "a,b:1",
        "\x01:1", "a\177b:1", "123456789012345678901234567890123456789012345678901234567890abcd:1",
    };
    static const struct place unknown;
    struct place place = here;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_false(place_read(str_of(texts[i]), &here, &place));
    }
    assert_false(place_read(BYTES("a\0b:1"), &here, &place));
    assert_false(place_read(str_of(":1"), &unknown, &place));
    assert_true(place_is_same(&place, &here));
}

static void
place_of_the_settings_is_found_by_its_number(void **state)
{
    static const char list[] = " a:1  [::1]:2 10.0.0.1:3";
    char text[PLACE_TEXT_SIZE];
    struct place place;

    (void)state;
    assert_true(place_at(list, 1, &place));
    assert_string_equal(place.address, "::1");
    place_print(&place, text);
    assert_string_equal(text, "[::1]:2");
    assert_true(place_at(list, 2, &place));
    place_print(&place, text);
    assert_string_equal(text, "10.0.0.1:3");
    assert_false(place_at(list, 3, &place));
    assert_false(place_at("", 0, &place));
}

static void
redirection_is_read(void **state)
{
    static const struct {
        const char *error;
        enum redirection_kind kind;
        int slot;
        const char *address;
        int port;
    } rows[] = {
        {"MOVED 3999 127.0.0.1:6381", REDIRECTION_MOVED, 3999, "127.0.0.1", 6381},
        {"ASK 16383 ::1:6381", REDIRECTION_ASK, 16383, "::1", 6381},
        {"MOVED 0 :6381", REDIRECTION_MOVED, 0, "10.0.0.9", 6381},
        {"TRYAGAIN Multiple keys request during rehashing of slot", REDIRECTION_TRYAGAIN, SLOT_NONE,
         "", 0},
        {"CLUSTERDOWN Hash slot not served", REDIRECTION_DOWN, SLOT_NONE, "", 0},
        {"MOVED", REDIRECTION_NONE, SLOT_NONE, "", 0},
        {"MOVED 3999", REDIRECTION_NONE, SLOT_NONE, "", 0},
        {"MOVED 16384 127.0.0.1:6381", REDIRECTION_NONE, SLOT_NONE, "", 0},
        {"MOVED -1 127.0.0.1:6381", REDIRECTION_NONE, SLOT_NONE, "", 0},
        {"MOVED 1 127.0.0.1", REDIRECTION_NONE, SLOT_NONE, "", 0},
        {"MOVEDX 1 127.0.0.1:1", REDIRECTION_NONE, SLOT_NONE, "", 0},
        {"ERR MOVED 1 127.0.0.1:1", REDIRECTION_NONE, SLOT_NONE, "", 0},
        {"", REDIRECTION_NONE, SLOT_NONE, "", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct redirection r = redirection_read(str_of(rows[i].error), &here);

        assert_int_equal(r.kind, rows[i].kind);
        assert_int_equal(r.slot, rows[i].slot);
        if (r.slot != SLOT_NONE) {
            assert_string_equal(r.place.address, rows[i].address);
            assert_int_equal(r.place.port, rows[i].port);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(place_is_read_as_redis_writes_it),
        cmocka_unit_test(place_refuses_all_else),
        cmocka_unit_test(place_of_the_settings_is_found_by_its_number),
        cmocka_unit_test(redirection_is_read),
    };

    return cmocka_run_group_tests_name("place", tests, NULL, NULL);
}
