/* a_token.h - keys, and tokens that they sign: made with OpenSSL alone, not with what is tested. */
#ifndef TESTS_UNIT_LIB_JWT_A_TOKEN_H
#define TESTS_UNIT_LIB_JWT_A_TOKEN_H

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#include "lib/str.h"
#include "lib/text.h"

#define SECRET "0123456789abcdef0123456789ABCDEF"
#define HS256  "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define RS256  "{\"alg\":\"RS256\",\"typ\":\"JWT\"}"
#define ES256  "{\"alg\":\"ES256\",\"typ\":\"JWT\"}"

/* Signs with the private key, or with the secret if there is none. */
struct signer {
    struct str secret;
    EVP_PKEY *private;
};

static inline void
token_add_encoded(struct text *out, const void *bytes, size_t len)
{
    unsigned char *encoded = malloc(len * 2 + 4);
    int n = EVP_EncodeBlock(encoded, bytes, (int)len);

    for (int i = 0; i < n && encoded[i] != '='; i++) {
        text_add(out, encoded[i] == '+' ? "-" : encoded[i] == '/' ? "_" : (char *)encoded + i, 1);
    }
    free(encoded);
}

/* Two numbers of 32 bytes each, for the DER that OpenSSL makes. */
static inline size_t
token_raw_ecdsa(unsigned char *signature, size_t len)
{
    const unsigned char *p = signature;
    ECDSA_SIG *numbers = d2i_ECDSA_SIG(NULL, &p, (long)len);

    BN_bn2binpad(ECDSA_SIG_get0_r(numbers), signature, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(numbers), signature + 32, 32);
    ECDSA_SIG_free(numbers);
    return 64;
}

/* The signature of the bytes; signature has room for 512 bytes. Returns its length. */
static inline size_t
token_sign(const struct signer *s, struct str bytes, unsigned char *signature)
{
    EVP_MD_CTX *context;
    size_t len = 512;
    unsigned hmac_len = 0;

    if (s->private == NULL) {
        HMAC(EVP_sha256(), s->secret.p, (int)s->secret.len, (const unsigned char *)bytes.p,
             bytes.len, signature, &hmac_len);
        return hmac_len;
    }
    context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, s->private);
    EVP_DigestSign(context, signature, &len, (const unsigned char *)bytes.p, bytes.len);
    EVP_MD_CTX_free(context);
    return EVP_PKEY_get_base_id(s->private) == EVP_PKEY_EC ? token_raw_ecdsa(signature, len) : len;
}

/* Makes *out the token of this head and these claims. */
static inline void
token_of(struct text *out, const struct signer *s, struct str head, struct str claims)
{
    unsigned char signature[512];
    size_t len;

    text_clear(out);
    token_add_encoded(out, head.p, head.len);
    text_add_str(out, ".");
    token_add_encoded(out, claims.p, claims.len);
    len = token_sign(s, text_str(out), signature);
    text_add_str(out, ".");
    token_add_encoded(out, signature, len);
}

/* Adds the public key, or both keys, as PEM. */
static inline void
token_add_pem(struct text *out, EVP_PKEY *key, bool whole)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem;
    long len;

    if (whole) {
        PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    } else {
        PEM_write_bio_PUBKEY(bio, key);
    }
    len = BIO_get_mem_data(bio, &pem);
    text_add(out, pem, (size_t)len);
    BIO_free(bio);
}

#endif
