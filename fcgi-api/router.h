/* router.h - which endpoint a request is for. Pure: a table and two strings. */
#ifndef API_ROUTER_H
#define API_ROUTER_H

#include "fcgi-api/endpoints/endpoint.h"
#include "lib/str.h"

/* The endpoint, in *found. Returns 0; or 404, 405 (then *found is one of that path), or 204: OPTIONS. */
int router_find(const struct endpoint *const table[], struct str method, struct str path,
                const struct endpoint **found);

/* The methods that the path of this endpoint takes, as for the Allow header. */
const char *router_allow(const struct endpoint *endpoint);

#endif
