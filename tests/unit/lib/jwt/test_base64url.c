/* test_base64url.c - the base64 of JWTs, by the letter. */
#include "lib/jwt/base64url.h"

#include "tests/unit/unit.h"

static void
assert_decoded(const char *encoded, struct str wanted)
{
    struct text out;

    text_init(&out);
    text_add_str(&out, "before");
    assert_true(base64url_decode(&out, str_of(encoded)));
    assert_bytes(str_make(out.bytes + 6, out.len - 6), wanted);
    text_fini(&out);
}

/* RFC 4648, section 10, without the padding; RFC 7515, appendix C. */
static void
every_length_is_decoded(void **state)
{
    (void)state;
    assert_decoded("", BYTES(""));
    assert_decoded("Zg", BYTES("f"));
    assert_decoded("Zm8", BYTES("fo"));
    assert_decoded("Zm9v", BYTES("foo"));
    assert_decoded("Zm9vYg", BYTES("foob"));
    assert_decoded("Zm9vYmE", BYTES("fooba"));
    assert_decoded("Zm9vYmFy", BYTES("foobar"));
    assert_decoded("A-z_4ME", BYTES("\x03\xec\xff\xe0\xc1"));
    assert_decoded("AAAA", BYTES("\0\0\0"));
    assert_decoded("____", BYTES("\xff\xff\xff"));
}

static void
what_no_encoder_writes_is_refused(void **state)
{
    static const char *const wrong[] = {
        "A",
        "AAAAA", /* no byte ends there */
        "Zg==",
        "Zm8=",
        "=", /* padding */
        "Zh",
        "Zm9", /* bits that belong to no byte */
        "A+AA",
        "A/AA", /* the other alphabet */
        "Zm 9v",
        "Zm9v\n",
        "Zm9v.", /* anything else */
        "\xff\xff\xff\xff",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct text out;

        text_init(&out);
        text_add_str(&out, "before");
        assert_false(base64url_decode(&out, str_of(wrong[i])));
        assert_bytes(text_str(&out), BYTES("before"));
        assert_false(base64url_decode(&out, BYTES("AA\0A")));
        text_fini(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_is_decoded),
        cmocka_unit_test(what_no_encoder_writes_is_refused),
    };

    return cmocka_run_group_tests_name("base64url", tests, NULL, NULL);
}
