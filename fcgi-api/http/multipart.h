/* multipart.h - the fields of a multipart/form-data body (RFC 7578, RFC 2046 section 5.1). */
#ifndef API_HTTP_MULTIPART_H
#define API_HTTP_MULTIPART_H

#include <stdbool.h>

#include "lib/str.h"

enum multipart_result {
    MULTIPART_OK,
    MULTIPART_NO_DELIMITER, /* no line `--boundary` */
    MULTIPART_LF,           /* lines end in LF alone */
    MULTIPART_NO_END,       /* no `--boundary--` */
    MULTIPART_NO_HEADERS,   /* a part without lines NAME: VALUE and an empty line behind them */
    MULTIPART_NO_NAME,      /* a part without a name */
    MULTIPART_ENCODED,      /* a part with a Content-Transfer-Encoding that wants decoding */
    MULTIPART_REFUSED,      /* by the function */
    MULTIPART_RESULT__MAX
};

/* Takes one field; name and value point into the body. Returns false to refuse the body. */
typedef bool multipart_fn(void *arg, struct str name, struct str value);

/* The boundary in a Content-Type, quoted or not, of at most 70 characters. p is NULL if there is
 * none or an invalid one; with escapes it is invalid, as no boundary has characters that need
 * them. */
struct str multipart_boundary(struct str content_type);

/* Passes each field to fn, in order; a part with a file name is one as well. *name is that of the
 * part that is wrong; its p is NULL if it has none. The time is linear in the length. */
enum multipart_result multipart_parse(struct str body, struct str boundary, multipart_fn *fn,
                                      void *arg, struct str *name);

#endif
