/* test_jwt.c - tokens of each algorithm, and every way in which one is refused. */
#include "lib/jwt/jwt.h"

#include <stdio.h>

#include "tests/unit/lib/jwt/a_token.h"
#include "tests/unit/unit.h"

#define NOW_S 1700000000
#define EXP   "\"exp\":1700000060"
#define MINE  "{\"sub\":\"u\"," EXP "}"

enum {
    SECRET_KEY,
    RSA_KEY,
    EC_P256_KEY,
    KEYS
};

/* Of each algorithm a key and what signs for it. */
static struct signer signers[KEYS];
static struct jwt_key *keys[KEYS];
static struct text pems[KEYS];
static const char *const heads[KEYS] = {HS256, RS256, ES256};

static struct text token;

static int
set_up(void **state)
{
    char why[200];

    (void)state;
    text_init(&token);
    text_add_str(&pems[SECRET_KEY], SECRET);
    signers[SECRET_KEY].secret = BYTES(SECRET);
    signers[RSA_KEY].private = EVP_RSA_gen(2048);
    signers[EC_P256_KEY].private = EVP_EC_gen("P-256");
    for (int i = 0; i < KEYS; i++) {
        if (signers[i].private != NULL) {
            token_add_pem(&pems[i], signers[i].private, false);
        }
        keys[i] = jwt_key_create(pems[i].bytes, why, sizeof(why));
    }
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < KEYS; i++) {
        jwt_key_destroy(keys[i]);
        EVP_PKEY_free(signers[i].private);
        text_fini(&pems[i]);
    }
    text_fini(&token);
    return 0;
}

/* What is said of the token; claims are zeroed unless it is valid. */
static enum jwt_verdict
verdict_of(struct str what, int key)
{
    static const struct jwt_claims none;
    struct jwt_claims claims;
    enum jwt_verdict verdict =
        jwt_check(keys[key], what, BYTES("u"), INT64_C(1000) * NOW_S, &claims);

    if (verdict != JWT_OK) {
        assert_memory_equal(&claims, &none, sizeof(none));
    }
    assert_string_not_equal(jwt_verdict_text(verdict), "");
    jwt_claims_fini(&claims);
    return verdict;
}

static void
assert_refused(const char *head, const char *claims, enum jwt_verdict wanted)
{
    token_of(&token, &signers[SECRET_KEY], str_of(head), str_of(claims));
    if (verdict_of(text_str(&token), SECRET_KEY) != wanted) {
        print_error("%s %s\n", head, claims);
    }
    assert_int_equal(verdict_of(text_str(&token), SECRET_KEY), wanted);
}

static void
token_of_each_algorithm_is_valid(void **state)
{
    struct jwt_claims claims;

    (void)state;
    for (int i = 0; i < KEYS; i++) {
        token_of(&token, &signers[i], str_of(heads[i]), BYTES(MINE));
        assert_int_equal(
            jwt_check(keys[i], text_str(&token), BYTES("u"), INT64_C(1000) * NOW_S, &claims),
            JWT_OK);
        assert_true(claims.expires_ms == INT64_C(1700000060000));
        assert_true(claims.any_group);
        assert_int_equal(claims.role, JWT_NO_ROLE);
        assert_true(jwt_claims_allow(&claims, BYTES("g")));
        jwt_claims_fini(&claims);
        assert_false(jwt_claims_allow(&claims, BYTES("g")));
    }
}

/* Made by hand with `openssl dgst -sha256 -hmac`, by none of the functions above. */
static void
token_of_another_program_is_valid(void **state)
{
    (void)state;
    assert_int_equal(verdict_of(BYTES("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
                                      ".eyJzdWIiOiJ1IiwiZXhwIjoxNzAwMDAwMDYwfQ"
                                      ".uwpUFcBgYXUtXujQrvoDCb7w1uDkbPqTQ7bZ4jcBCwQ"),
                                SECRET_KEY),
                     JWT_OK);
}

/* ---- alg ---- */

static void
alg_none_is_refused_under_every_key(void **state)
{
    static const char *const names[] = {"none", "None", "NONE", "nOnE", "", "null"};
    char head[100];

    (void)state;
    for (int key = 0; key < KEYS; key++) {
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            snprintf(head, sizeof(head), "{\"alg\":\"%s\"}", names[i]);
            token_of(&token, &signers[key], str_of(head), BYTES(MINE));
            assert_int_equal(verdict_of(text_str(&token), key), JWT_WRONG_ALG);
            token.len = (size_t)(strrchr(token.bytes, '.') + 1 - token.bytes);
            assert_int_equal(verdict_of(text_str(&token), key), JWT_WRONG_ALG);
        }
    }
}

/* Who knows the public key could sign with it. */
static void
hs256_under_a_public_key_is_refused(void **state)
{
    (void)state;
    for (int key = RSA_KEY; key < KEYS; key++) {
        struct signer forger = {.secret = text_str(&pems[key])};

        token_of(&token, &forger, BYTES(HS256), BYTES(MINE));
        assert_int_equal(verdict_of(text_str(&token), key), JWT_WRONG_ALG);
    }
}

static void
algorithm_of_another_key_is_refused(void **state)
{
    (void)state;
    for (int key = 0; key < KEYS; key++) {
        for (int other = 0; other < KEYS; other++) {
            if (other == key) {
                continue;
            }
            token_of(&token, &signers[other], str_of(heads[other]), BYTES(MINE));
            assert_int_equal(verdict_of(text_str(&token), key), JWT_WRONG_ALG);
            token_of(&token, &signers[other], str_of(heads[key]), BYTES(MINE));
            assert_int_equal(verdict_of(text_str(&token), key), JWT_FORGED);
        }
    }
}

static void
algorithms_that_we_do_not_take_are_refused(void **state)
{
    static const char *const names[] = {"HS384", "HS512", "hs256", "HS256 ", "RS384",
                                        "PS256", "ES384", "EdDSA", "x"};
    char head[100];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(head, sizeof(head), "{\"alg\":\"%s\"}", names[i]);
        assert_refused(head, MINE, JWT_WRONG_ALG);
    }
}

static void
head_without_a_text_for_alg_is_malformed(void **state)
{
    static const char *const heads_[] = {"{}",
                                         "{\"alg\":null}",
                                         "{\"alg\":256}",
                                         "{\"alg\":[\"HS256\"]}",
                                         "[\"HS256\"]",
                                         "\"x\"",
                                         "null",
                                         "",
                                         "{\"alg\":\"HS256\"",
                                         "{\"alg\":\"HS256\"}x",
                                         "{\"alg\"",
                                         "{'alg':'HS256'}"};

    (void)state;
    for (size_t i = 0; i < sizeof(heads_) / sizeof(heads_[0]); i++) {
        assert_refused(heads_[i], MINE, JWT_MALFORMED);
    }
}

static void
what_must_be_understood_is_not(void **state)
{
    (void)state;
    assert_refused("{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}", MINE, JWT_CRITICAL);
    assert_refused("{\"alg\":\"HS256\",\"crit\":null}", MINE, JWT_CRITICAL);
    assert_refused("{\"alg\":\"HS256\",\"kid\":\"1\",\"typ\":\"at+jwt\"}", MINE, JWT_OK);
}

/* ---- the signature ---- */

static void
any_other_byte_is_a_forgery(void **state)
{
    (void)state;
    for (int key = 0; key < KEYS; key++) {
        token_of(&token, &signers[key], str_of(heads[key]), BYTES(MINE));
        for (size_t i = 0; i < token.len; i++) {
            char kept = token.bytes[i];

            token.bytes[i] = kept == 'A' ? 'E' : 'A';
            assert_int_not_equal(verdict_of(text_str(&token), key), JWT_OK);
            token.bytes[i] = kept;
        }
        for (size_t len = 0; len < token.len; len++) {
            assert_int_not_equal(verdict_of(str_make(token.bytes, len), key), JWT_OK);
        }
        text_add_str(&token, "AAAA");
        assert_int_equal(verdict_of(text_str(&token), key), JWT_FORGED);
    }
}

static void
signature_of_nobody_is_a_forgery(void **state)
{
    static const unsigned char zeroes[256];

    (void)state;
    for (int key = 0; key < KEYS; key++) {
        for (size_t len = 0; len <= sizeof(zeroes); len += 32) { /* ECDSA: r and s are 0 */
            token_of(&token, &signers[key], str_of(heads[key]), BYTES(MINE));
            token.len = (size_t)(strrchr(token.bytes, '.') + 1 - token.bytes);
            token_add_encoded(&token, zeroes, len);
            assert_int_equal(verdict_of(text_str(&token), key), JWT_FORGED);
        }
    }
}

static void
signature_of_another_key_is_a_forgery(void **state)
{
    struct signer others[KEYS] = {{.secret = BYTES("x" SECRET)},
                                  {.private = EVP_RSA_gen(2048)},
                                  {.private = EVP_EC_gen("P-256")}};

    (void)state;
    for (int key = 0; key < KEYS; key++) {
        token_of(&token, &others[key], str_of(heads[key]), BYTES(MINE));
        assert_int_equal(verdict_of(text_str(&token), key), JWT_FORGED);
        EVP_PKEY_free(others[key].private);
    }
}

/* ---- the form ---- */

static void
form_of_a_jwt_has_two_dots(void **state)
{
    static const char *const others[] = {"", ".", "a.b", "a.b.c.d", "0123456789abcdef", "...."};

    (void)state;
    assert_true(jwt_has_form(BYTES("..")));
    assert_true(jwt_has_form(BYTES("a.b.c")));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(jwt_has_form(str_of(others[i])));
        assert_int_equal(verdict_of(str_of(others[i]), SECRET_KEY), JWT_MALFORMED);
    }
}

static void
what_is_no_base64url_or_json_is_malformed(void **state)
{
    static const char *const bodies[] = {
        "", "null", "[]", "\"u\"", "{", MINE "x", "{\"sub\":\"\xff\"}"};
    static const char *const tokens[] = {"..",    "a.b.c", "e30.e30.",      "e30=.e30.AA",
                                         "=.=.=", ". .",   "\xff.\xff.\xff"};

    (void)state;
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        assert_int_equal(verdict_of(str_of(tokens[i]), SECRET_KEY), JWT_MALFORMED);
    }
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        enum jwt_verdict wanted =
            bodies[i][0] == '[' || bodies[i][0] == '"' ? JWT_WRONG_USER : JWT_MALFORMED;

        assert_refused(HS256, bodies[i], wanted);
    }
    token_of(&token, &signers[SECRET_KEY], BYTES(HS256), BYTES(MINE));
    text_add_str(&token, "=");
    assert_int_equal(verdict_of(text_str(&token), SECRET_KEY), JWT_MALFORMED);
}

static void
token_above_8_kib_is_refused(void **state)
{
    static char claims[7000];

    (void)state;
    for (size_t len = 6000; len < 6200; len++) {
        snprintf(claims, sizeof(claims), "{\"sub\":\"u\"," EXP ",\"x\":\"%*s\"}", (int)len - 40,
                 "");
        token_of(&token, &signers[SECRET_KEY], BYTES(HS256), str_of(claims));
        assert_int_equal(verdict_of(text_str(&token), SECRET_KEY),
                         token.len > 8192 ? JWT_TOO_LONG : JWT_OK);
    }
    assert_true(token.len > 8192);
}

/* ---- claims ---- */

static void
sub_must_be_the_user(void **state)
{
    static const char *const wrong[] = {
        "",
        "\"sub\":\"v\",",
        "\"sub\":\"U\",",
        "\"sub\":\"u \",",
        "\"sub\":\"\",",
        "\"sub\":\"u\\u0000\",",
        "\"sub\":null,",
        "\"sub\":[\"u\"],",
        "\"sub\":7,",
        "\"Sub\":\"u\",",
        "\"sub\":\"u\",\"sub\":\"v\",",
    };
    char claims[200];

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        snprintf(claims, sizeof(claims), "{%s" EXP "}", wrong[i]);
        assert_refused(HS256, claims, JWT_WRONG_USER);
    }
}

static void
exp_is_required(void **state)
{
    static const char *const wrong[] = {
        "\"x\":1",       "\"exp\":null",          "\"exp\":\"1700000060\"",
        "\"exp\":true",  "\"exp\":[1]",           "\"exp\":-1",
        "\"exp\":1e300", "\"exp\":9007199254741", "\"exp\":18446744073709551615"};
    char claims[200];

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        snprintf(claims, sizeof(claims), "{\"sub\":\"u\",%s}", wrong[i]);
        assert_refused(HS256, claims, JWT_ENDLESS);
    }
    assert_refused(HS256, "{\"sub\":\"u\",\"exp\":9007199254740}", JWT_OK);
}

static void
exp_has_no_leeway(void **state)
{
    (void)state;
    assert_refused(HS256, "{\"sub\":\"u\",\"exp\":1700000001}", JWT_OK);
    assert_refused(HS256, "{\"sub\":\"u\",\"exp\":1700000000.5}", JWT_OK);
    assert_refused(HS256, "{\"sub\":\"u\",\"exp\":1700000000}", JWT_EXPIRED);
    assert_refused(HS256, "{\"sub\":\"u\",\"exp\":1699999999.9}", JWT_EXPIRED);
    assert_refused(HS256, "{\"sub\":\"u\",\"exp\":0}", JWT_EXPIRED);
}

static void
nbf_and_iat_may_be_30_seconds_ahead(void **state)
{
    static const char *const names[] = {"nbf", "iat"};
    static const struct {
        const char *value;
        enum jwt_verdict wanted;
    } rows[] = {
        {"1700000030", JWT_OK},
        {"1700000030.5", JWT_TOO_EARLY},
        {"1700000031", JWT_TOO_EARLY},
        {"0", JWT_OK},
        {"-1", JWT_OK},
        {"1e300", JWT_TOO_EARLY},
        {"9223372036854775807", JWT_TOO_EARLY},
        {"\"0\"", JWT_MALFORMED},
        {"null", JWT_MALFORMED},
    };
    char claims[200];

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(claims, sizeof(claims), "{\"sub\":\"u\"," EXP ",\"%s\":%s}", names[i % 2],
                 rows[i / 2].value);
        assert_refused(HS256, claims, rows[i / 2].wanted);
    }
}

/* Checks the token of these further claims, which is valid. */
static struct jwt_claims
claims_of(const char *more)
{
    char claims[400];
    struct jwt_claims said;

    snprintf(claims, sizeof(claims), "{\"sub\":\"u\"," EXP "%s}", more);
    token_of(&token, &signers[SECRET_KEY], BYTES(HS256), str_of(claims));
    assert_int_equal(
        jwt_check(keys[SECRET_KEY], text_str(&token), BYTES("u"), INT64_C(1000) * NOW_S, &said),
        JWT_OK);
    return said;
}

static void
groups_are_those_alone_that_the_token_names(void **state)
{
    struct jwt_claims claims = claims_of(",\"groups\":[\"1\",\"a b\",\"\xe7\xbe\xa4\"]");

    (void)state;
    assert_true(jwt_claims_allow(&claims, BYTES("1")));
    assert_true(jwt_claims_allow(&claims, BYTES("a b")));
    assert_true(jwt_claims_allow(&claims, BYTES("\xe7\xbe\xa4")));
    assert_false(jwt_claims_allow(&claims, BYTES("2")));
    assert_false(jwt_claims_allow(&claims, BYTES("a")));
    assert_false(jwt_claims_allow(&claims, BYTES("")));
    assert_false(jwt_claims_allow(&claims, BYTES("1\na b")));
    jwt_claims_fini(&claims);
    claims = claims_of(",\"groups\":[]");
    assert_false(jwt_claims_allow(&claims, BYTES("1")));
    assert_false(jwt_claims_allow(&claims, BYTES("")));
    jwt_claims_fini(&claims);
}

/* An id with a line feed in it would be two. */
static void
what_is_no_id_names_no_group(void **state)
{
    struct jwt_claims claims = claims_of(",\"groups\":[\"1\\n2\",\"\",\"a/b\",\"3\"]");

    (void)state;
    assert_false(jwt_claims_allow(&claims, BYTES("1")));
    assert_false(jwt_claims_allow(&claims, BYTES("2")));
    assert_false(jwt_claims_allow(&claims, BYTES("")));
    assert_true(jwt_claims_allow(&claims, BYTES("3")));
    jwt_claims_fini(&claims);
}

static void
groups_that_are_no_texts_are_malformed(void **state)
{
    static const char *const wrong[] = {"null",      "\"1\"",     "{}", "[1]",
                                        "[\"1\",2]", "[[\"1\"]]", "7",  "false"};
    char claims[200];

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        snprintf(claims, sizeof(claims), "{\"sub\":\"u\"," EXP ",\"groups\":%s}", wrong[i]);
        assert_refused(HS256, claims, JWT_MALFORMED);
    }
}

static void
role_is_held_in_the_groups_of_the_token(void **state)
{
    static const struct {
        const char *value;
        enum jwt_role role;
    } rows[] = {{"\"mod\"", JWT_MOD},       {"\"vip\"", JWT_VIP},  {"\"Mod\"", JWT_NO_ROLE},
                {"\"admin\"", JWT_NO_ROLE}, {"\"\"", JWT_NO_ROLE}, {"1", JWT_NO_ROLE},
                {"[\"mod\"]", JWT_NO_ROLE}};
    char more[100];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct jwt_claims claims;

        snprintf(more, sizeof(more), ",\"role\":%s", rows[i].value);
        claims = claims_of(more);
        assert_int_equal(jwt_claims_role(&claims, BYTES("any")), rows[i].role);
        jwt_claims_fini(&claims);
        snprintf(more, sizeof(more), ",\"groups\":[\"1\"],\"role\":%s", rows[i].value);
        claims = claims_of(more);
        assert_int_equal(jwt_claims_role(&claims, BYTES("1")), rows[i].role);
        assert_int_equal(jwt_claims_role(&claims, BYTES("2")), JWT_NO_ROLE);
        jwt_claims_fini(&claims);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(token_of_each_algorithm_is_valid),
        cmocka_unit_test(token_of_another_program_is_valid),
        cmocka_unit_test(alg_none_is_refused_under_every_key),
        cmocka_unit_test(hs256_under_a_public_key_is_refused),
        cmocka_unit_test(algorithm_of_another_key_is_refused),
        cmocka_unit_test(algorithms_that_we_do_not_take_are_refused),
        cmocka_unit_test(head_without_a_text_for_alg_is_malformed),
        cmocka_unit_test(what_must_be_understood_is_not),
        cmocka_unit_test(any_other_byte_is_a_forgery),
        cmocka_unit_test(signature_of_nobody_is_a_forgery),
        cmocka_unit_test(signature_of_another_key_is_a_forgery),
        cmocka_unit_test(form_of_a_jwt_has_two_dots),
        cmocka_unit_test(what_is_no_base64url_or_json_is_malformed),
        cmocka_unit_test(token_above_8_kib_is_refused),
        cmocka_unit_test(sub_must_be_the_user),
        cmocka_unit_test(exp_is_required),
        cmocka_unit_test(exp_has_no_leeway),
        cmocka_unit_test(nbf_and_iat_may_be_30_seconds_ahead),
        cmocka_unit_test(groups_are_those_alone_that_the_token_names),
        cmocka_unit_test(what_is_no_id_names_no_group),
        cmocka_unit_test(groups_that_are_no_texts_are_malformed),
        cmocka_unit_test(role_is_held_in_the_groups_of_the_token),
    };

    return cmocka_run_group_tests_name("jwt", tests, set_up, tear_down);
}
