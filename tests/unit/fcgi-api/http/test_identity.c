/* test_identity.c - the ways to read the headers userId and token. */
#include "fcgi-api/http/identity.h"

#include <stdio.h>

#include "tests/unit/fcgi-api/guarded.h"
#include "tests/unit/unit.h"

/* All readings of the two headers, in order, as user:token; the first one may be no id. */
static void
assert_readings(struct str user, const char *token, const char *const wanted[])
{
    struct guarded g = guarded_create(user.len);
    struct identity id;
    size_t i = 0;

    identity_read(&id, guarded_copy(&g, user), str_of(token));
    do {
        char reading[2 * sizeof(id.decoded)];

        assert_non_null(wanted[i]);
        snprintf(reading, sizeof(reading), "%.*s:%.*s", (int)id.user.len, id.user.p,
                 (int)id.token.len, id.token.p);
        assert_string_equal(reading, wanted[i]);
        i++;
    } while (identity_next(&id));
    assert_null(wanted[i]);
    assert_false(identity_next(&id));
    guarded_destroy(&g);
}

#define READINGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void
plain_headers_have_one_reading(void **state)
{
    static const char *const users[] = {"u",    "\xe4\xbd\xa0\xe5\xa5\xbd",
                                        "a b",  "a,b",
                                        "a, b", ",",
                                        ", ",   "100%",
                                        "%",    "%4",
                                        "%zz",  "a,",
                                        ",a",   "aa,a"};

    (void)state;
    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        char wanted[40];

        snprintf(wanted, sizeof(wanted), "%s:t", users[i]);
        assert_readings(str_of(users[i]), "t", READINGS(wanted));
    }
    assert_readings(str_of(""), "", READINGS(":"));
}

static void
what_is_not_utf8_is_latin1(void **state)
{
    (void)state;
    assert_readings(BYTES("Jos\xe9"), "t", READINGS("Jos\xc3\xa9:t"));
    assert_readings(BYTES("\xff\x80"), "t", READINGS("\xc3\xbf\xc2\x80:t"));
    /* Valid UTF-8 is UTF-8, even if it may have been something else. */
    assert_readings(BYTES("\xc3\xa9"), "t", READINGS("\xc3\xa9:t"));
}

static void
percent_encoded_id_is_decoded_after_that(void **state)
{
    (void)state;
    assert_readings(str_of("%E4%BD%A0%20a"), "%74",
                    READINGS("%E4%BD%A0%20a:%74", "\xe4\xbd\xa0 a:%74"));
    assert_readings(str_of("Jos%c3%a9+1"), "t", READINGS("Jos%c3%a9+1:t", "Jos\xc3\xa9+1:t"));
    assert_readings(str_of("a%2Cb%25"), "t", READINGS("a%2Cb%25:t", "a,b%:t"));
    assert_readings(str_of("100%25%"), "t", READINGS("100%25%:t", "100%%:t"));
    assert_readings(BYTES("\xe9%41"), "t", READINGS("\xc3\xa9%41:t", "\xc3\xa9\x41:t"));
}

static void
no_id_comes_of_decoding(void **state)
{
    static const char *const users[] = {"%FF", "%2F",    "a%2Fb", "%00",  "a%00", "%0A",
                                        "%2E", "%2e%2E", "%20a",  "a%20", "%C3",  "%ED%A0%80"};

    (void)state;
    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        char wanted[40];

        snprintf(wanted, sizeof(wanted), "%s:t", users[i]);
        assert_readings(str_of(users[i]), "t", READINGS(wanted));
    }
}

static void
header_that_comes_twice_counts_once(void **state)
{
    (void)state;
    assert_readings(str_of("u, u"), "t, t", READINGS("u, u:t, t", "u:t"));
    assert_readings(str_of("u,u"), "t", READINGS("u,u:t", "u:t"));
    assert_readings(str_of("u"), "t, t", READINGS("u:t, t", "u:t"));
    assert_readings(str_of("a, a, a, a"), "t", READINGS("a, a, a, a:t", "a, a:t"));
    assert_readings(str_of("%61, %61"), "t", READINGS("%61, %61:t", "%61:t", "a:t"));
    assert_readings(BYTES("\xe9, \xe9"), "t", READINGS("\xc3\xa9, \xc3\xa9:t", "\xc3\xa9:t"));
}

static void
values_that_differ_do_not_count_once(void **state)
{
    (void)state;
    assert_readings(str_of("a, b"), "t", READINGS("a, b:t"));
    assert_readings(str_of("a , a"), "t", READINGS("a , a:t"));
    assert_readings(str_of("a;a"), "t", READINGS("a;a:t"));
    assert_readings(str_of("a,  a"), "t", READINGS("a,  a:t"));
    assert_readings(str_of("a, a"), "t, s", READINGS("a, a:t, s", "a:t, s"));
}

/* 42 Chinese characters are 126 bytes, and 378 as encodeURIComponent() writes them. */
static void
long_id_may_be_encoded_and_may_come_twice(void **state)
{
    char header[IDENTITY_MAX_BYTES + 8] = "", decoded[140] = "", wanted[142],
                                     as_sent[sizeof(header) + 2];
    size_t half = 42 * 9;
    struct identity id;

    (void)state;
    for (int i = 0; i < 42; i++) {
        memcpy(header + 9 * i, "%E4%BD%A0", 9);
        memcpy(decoded + 3 * i, "\xe4\xbd\xa0", 3);
    }
    snprintf(wanted, sizeof(wanted), "%s:t", decoded);
    snprintf(as_sent, sizeof(as_sent), "%s:t", header);
    assert_readings(str_of(header), "t", READINGS(as_sent, wanted));
    memcpy(header + half, ", ", 2);
    memcpy(header + half + 2, header, half);
    identity_read(&id, str_make(header, 2 * half + 2), str_of("t"));
    assert_false(id_valid(id.user));
    assert_true(identity_next(&id));
    assert_bytes(id.user, str_of(decoded));
}

/* Of any length, and all of them high bytes. */
static void
header_that_is_too_long_names_nobody(void **state)
{
    enum {
        LONG = 8192
    };
    char *header = memset(malloc(LONG), 0xe9, LONG);
    struct identity id;

    (void)state;
    for (size_t length = IDENTITY_MAX_BYTES - 4; length < LONG; length += 13) {
        identity_read(&id, str_make(header, length), str_of("t"));
        assert_false(id_valid(id.user));
        assert_false(identity_next(&id));
    }
    memset(header, '%', LONG);
    for (size_t length = IDENTITY_MAX_BYTES - 4; length < LONG; length += 13) {
        identity_read(&id, str_make(header, length), str_of("t"));
        assert_false(identity_next(&id));
    }
    free(header);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_headers_have_one_reading),
        cmocka_unit_test(what_is_not_utf8_is_latin1),
        cmocka_unit_test(percent_encoded_id_is_decoded_after_that),
        cmocka_unit_test(no_id_comes_of_decoding),
        cmocka_unit_test(header_that_comes_twice_counts_once),
        cmocka_unit_test(values_that_differ_do_not_count_once),
        cmocka_unit_test(long_id_may_be_encoded_and_may_come_twice),
        cmocka_unit_test(header_that_is_too_long_names_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
