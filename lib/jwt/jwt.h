/* jwt.h - JSON Web Tokens (RFC 7519): who a token says that its bearer is, and what the user may.
 *
 * No Redis is asked: a token that the site has signed is valid until its `exp`, and cannot be
 * recalled.
 *
 * A daemon reads login.jwtKey into a key when it reads its settings. It checks a token that
 * jwt_has_form() when a client sends it by `auth`, if im.group.loginAuth is 1:
 *
 *   JWT_OK         the user is verified. claims.expires_ms is the time, Unix ms, at which the
 *                  connection ends (`error` 440 `expired`, close 4440) unless another token came
 *                  before; `you` tells it as `expires`. If jwt_claims_allow() says no for the
 *                  connection's group: `error` 403 `group`, close 4403. jwt_claims_role() is the
 *                  role of the user in that group.
 *   JWT_EXPIRED    `error` 440 `expired`, close 4440
 *   any other      `error` 440 `login`, close 4440
 *
 * The scripts get an empty token then, which means that they check no login. */
#ifndef LIB_JWT_JWT_H
#define LIB_JWT_JWT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/jwt/jwt_key.h"
#include "lib/str.h"
#include "lib/text.h"

enum {
    JWT_MAX_BYTES = 8192,
    JWT_SKEW_S = 30 /* so far may the clock of the site be ahead of ours: nbf, iat */
};

enum jwt_verdict {
    JWT_OK,
    JWT_TOO_LONG,
    JWT_MALFORMED, /* no base64url, no JSON, or a claim of the wrong type */
    JWT_WRONG_ALG, /* none, or not the algorithm of the key */
    JWT_CRITICAL,  /* the header has `crit`: more is to be understood than we do */
    JWT_FORGED,    /* the signature is not of this key */
    JWT_WRONG_USER,
    JWT_ENDLESS, /* no exp, or none that is a time */
    JWT_EXPIRED,
    JWT_TOO_EARLY, /* nbf or iat is to come */
    JWT_VERDICT__MAX
};

enum jwt_role {
    JWT_NO_ROLE, /* or one that we do not know */
    JWT_MOD,
    JWT_VIP
};

/* What a valid token says. jwt_check() fills it in; a zeroed one is valid too, and allows nothing.
 */
struct jwt_claims {
    int64_t expires_ms;
    enum jwt_role role;
    bool any_group;
    struct text groups; /* their ids, each with a line feed behind it; no id has one in it */
};

/* Is it the form of a JWT: are there two dots? Login tokens of fastim have none. */
bool jwt_has_form(struct str token);

/* May this user use the token? now_ms is Unix time. If the verdict is not JWT_OK, claims are
 * zeroed; else they go to jwt_claims_fini(). Nothing but the header is read before the signature
 * was checked. */
enum jwt_verdict jwt_check(const struct jwt_key *key, struct str token, struct str user,
                           int64_t now_ms, struct jwt_claims *claims);
const char *jwt_verdict_text(enum jwt_verdict verdict); /* a few words, for logs */

void jwt_claims_fini(struct jwt_claims *claims);

/* Is the token for this group? It is for all if it names none. */
bool jwt_claims_allow(const struct jwt_claims *claims, struct str group);

/* The user's role in this group. */
enum jwt_role jwt_claims_role(const struct jwt_claims *claims, struct str group);

#endif
