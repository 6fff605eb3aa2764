/* jwt.c - any bytes as a JWT: as a whole token; and, signed with the right secret, as its head and
 * claims, which are read only if the signature is right.
 *
 * Up to the first line end the input is the user, then the token; or, if that is empty, the head,
 * and behind another line end the claims. */
#include "lib/jwt/jwt.h"

#include "lib/ids.h"
#include "lib/jwt/base64url.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/lib/jwt/a_token.h"

#define NOW_MS INT64_C(1700000000000)

static const struct signer site = {.secret = {SECRET, sizeof(SECRET) - 1}};

/* A key of each algorithm. */
static struct jwt_key *
key_of(int i)
{
    static struct jwt_key *keys[3];
    struct text pem;
    EVP_PKEY *pair;
    char why[200];

    if (keys[i] == NULL) {
        text_init(&pem);
        pair = i == 1 ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
        token_add_pem(&pem, pair, false);
        keys[i] = jwt_key_create(i == 0 ? SECRET : pem.bytes, why, sizeof(why));
        CHECK(keys[i] != NULL);
        EVP_PKEY_free(pair);
        text_fini(&pem);
    }
    return keys[i];
}

static enum jwt_verdict
check(int key, struct str token, struct str user)
{
    static const struct jwt_claims none;
    struct jwt_claims claims;
    enum jwt_verdict verdict = jwt_check(key_of(key), token, user, NOW_MS, &claims);

    if (verdict == JWT_OK) {
        CHECK(claims.expires_ms > NOW_MS && claims.expires_ms <= INT64_C(9007199254740992));
        CHECK(!claims.any_group || claims.groups.len == 0);
        CHECK(claims.any_group || !jwt_claims_allow(&claims, str_make("", 0)));
        for (struct str rest = text_str(&claims.groups); rest.len > 0;) {
            struct str group = fuzz_part(&rest, '\n');

            CHECK(id_valid(group) && jwt_claims_allow(&claims, group));
            CHECK(jwt_claims_role(&claims, group) == claims.role);
        }
    } else {
        CHECK(memcmp(&claims, &none, sizeof(none)) == 0);
        CHECK(!jwt_claims_allow(&claims, str_of("g")));
    }
    jwt_claims_fini(&claims);
    return verdict;
}

/* What is decoded is what an encoder makes of it. */
static void
check_base64url(struct str encoded)
{
    struct text decoded, again;

    text_init(&decoded);
    text_init(&again);
    if (base64url_decode(&decoded, encoded)) {
        token_add_encoded(&again, decoded.bytes, decoded.len);
        CHECK(str_equal(text_str(&again), encoded));
    }
    text_fini(&decoded);
    text_fini(&again);
}

static void
fuzz(struct str input)
{
    struct str user = fuzz_part(&input, '\n'), head, rest = input;
    struct text token;

    check_base64url(input);
    if (input.len > 0 && *input.p != '\n') {
        for (int key = 0; key < 3; key++) {
            (void)check(key, input, user);
        }
        return;
    }
    (void)fuzz_part(&rest, '\n');
    head = fuzz_part(&rest, '\n');
    text_init(&token);
    token_of(&token, &site, head, rest);
    (void)check(0, text_str(&token), user);
    CHECK(check(1, text_str(&token), user) != JWT_OK);
    CHECK(check(2, text_str(&token), user) != JWT_OK);
    token_of(&token, &site, str_of(HS256), rest);
    (void)check(0, text_str(&token), user);
    if (token.len > 0) { /* another signature */
        token.bytes[token.len - 2] = token.bytes[token.len - 2] == 'A' ? 'B' : 'A';
        CHECK(check(0, text_str(&token), user) != JWT_OK);
    }
    text_fini(&token);
}
