/* cors.h - which pages of other sites may call the API (Fetch Standard, section 3.2). */
#ifndef API_HTTP_CORS_H
#define API_HTTP_CORS_H

#include <stdbool.h>

#include "fcgi-api/http/response.h"
#include "lib/str.h"

/* Adds the headers for a request from origin, which may be empty. origins: the setting
 * http.origins. methods: those of the path, to answer a preflight; else NULL. */
void cors_add(struct response *r, const char *origins, struct str origin, const char *methods);

#endif
