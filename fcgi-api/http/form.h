/* form.h - the parameters of a request, from its body and its query. */
#ifndef API_HTTP_FORM_H
#define API_HTTP_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "fcgi-api/http/request.h"
#include "lib/str.h"
#include "lib/text.h"

enum form_result {
    FORM_OK,
    FORM_TOO_LARGE, /* 413 */
    FORM_ENCODED,   /* 415: by a Content-Encoding */
    FORM_MALFORMED, /* 400 */
    FORM_RESULT__MAX
};

enum {
    FORM_FIELDS_MAX = 256, /* a form with more is malformed */
    FORM_NAME_SHOWN = 64   /* bytes of a name in `why` */
};

struct form {
    struct {
        struct str name;
        struct str value;
    } fields[FORM_FIELDS_MAX];
    size_t count;
    bool body_ignored; /* its type is not understood: what is not in the query is 415 */
    char why[200];     /* in UTF-8: what is wrong with an encoded or malformed form */
    char *decoded;     /* fields may point into it */
};

/* Reads both. All names and values are UTF-8 without NUL. The form points into the request, which
 * must outlive it. Call form_fini() whatever the result is. */
enum form_result form_read(struct form *f, const struct request *r);
void form_fini(struct form *f);

/* The value of the first field of that name, the body's before the query's. p is NULL if there is
 * no such field. */
struct str form_get(const struct form *f, const char *name);

#endif
