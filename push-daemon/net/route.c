/* route.c - what a path asks for. */
#include "push-daemon/net/route.h"

#include <stdbool.h>

#include "lib/ids.h"

enum {
    MAX_SEGMENTS = 5
};

/* Splits a path at its slashes, empty segments left out. Returns how many there are; MAX_SEGMENTS
 * + 1 if there are more than MAX_SEGMENTS. */
static size_t
route_split(struct str path, struct str segments[MAX_SEGMENTS])
{
    size_t count = 0, from = 0;

    for (size_t i = 0; i <= path.len; i++) {
        if (i < path.len && path.p[i] != '/') {
            continue;
        }
        if (i > from && count == MAX_SEGMENTS) {
            return MAX_SEGMENTS + 1;
        }
        if (i > from) {
            segments[count++] = str_make(path.p + from, i - from);
        }
        from = i + 1;
    }
    return count;
}

/* ---- segments ---- */

static int
route_hex(char c)
{
    char lower = (char)(c | 0x20);

    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Decodes a segment that names something, and moves *room behind it. False: it is no name. */
static bool
route_decode(struct str *segment, char **room)
{
    char *out = *room;
    size_t length = 0;

    for (size_t i = 0; i < segment->len && length <= ID_MAX_BYTES; i++) {
        if (segment->p[i] != '%') {
            out[length++] = segment->p[i];
            continue;
        }
        if (i + 2 >= segment->len || route_hex(segment->p[i + 1]) < 0 ||
            route_hex(segment->p[i + 2]) < 0) {
            return false;
        }
        out[length++] = (char)(route_hex(segment->p[i + 1]) << 4 | route_hex(segment->p[i + 2]));
        i += 2;
    }
    *segment = str_make(out, length);
    *room += length;
    return id_valid(*segment);
}

static struct str
route_path_of(struct str target)
{
    const char *query = target.len > 0 ? memchr(target.p, '?', target.len) : NULL;

    return query != NULL ? str_make(target.p, (size_t)(query - target.p)) : target;
}

/* The value of a parameter of the query, as it was sent; empty if there is none. */
static struct str
route_parameter(struct str target, const char *name)
{
    struct str query = {NULL, 0}, rest = target;
    const char *at = target.len > 0 ? memchr(target.p, '?', target.len) : NULL;
    size_t length = strlen(name);

    while (at != NULL) {
        rest = str_make(at + 1, (size_t)(target.p + target.len - at - 1));
        at = memchr(rest.p, '&', rest.len);
        query = at != NULL ? str_make(rest.p, (size_t)(at - rest.p)) : rest;
        if (query.len > length && memcmp(query.p, name, length) == 0 && query.p[length] == '=') {
            return str_make(query.p + length + 1, query.len - length - 1);
        }
    }
    return str_make("", 0);
}

struct refusal
route_parse(struct route *route, struct str target, char *room)
{
    struct str segments[MAX_SEGMENTS] = {{NULL, 0}};
    size_t count = route_split(route_path_of(target), segments);
    bool is_group = count > 2 && str_is(segments[0], "group");

    if (is_group && count == 5 && str_is(segments[1], "chat")) {
        *route = (struct route){ROUTE_CHAT, segments[2], segments[3], segments[4], {NULL, 0}};
    } else if (is_group && count == 4 && str_is(segments[1], "list")) {
        *route = (struct route){ROUTE_LIST, {NULL, 0}, segments[2], segments[3], {NULL, 0}};
    } else if (is_group && count == 5 && str_is(segments[1], "events")) {
        *route = (struct route){ROUTE_EVENTS, segments[2], segments[3], segments[4], {NULL, 0}};
    } else {
        return (struct refusal){404, "the path is not /group/chat/GROUP/USER/TOKEN, "
                                     "/group/events/GROUP/USER/TOKEN or /group/list/USER/TOKEN"};
    }
    route->resume = route_parameter(target, "resume");
    if (route->kind != ROUTE_LIST && !route_decode(&route->group, &room)) {
        return (struct refusal){400, "the group in the path is no valid id"};
    }
    if (!route_decode(&route->user, &room)) {
        return (struct refusal){400, "the user in the path is no valid id"};
    }
    if (!route_decode(&route->token, &room)) {
        return (struct refusal){400, "the token in the path is not 1 to 128 bytes of text"};
    }
    return (struct refusal){0, NULL};
}
