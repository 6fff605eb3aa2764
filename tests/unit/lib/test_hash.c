/* test_hash.c - a keyed hash of bytes. */
#include "lib/hash.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/unit.h"

/* Appendix A of the paper, and vectors.h of its reference implementation: under the key 00 01 … 0f
 * the hash of the bytes 00 01 … of each length. */
static void
siphash_has_the_published_vectors(void **state)
{
    static const struct hash_key key = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
    static const struct {
        size_t length;
        uint64_t hash;
    } vectors[] = {
        {0, UINT64_C(0x726fdb47dd0e0e31)},  {1, UINT64_C(0x74f839c593dc67fd)},
        {2, UINT64_C(0x0d6c8009d9a94f5a)},  {3, UINT64_C(0x85676696d7fb7e2d)},
        {4, UINT64_C(0xcf2794e0277187b7)},  {5, UINT64_C(0x18765564cd99a68d)},
        {6, UINT64_C(0xcbc9466e58fee3ce)},  {7, UINT64_C(0xab0200f58b01d137)},
        {8, UINT64_C(0x93f5f5799a932462)},  {9, UINT64_C(0x9e0082df0ba9e4b0)},
        {15, UINT64_C(0xa129ca6149be45e5)}, {16, UINT64_C(0x3f2acc7f57c29bdb)},
        {63, UINT64_C(0x958a324ceb064572)},
    };
    char bytes[64];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)i;
    }
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        uint64_t hash = hash_siphash(&key, str_make(bytes, vectors[i].length));

        if (hash != vectors[i].hash) {
            fail_msg("%zu bytes: %016llx", vectors[i].length, (unsigned long long)hash);
        }
    }
}

static void
hash_is_the_same_for_the_same_bytes(void **state)
{
    char same[] = "lobby";

    (void)state;
    assert_true(hash_bytes(BYTES("lobby")) == hash_bytes(str_of(same)));
    assert_true(hash_bytes(BYTES("lobby")) != hash_bytes(BYTES("lobbx")));
    assert_true(hash_bytes(BYTES("")) == hash_bytes(str_make(NULL, 0)));
    assert_true(hash_bytes(BYTES("\0")) != hash_bytes(BYTES("")));
}

/* These two have one FNV-1a hash, by which messages were recognised before: so the second one was
 * taken for the first one. Whoever knows the hash can make such texts. */
static void
hash_tells_texts_that_collide_in_fnv(void **state)
{
    static const struct str a = {"8yn0iYCKYHlIj4-BwPqk", 20}, b = {"GReLUrM4wMqfg9yzV3KQ", 20};

    (void)state;
    assert_true(hash_bytes(a) != hash_bytes(b));
}

struct item {
    UT_hash_handle hh;
    char name[24];
};

/* Items named lobby and a number, only those that uthash's own hash puts into one bucket of 256. */
static struct item *
items_that_collide_in_uthash(int count)
{
    struct item *items = NULL, *item = calloc(1, sizeof(*item));

    for (int n = 0; count > 0; n++) {
        unsigned hash;

        snprintf(item->name, sizeof(item->name), "lobby%d", n);
        HASH_JEN(item->name, strlen(item->name), hash);
        if (hash % 256 == 1) {
            HASH_ADD_STR(items, name, item);
            item = calloc(1, sizeof(*item));
            count--;
        }
    }
    free(item);
    return items;
}

static void
names_that_a_client_chooses_do_not_share_a_bucket(void **state)
{
    struct item *items = items_that_collide_in_uthash(1000), *item, *next;
    unsigned longest = 0;

    (void)state;
    for (unsigned i = 0; i < items->hh.tbl->num_buckets; i++) {
        unsigned count = items->hh.tbl->buckets[i].count;

        longest = count > longest ? count : longest;
    }
    HASH_ITER (hh, items, item, next) {
        HASH_DEL(items, item);
        free(item);
    }
    assert_in_range(longest, 1, 40);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(siphash_has_the_published_vectors),
        cmocka_unit_test(hash_is_the_same_for_the_same_bytes),
        cmocka_unit_test(hash_tells_texts_that_collide_in_fnv),
        cmocka_unit_test(names_that_a_client_chooses_do_not_share_a_bucket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
