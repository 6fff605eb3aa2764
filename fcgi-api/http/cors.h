/* cors.h - which pages of other sites may call the API (Fetch Standard, section 3.2). */
#ifndef API_HTTP_CORS_H
#define API_HTTP_CORS_H

#include <stdbool.h>

#include "fcgi-api/http/response.h"
#include "lib/str.h"

/* Adds the headers for a request from origin, which may be empty. origins: the setting
 * http.origins. */
void cors_add(struct response *r, const char *origins, struct str origin);

/* The same to answer a preflight. methods: those of the path. asked: the headers that the page is
 * going to send (Access-Control-Request-Headers); each may be sent, but for adminToken. */
void cors_add_preflight(struct response *r, const char *origins, struct str origin,
                        const char *methods, struct str asked);

#endif
