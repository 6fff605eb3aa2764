/* route.c - what a WebSocket path asks for. */
#include "push-daemon/net/route.h"

#include <stdbool.h>

#include "lib/ids.h"

enum {
    MAX_SEGMENTS = 3
};

/* Splits what follows prefix at its slashes. Returns the number of segments: 0 if path does not
 * begin with prefix, MAX_SEGMENTS + 1 if there are too many. */
static size_t
route_split(struct str path, const char *prefix, struct str segments[MAX_SEGMENTS])
{
    size_t prefix_length = strlen(prefix), count = 0, from = prefix_length;

    if (path.len < prefix_length || memcmp(path.p, prefix, prefix_length) != 0) {
        return 0;
    }
    for (size_t i = from; i <= path.len; i++) {
        if (i < path.len && path.p[i] != '/') {
            continue;
        }
        if (count == MAX_SEGMENTS) {
            return MAX_SEGMENTS + 1;
        }
        segments[count++] = str_make(path.p + from, i - from);
        from = i + 1;
    }
    return count;
}

int
route_parse(struct route *route, struct str path)
{
    struct str segments[MAX_SEGMENTS];

    if (route_split(path, "/group/chat/", segments) == 3) {
        *route = (struct route){
            .kind = ROUTE_CHAT, .group = segments[0], .user = segments[1], .token = segments[2]};
    } else if (route_split(path, "/group/list/", segments) == 2) {
        *route = (struct route){.kind = ROUTE_LIST, .user = segments[0], .token = segments[1]};
    } else {
        return 404;
    }
    if ((route->kind == ROUTE_CHAT && !id_valid(route->group)) || !id_valid(route->user) ||
        !id_valid(route->token)) {
        return 400;
    }
    return 0;
}
