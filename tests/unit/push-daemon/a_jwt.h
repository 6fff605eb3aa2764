/* a_jwt.h - a JWT of a site for user u, signed by its secret. */
#ifndef TESTS_UNIT_PUSHD_A_JWT_H
#define TESTS_UNIT_PUSHD_A_JWT_H

#include "tests/unit/lib/jwt/a_token.h"
#include "tests/unit/unit.h"

/* With these claims. Valid until the next call; text_fini() it at the end. */
static inline struct str
a_jwt(struct text *token, const char *claims)
{
    const struct signer signer = {BYTES(SECRET), NULL};

    token_of(token, &signer, str_of(HS256), str_of(claims));
    return text_str(token);
}

#endif
