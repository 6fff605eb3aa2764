/* cors.c - which pages of other sites may call the API. */
#include "fcgi-api/http/cors.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "lib/wordlist.h"

void
cors_add(struct response *r, const char *origins, struct str origin, const char *methods)
{
    if (strcmp(origins, "*") == 0) {
        response_header(r, "Access-Control-Allow-Origin", "*");
    } else {
        response_header(r, "Vary", "Origin");
        if (!wordlist_has(origins, origin)) {
            return;
        }
        char *allowed = mem_dup(origin.p, origin.len);

        response_header(r, "Access-Control-Allow-Origin", allowed);
        free(allowed);
    }
    if (methods != NULL) {
        response_header(r, "Access-Control-Allow-Methods", methods);
        response_header(r, "Access-Control-Allow-Headers", "userId, token, content-type");
        response_header(r, "Access-Control-Max-Age", "86400");
    }
}
