/* jwt_key.c - the key that JWTs are signed with; the only file that knows libcrypto.
 *
 * libjwt would be a layer above. That of Debian 12 (1.10.2) decodes and parses a token before it
 * looks at the signature, and writes beyond its memory for `..`; it cannot tell at the start that
 * a key is wrong; libjwt 3 has another interface. */
#include "lib/jwt/jwt_key.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/jwt/key_text.h"
#include "lib/mem.h"
#include "lib/text.h"

enum {
    SHA256_BYTES = 32,
    ES256_BYTES = 64, /* two numbers of 256 bits */
    RSA_MIN_BITS = 2048
};

struct jwt_key {
    const char *alg;
    struct text secret; /* of HS256 */
    EVP_PKEY *public;   /* of the others */
};

void
jwt_key_destroy(struct jwt_key *key)
{
    if (key == NULL) {
        return;
    }
    key_text_forget(&key->secret);
    EVP_PKEY_free(key->public);
    free(key);
}

/* ---- what it is ---- */

/* If the PEM is encrypted, OpenSSL must not ask for a password at the terminal. */
static int
jwt_key_no_password(char *buffer, int size, int writing, void *arg)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)arg;
    return -1;
}

static const char *
jwt_key_judge(struct jwt_key *key)
{
    char curve[32] = "";

    switch (EVP_PKEY_get_base_id(key->public)) {
    case EVP_PKEY_RSA:
        key->alg = "RS256";
        return EVP_PKEY_get_bits(key->public) >= RSA_MIN_BITS
                   ? NULL
                   : "is an RSA key of less than 2048 bits, write a longer one";
    case EVP_PKEY_EC:
        key->alg = "ES256";
        (void)EVP_PKEY_get_group_name(key->public, curve, sizeof(curve), NULL);
        return strcmp(curve, "prime256v1") == 0 ? NULL : "is of another curve, write one of P-256";
    default:
        return "is of another kind, write an RSA key or an EC key of P-256";
    }
}

static const char *
jwt_key_take_pem(struct jwt_key *key, struct str pem)
{
    struct text lines;
    BIO *bio;

    text_init(&lines);
    if (!key_text_lay_out(&lines, pem)) {
        text_fini(&lines);
        return "is no public key, write -----BEGIN PUBLIC KEY----- as `openssl pkey -pubout` has "
               "it";
    }
    bio = BIO_new_mem_buf(lines.bytes, (int)lines.len);
    if (bio != NULL) {
        key->public = PEM_read_bio_PUBKEY(bio, NULL, jwt_key_no_password, NULL);
    }
    BIO_free(bio);
    text_fini(&lines);
    ERR_clear_error();
    return key->public != NULL ? jwt_key_judge(key)
                               : "has a broken PEM, write it as `openssl pkey -pubout` has it";
}

static const char *
jwt_key_take(struct jwt_key *key, struct str text)
{
    if (key_text_is_pem(text)) {
        return jwt_key_take_pem(key, text);
    }
    if (text.len < JWT_SECRET_MIN_BYTES) {
        return "is a secret of less than 32 bytes, write a longer one, as of `openssl rand -hex "
               "32`";
    }
    key->alg = "HS256";
    text_add(&key->secret, text.p, text.len);
    return NULL;
}

struct jwt_key *
jwt_key_create(const char *setting, char *why, size_t size)
{
    struct jwt_key *key = mem_zalloc(sizeof(*key));
    struct text text;
    const char *wrong;

    text_init(&key->secret);
    text_init(&text);
    wrong = key_text_read(&text, setting);
    if (wrong != NULL) {
        snprintf(why, size, "names a file that cannot be used (%s), write the path of a key",
                 wrong);
    } else {
        wrong = jwt_key_take(key, text_str(&text));
        snprintf(why, size, "%s%s", wrong != NULL && *setting == '/' ? "names a file that " : "",
                 wrong != NULL ? wrong : "");
    }
    key_text_forget(&text);
    if (wrong != NULL) {
        jwt_key_destroy(key);
        return NULL;
    }
    return key;
}

/* ---- signatures ---- */

static bool
jwt_key_verify_hmac(const struct jwt_key *key, struct str bytes, struct str signature)
{
    unsigned char made[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    return HMAC(EVP_sha256(), key->secret.bytes, (int)key->secret.len,
                (const unsigned char *)bytes.p, bytes.len, made, &len) != NULL &&
           len == SHA256_BYTES && signature.len == len &&
           CRYPTO_memcmp(made, signature.p, len) == 0;
}

static bool
jwt_key_verify_public(const struct jwt_key *key, struct str bytes, const unsigned char *signature,
                      size_t len)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok =
        context != NULL &&
        EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key->public) == 1 &&
        EVP_DigestVerify(context, signature, len, (const unsigned char *)bytes.p, bytes.len) == 1;

    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return ok;
}

/* A JWT has the two numbers of the signature side by side; OpenSSL wants them as DER. */
static bool
jwt_key_verify_ecdsa(const struct jwt_key *key, struct str bytes, struct str signature)
{
    const unsigned char *p = (const unsigned char *)signature.p;
    ECDSA_SIG *numbers = ECDSA_SIG_new();
    unsigned char *der = NULL;
    BIGNUM *r, *s;
    int len = 0;
    bool ok;

    if (numbers == NULL || signature.len != ES256_BYTES) {
        ECDSA_SIG_free(numbers);
        return false;
    }
    r = BN_bin2bn(p, ES256_BYTES / 2, NULL);
    s = BN_bin2bn(p + ES256_BYTES / 2, ES256_BYTES / 2, NULL);
    if (r != NULL && s != NULL && ECDSA_SIG_set0(numbers, r, s) == 1) {
        len = i2d_ECDSA_SIG(numbers, &der);
    } else {
        BN_free(r);
        BN_free(s);
    }
    ok = len > 0 && jwt_key_verify_public(key, bytes, der, (size_t)len);
    OPENSSL_free(der);
    ECDSA_SIG_free(numbers);
    return ok;
}

const char *
jwt_key_alg(const struct jwt_key *key)
{
    return key->alg;
}

bool
jwt_key_verify(const struct jwt_key *key, struct str bytes, struct str signature)
{
    if (key->public == NULL) {
        return jwt_key_verify_hmac(key, bytes, signature);
    }
    return EVP_PKEY_get_base_id(key->public) == EVP_PKEY_EC
               ? jwt_key_verify_ecdsa(key, bytes, signature)
               : jwt_key_verify_public(key, bytes, (const unsigned char *)signature.p,
                                       signature.len);
}

/* ---- the setting ---- */

bool
jwt_key_is_valid(const char *setting)
{
    char why[200];

    jwt_key_explain(setting, why, sizeof(why));
    return *why == '\0';
}

void
jwt_key_explain(const char *setting, char *out, size_t size)
{
    *out = '\0';
    if (*setting != '\0') {
        jwt_key_destroy(jwt_key_create(setting, out, size));
    }
}
