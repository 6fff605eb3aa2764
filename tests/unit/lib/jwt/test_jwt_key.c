/* test_jwt_key.c - which texts and files are a key, and what is said of the others. */
#include "lib/jwt/jwt_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/lib/jwt/a_token.h"
#include "tests/unit/unit.h"

static char path[] = "/tmp/fastim-key-XXXXXX";
static struct text pem;

static int
set_up(void **state)
{
    (void)state;
    memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
    close(mkstemp(path));
    text_init(&pem);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    text_fini(&pem);
    return unlink(path);
}

/* Puts the key into pem. */
static void
make_pem(EVP_PKEY *key, bool whole)
{
    text_clear(&pem);
    token_add_pem(&pem, key, whole);
    EVP_PKEY_free(key);
}

static void
write_file(struct str bytes)
{
    FILE *file = fopen(path, "w");

    assert_int_equal(fwrite(bytes.p, 1, bytes.len, file), bytes.len);
    fclose(file);
}

static void
assert_alg(const char *setting, const char *alg)
{
    char why[200] = "";
    struct jwt_key *key = jwt_key_create(setting, why, sizeof(why));

    assert_string_equal(why, "");
    assert_non_null(key);
    assert_string_equal(jwt_key_alg(key), alg);
    jwt_key_destroy(key);
    assert_true(jwt_key_is_valid(setting));
}

static void
assert_no_key(const char *setting, const char *words)
{
    char why[200] = "", small[10];

    assert_null(jwt_key_create(setting, why, sizeof(why)));
    assert_non_null(strstr(why, words));
    assert_null(strstr(why, "s3cret"));
    assert_false(jwt_key_is_valid(setting));
    jwt_key_explain(setting, small, sizeof(small));
    assert_memory_equal(small, why, sizeof(small) - 1);
}

static void
secret_of_32_bytes_is_a_key(void **state)
{
    (void)state;
    assert_alg(SECRET, "HS256");
    assert_alg("MII-----BEGIN PUBLIC KEY-----xxxxxxxx", "HS256");
    assert_no_key("s3cret s3cret s3cret s3cret s3c", "less than 32 bytes");
    assert_true(jwt_key_is_valid(""));
}

static void
public_key_has_the_algorithm_of_its_kind(void **state)
{
    (void)state;
    make_pem(EVP_RSA_gen(2048), false);
    assert_alg(pem.bytes, "RS256");
    make_pem(EVP_EC_gen("P-256"), false);
    assert_alg(pem.bytes, "ES256");
}

/* YAML folds lines, and the table of settings makes spaces of line ends. */
static void
line_ends_of_a_pem_may_be_spaces_or_anything_of_the_kind(void **state)
{
    static const char *const ends[] = {" ", "  ", "\r\n", "\n\n", ""};

    (void)state;
    make_pem(EVP_RSA_gen(2048), false);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct text other;

        text_init(&other);
        for (char *p = pem.bytes; *p != '\0'; p++) {
            text_add(&other, *p == '\n' ? ends[i] : p, *p == '\n' ? strlen(ends[i]) : 1);
        }
        assert_alg(other.bytes, "RS256");
        text_fini(&other);
    }
}

static void
other_keys_are_refused(void **state)
{
    (void)state;
    make_pem(EVP_RSA_gen(1024), false);
    assert_no_key(pem.bytes, "less than 2048 bits");
    make_pem(EVP_EC_gen("P-384"), false);
    assert_no_key(pem.bytes, "another curve");
    make_pem(EVP_EC_gen("secp256k1"), false);
    assert_no_key(pem.bytes, "another curve");
    make_pem(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), false);
    assert_no_key(pem.bytes, "of another kind");
    make_pem(EVP_EC_gen("P-256"), true);
    assert_no_key(pem.bytes, "is no public key");
}

static void
broken_pem_is_refused(void **state)
{
    (void)state;
    make_pem(EVP_EC_gen("P-256"), false);
    pem.bytes[60] = pem.bytes[60] == 'A' ? 'B' : 'A'; /* in the point, which is on the curve */
    pem.bytes[90] = '*';
    assert_no_key(pem.bytes, "broken PEM");
    assert_no_key("-----BEGIN PUBLIC KEY-----", "is no public key");
    assert_no_key("-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----", "broken PEM");
    assert_no_key("-----BEGIN PUBLIC KEY----- s3cret -----END PUBLIC KEY-----", "broken PEM");
    assert_no_key("-----BEGIN CERTIFICATE----- s3cret -----END CERTIFICATE-----", "is no public");
}

static void
file_has_a_secret_or_a_pem(void **state)
{
    char why[200];
    struct jwt_key *key;
    unsigned char signature[512];
    struct signer signer = {.secret = BYTES("\0\n 0123456789abcdef0123456789ABCDEF")};
    size_t len = token_sign(&signer, BYTES("x"), signature);

    (void)state;
    for (int i = 0; i < 3; i++) { /* one line end at the end does not count */
        write_file(i == 0   ? BYTES("\0\n 0123456789abcdef0123456789ABCDEF")
                   : i == 1 ? BYTES("\0\n 0123456789abcdef0123456789ABCDEF\n")
                            : BYTES("\0\n 0123456789abcdef0123456789ABCDEF\r\n"));
        key = jwt_key_create(path, why, sizeof(why));
        assert_non_null(key);
        assert_true(jwt_key_verify(key, BYTES("x"), str_make((char *)signature, len)));
        assert_false(jwt_key_verify(key, BYTES("y"), str_make((char *)signature, len)));
        assert_false(jwt_key_verify(key, BYTES("x"), str_make((char *)signature, len - 1)));
        jwt_key_destroy(key);
    }
    make_pem(EVP_EC_gen("P-256"), false);
    write_file(text_str(&pem));
    assert_alg(path, "ES256");
}

static void
file_that_cannot_be_used_is_told(void **state)
{
    static char large[4097];

    (void)state;
    assert_no_key("/nonexistent/s", "(No such file or directory)");
    assert_no_key("/tmp", "(it is no file)");
    assert_no_key(path, "names a file that is a secret of less than 32 bytes");
    memset(large, 'x', sizeof(large));
    write_file(str_make(large, sizeof(large) - 1));
    assert_alg(path, "HS256");
    write_file(str_make(large, sizeof(large)));
    assert_no_key(path, "more than 4096 bytes");
    write_file(BYTES(SECRET));
    chmod(path, 0602);
    assert_no_key(path, "everybody may write it");
    chmod(path, 0600);
    assert_alg(path, "HS256");
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_no_key(path, "it is no file");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(secret_of_32_bytes_is_a_key),
        TEST(public_key_has_the_algorithm_of_its_kind),
        TEST(line_ends_of_a_pem_may_be_spaces_or_anything_of_the_kind),
        TEST(other_keys_are_refused),
        TEST(broken_pem_is_refused),
        TEST(file_has_a_secret_or_a_pem),
        TEST(file_that_cannot_be_used_is_told),
    };

    return cmocka_run_group_tests_name("jwt_key", tests, NULL, NULL);
}
