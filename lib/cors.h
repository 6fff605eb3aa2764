/* cors.h - which pages of other sites may read our answers (Fetch Standard, section 3.2). */
#ifndef LIB_CORS_H
#define LIB_CORS_H

#include "lib/str.h"
#include "lib/text.h"

/* Adds the header lines for a request from origin, which may be empty. origins: the setting
 * http.origins. */
void cors_add(struct text *headers, const char *origins, struct str origin);

/* The same to answer a preflight. methods: those of the path. asked: the headers that the page is
 * going to send (Access-Control-Request-Headers); each may be sent, but for adminToken. */
void cors_add_preflight(struct text *headers, const char *origins, struct str origin,
                        const char *methods, struct str asked);

#endif
