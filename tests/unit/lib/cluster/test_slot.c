/* test_slot.c - the hash slot of a key. */
#include "lib/cluster/slot.h"

#include "tests/unit/unit.h"

static void
crc_is_that_of_the_specification(void **state)
{
    (void)state;
    assert_int_equal(slot_crc16(str_of("123456789")), 0x31c3);
    assert_int_equal(slot_crc16(str_make(NULL, 0)), 0);
    assert_int_equal(slot_crc16(BYTES("\0")), 0);
    assert_int_equal(slot_crc16(BYTES("\xff\xff")), 0x1d0f);
}

/* As CLUSTER KEYSLOT of Redis 7.0.15 has it; tests/e2e/test_http_cluster.py asks a node itself. */
static void
slot_of_a_name_goes_by_its_hash_tag(void **state)
{
    static const struct {
        const char *name;
        int slot;
    } rows[] = {
        {"", 0},
        {"foo", 12182},
        {"123456789", 12739},
        {"somekey", 11058},
        {"foo{hash_tag}", 2515},
        {"bar{hash_tag}", 2515},
        {"{user1000}.following", 3443},
        {"{user1000}.followers", 3443},
        {"foo{}{bar}", 8363},    /* an empty tag: all of it */
        {"foo{{bar}}zap", 4015}, /* the tag is {bar */
        {"foo{bar}{zap}", 5061}, /* the first one */
        {"bar", 5061},
        {"{bar", 4015},
        {"foo{bar", 15278}, /* no tag */
        {"}bar{foo}", 12182},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (slot_of(str_of(rows[i].name)) != rows[i].slot) {
            fail_msg("%s: %d", rows[i].name, slot_of(str_of(rows[i].name)));
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc_is_that_of_the_specification),
        cmocka_unit_test(slot_of_a_name_goes_by_its_hash_tag),
    };

    return cmocka_run_group_tests_name("slot", tests, NULL, NULL);
}
