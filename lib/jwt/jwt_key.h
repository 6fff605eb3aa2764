/* jwt_key.h - the key that JWTs are signed with (login.jwtKey), and what it says of a signature. */
#ifndef LIB_JWT_JWT_KEY_H
#define LIB_JWT_JWT_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/str.h"

struct jwt_key;

enum {
    JWT_SECRET_MIN_BYTES = 32 /* RFC 7518, section 3.2 */
};

/* A key goes with one algorithm:
 *   a secret                        HS256
 *   a PEM public key, RSA           RS256
 *   a PEM public key, EC of P-256   ES256
 * setting is the value of login.jwtKey: the path of a file, which begins with a slash; or the PEM,
 * in which spaces may stand for line ends; or else the secret. Of a file, which holds a PEM or a
 * secret, one line end at the end does not count.
 *
 * Returns NULL if that is no key, and writes why: "..., write ...". why never holds the key. */
struct jwt_key *jwt_key_create(const char *setting, char *why, size_t size);
void jwt_key_destroy(struct jwt_key *key); /* NULL is fine */

/* The algorithm of the key. A token that names another one is not for this key, as `none`, or HS256
 * with a public key. */
const char *jwt_key_alg(const struct jwt_key *key);

/* Is this the signature of the bytes, by the key's algorithm? */
bool jwt_key_verify(const struct jwt_key *key, struct str bytes, struct str signature);

/* For the table of settings: an empty text is no key, and valid. */
bool jwt_key_is_valid(const char *setting);
void jwt_key_explain(const char *setting, char *out, size_t size);

#endif
