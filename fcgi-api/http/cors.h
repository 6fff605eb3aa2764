/* cors.h - which other sites' pages may call us (the Fetch Standard, section 3.2). */
#ifndef API_HTTP_CORS_H
#define API_HTTP_CORS_H

#include <stdbool.h>

#include "fcgi-api/http/response.h"
#include "lib/str.h"

/* Adds the headers of http.origins (origins) for a request from origin (may be empty). methods is not
 * NULL for the answer to a preflight. */
void cors_add(struct response *r, const char *origins, struct str origin, const char *methods);

#endif
