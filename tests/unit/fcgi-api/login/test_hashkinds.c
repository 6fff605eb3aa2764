/* test_hashkinds.c - which password hashes are of one kind, and what stands for them. */
#include "fcgi-api/login/hashkinds.h"

#include <apr_md5.h>
#include <stdio.h>
#include <time.h>

#include "tests/unit/unit.h"

/* Made by htpasswd(1) and mkpasswd(1) of "secret". */
static const char bcrypt[] = "$2y$05$0a5Yn1fyBJ4Yv1AVDiA2Fe8f6JX2ZhL8vPyZ7mVZbmTVZQ8Yl9aGe";
static const char *const kinds[] = {
    "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
    "$apr1$abcdefgh$Q0Z1Vn0xgDfX3vUjTjJdB0",
    bcrypt,
    "$2y$08$0a5Yn1fyBJ4Yv1AVDiA2Fe8f6JX2ZhL8vPyZ7mVZbmTVZQ8Yl9aGe",
    "$5$saltsalt$abc",
    "$6$saltsalt$abc",
    "$6$rounds=9000$saltsalt$abc",
    "$6$rounds=1000$saltsalt$abc",
    "$y$j9T$saltsalt$abc",
    "abJnggxhB/yWI",
};

static void
each_kind_is_added_once(void **state)
{
    struct hashkinds k = {.count = 0};

    (void)state;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
            hashkinds_add(&k, kinds[i]);
        }
    }
    assert_int_equal(k.count, sizeof(kinds) / sizeof(kinds[0]));
    for (size_t i = 0; i < k.count; i++) {
        for (size_t j = 0; j < k.count; j++) {
            assert_int_equal(hashkind_is_of(&k.kinds[i], kinds[j]), i == j);
        }
        assert_true(hashkind_is_of(&k.kinds[i], k.kinds[i].sample));
    }
    hashkinds_clear(&k);
    assert_int_equal(k.count, 0);
}

/* The cost of a sample is seen by the CPU time it takes: that of bcrypt doubles with each step. */
static void
a_sample_fits_nothing_and_takes_as_long_as_a_hash(void **state)
{
    static const char *const slow[] = {"$2y$09$", "$6$rounds=200000$", "$5$rounds=200000$"};
    static const char *const genuine[] = {
        "$2y$09$0a5Yn1fyBJ4Yv1AVDiA2Fe8f6JX2ZhL8vPyZ7mVZbmTVZQ8Yl9aGe",
        "$6$rounds=200000$saltsalt$abc",
        "$5$rounds=200000$saltsalt$abc",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++) {
        struct hashkinds k = {.count = 0};
        clock_t began, sample, own;

        hashkinds_add(&k, genuine[i]);
        assert_int_equal(k.kinds[0].length, strlen(slow[i]));
        began = clock();
        assert_int_not_equal(apr_password_validate("secret", k.kinds[0].sample), APR_SUCCESS);
        sample = clock() - began;
        began = clock();
        assert_int_not_equal(apr_password_validate("secret", genuine[i]), APR_SUCCESS);
        own = clock() - began;
        assert_true(sample > own / 3 && own > sample / 3);
        hashkinds_clear(&k);
    }
}

static void
too_many_kinds_are_told(void **state)
{
    struct hashkinds k = {.count = 0};
    char hash[100];

    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(k.too_many, i > HASHKINDS_MAX);
        snprintf(hash, sizeof(hash), "$6$rounds=%d$salt$abc", 1000 + i);
        hashkinds_add(&k, hash);
    }
    assert_int_equal(k.count, HASHKINDS_MAX);
    hashkinds_clear(&k);
    assert_false(k.too_many);
}

static void
closed_accounts_are_known(void **state)
{
    static const char *const closed[] = {"!",        "*",       "!!",         "x*",
                                         "$2y$05$*", "$2y$05$", "$2y$05$abc", "$6$!$abc"};

    (void)state;
    for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
        assert_true(hash_is_closed(closed[i]));
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        assert_false(hash_is_closed(kinds[i]));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_added_once),
        cmocka_unit_test(a_sample_fits_nothing_and_takes_as_long_as_a_hash),
        cmocka_unit_test(too_many_kinds_are_told),
        cmocka_unit_test(closed_accounts_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
