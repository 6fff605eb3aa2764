/* multipart.h - the fields of a multipart/form-data body (RFC 7578, RFC 2046 section 5.1). */
#ifndef API_HTTP_MULTIPART_H
#define API_HTTP_MULTIPART_H

#include <stdbool.h>

#include "lib/str.h"

/* Takes one field; false ends the parsing as malformed. Names and values point into the body. */
typedef bool multipart_fn(void *arg, struct str name, struct str value);

/* The boundary in a Content-Type, quoted or not; at most 70 characters. p is NULL if it has none, or an
 * impossible one. A quoted one with escapes in it is impossible: boundaries have no such characters. */
struct str multipart_boundary(struct str content_type);

/* Hands each field to fn, in order. A part with a file name is a file and is passed over. False: the
 * body is malformed, for one without its closing boundary. Linear in the body's length. */
bool multipart_parse(struct str body, struct str boundary, multipart_fn *fn, void *arg);

#endif
