/* identity.h - who a request says that it is from: the headers userId and token.
 *
 * There may be several ways to read them, as clients cannot send every id as it is: browsers and
 * many HTTP libraries send `José` in Latin-1, and of `你好` nothing, unless it is percent-encoded.
 * And if a client sends a header twice, web servers join the values. The first way is the plain
 * one; a token that belongs to the user tells which way is right. */
#ifndef API_HTTP_IDENTITY_H
#define API_HTTP_IDENTITY_H

#include <stdbool.h>

#include "lib/ids.h"
#include "lib/str.h"

enum identity_reading {
    IDENTITY_AS_SENT, /* userId is UTF-8; else it is Latin-1 */
    IDENTITY_ONCE,    /* a value that stands there twice counts once */
    IDENTITY_DECODED  /* userId is percent-encoded */
};

enum {
    /* Longer headers cannot name a user: each byte may be percent-encoded, and all of it there
     * twice. */
    IDENTITY_MAX_BYTES = 2 * (3 * ID_MAX_BYTES + 1)
};

struct identity {
    struct str user; /* as the present reading has it; may be no valid id */
    struct str token;
    enum identity_reading reading;
    char utf8[2 * IDENTITY_MAX_BYTES]; /* of what was Latin-1 */
    char decoded[2 * IDENTITY_MAX_BYTES + 1];
};

/* The first reading. The headers must outlive it. */
void identity_read(struct identity *id, struct str user, struct str token);

/* Goes on to the next reading that differs and has a valid id. Returns false if there is none. */
bool identity_next(struct identity *id);

#endif
