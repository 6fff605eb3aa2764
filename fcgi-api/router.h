/* router.h - finds the endpoint of a request in a table, by its method and path. */
#ifndef API_ROUTER_H
#define API_ROUTER_H

#include <stdbool.h>

#include "fcgi-api/endpoints/endpoint.h"
#include "lib/str.h"

/* Finds the endpoint of a table that ends in NULL. A slash at the end and doubled slashes make no
 * difference; {name} in its path stands for an id. Returns 0 if method and path have one: *found.
 * Else returns 404 (*found is NULL), or 405, or 204 for OPTIONS (*found is one of that path). */
int router_find(const struct endpoint *const table[], struct str method, struct str path,
                const struct endpoint **found);

/* The methods that the path of this endpoint takes, as the header Allow lists them (RFC 9110,
 * section 10.2.1). */
const char *router_allow(const struct endpoint *endpoint);

/* Is the endpoint's path one of these, which are separated by spaces? Slashes count as above. */
bool router_lists(const char *paths, const struct endpoint *endpoint);

#endif
