/* router.c - finds the endpoint of a request. */
#include "fcgi-api/router.h"

#include "lib/ids.h"
#include "lib/wordlist.h"

/* What stands from there on up to the next slash. */
static struct str
router_part(struct str path, size_t begin)
{
    size_t end = begin;

    while (end < path.len && path.p[end] != '/') {
        end++;
    }
    return str_make(path.p + begin, end - begin);
}

/* Base URLs end in a slash or do not: so doubled slashes count as one, and those at the end do not
 * count. {name} stands for an id. */
static bool
router_is_path(struct str path, const char *wanted)
{
    for (size_t i = 0; i < path.len; i++) {
        if (path.p[i] == '/' && (i + 1 == path.len || path.p[i + 1] == '/')) {
            continue;
        }
        if (*wanted == '{' && path.p[i] != '/') {
            struct str id = router_part(path, i);

            if (!id_valid(id)) {
                return false;
            }
            i += id.len - 1;
            wanted = strchr(wanted, '}') + 1;
            continue;
        }
        if (*wanted == '\0' || path.p[i] != *wanted) {
            return false;
        }
        wanted++;
    }
    return *wanted == '\0';
}

int
router_find(const struct endpoint *const table[], struct str method, struct str path,
            const struct endpoint **found)
{
    *found = NULL;
    for (size_t i = 0; table[i] != NULL; i++) {
        if (!router_is_path(path, table[i]->path)) {
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

bool
router_lists(const char *paths, const struct endpoint *endpoint)
{
    struct str word;

    while ((word = wordlist_next(&paths)).len > 0) {
        if (router_is_path(word, endpoint->path)) {
            return true;
        }
    }
    return false;
}
