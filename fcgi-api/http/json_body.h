/* json_body.h - the members of an application/json body (RFC 8259): one flat object. */
#ifndef API_HTTP_JSON_BODY_H
#define API_HTTP_JSON_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/str.h"

enum json_body_result {
    JSON_BODY_OK,
    JSON_BODY_NO_JSON,   /* from `at` on */
    JSON_BODY_NO_OBJECT, /* text, a number, an array */
    JSON_BODY_NESTED,    /* member `name` is an object or an array */
    JSON_BODY_SURROGATE, /* half a character by \u, in member `name` or in a name */
    JSON_BODY_REFUSED,   /* by the function */
    JSON_BODY_RESULT__MAX
};

struct json_body_fault {
    size_t at;
    struct str name; /* empty: it is not about one member */
};

/* Takes one member; name and value point into the body, but value.p is NULL for null. Returns false
 * to refuse the body. */
typedef bool json_body_fn(void *arg, struct str name, struct str value);

/* Passes each member to fn, in order: the text of a string, and numbers, true and false as they
 * stand there. A body that is null or blank has none. Decodes strings within the body. Names and
 * values may be no UTF-8 and may have NULs. */
enum json_body_result json_body_parse(char *body, size_t length, json_body_fn *fn, void *arg,
                                      struct json_body_fault *fault);

#endif
