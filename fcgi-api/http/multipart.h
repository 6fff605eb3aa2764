/* multipart.h - the fields of a multipart/form-data body (RFC 7578, RFC 2046 section 5.1). */
#ifndef API_HTTP_MULTIPART_H
#define API_HTTP_MULTIPART_H

#include <stdbool.h>

#include "lib/str.h"

/* Takes one field; name and value point into the body. Returns false to refuse the body. */
typedef bool multipart_fn(void *arg, struct str name, struct str value);

/* The boundary in a Content-Type, quoted or not, of at most 70 characters. p is NULL if there is
 * none or an invalid one; with escapes it is invalid, as no boundary has characters that need
 * them. */
struct str multipart_boundary(struct str content_type);

/* Passes each field to fn, in order. Skips a part with a file name, which is a file. Returns
 * false if the body is malformed, for example without its closing boundary. The time is linear
 * in the length. */
bool multipart_parse(struct str body, struct str boundary, multipart_fn *fn, void *arg);

#endif
