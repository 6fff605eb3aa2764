/* base64url.h - decodes the base64 of JWTs (RFC 7515, section 2). */
#ifndef LIB_JWT_BASE64URL_H
#define LIB_JWT_BASE64URL_H

#include <stdbool.h>

#include "lib/str.h"
#include "lib/text.h"

/* Adds the bytes to out. Returns false, and leaves out alone, if the text is not what an encoder
 * writes: so no two texts mean the same bytes. No padding, no line ends. */
bool base64url_decode(struct text *out, struct str encoded);

#endif
