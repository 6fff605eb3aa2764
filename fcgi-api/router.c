/* router.c - finds the endpoint of a request. */
#include "fcgi-api/router.h"

int
router_find(const struct endpoint *const table[], struct str method, struct str path,
            const struct endpoint **found)
{
    *found = NULL;
    for (size_t i = 0; table[i] != NULL; i++) {
        if (!str_is(path, table[i]->path)) {
            continue;
        }
        *found = table[i];
        if (str_is(method, table[i]->method) ||
            (str_is(method, "HEAD") && strcmp(table[i]->method, "GET") == 0)) {
            return 0;
        }
    }
    if (*found == NULL) {
        return 404;
    }
    return str_is(method, "OPTIONS") ? 204 : 405;
}

const char *
router_allow(const struct endpoint *endpoint)
{
    return strcmp(endpoint->method, "GET") == 0 ? "GET, HEAD, OPTIONS" : "POST, OPTIONS";
}
