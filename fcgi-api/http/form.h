/* form.h - the parameters of a request: from its body, and from its query where the body has none. */
#ifndef API_HTTP_FORM_H
#define API_HTTP_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "fcgi-api/http/request.h"
#include "lib/str.h"
#include "lib/text.h"

enum form_result {
    FORM_OK,
    FORM_TOO_LARGE,   /* 413 */
    FORM_UNSUPPORTED, /* 415: a body of another type */
    FORM_MALFORMED,   /* 400 */
    FORM_RESULT__MAX
};

enum {
    FORM_FIELDS_MAX = 256 /* more of them are malformed */
};

struct form {
    struct {
        struct str name;
        struct str value;
    } fields[FORM_FIELDS_MAX];
    size_t count;
    char *decoded; /* what the urlencoded ones point into */
};

/* The request must outlive the form. Call form_fini() whatever the result. */
enum form_result form_read(struct form *f, const struct request *r);
void form_fini(struct form *f);

/* The first of that name; p is NULL where there is none. */
struct str form_get(const struct form *f, const char *name);

#endif
