/* route.c - any bytes as the path of a request: what is taken, written as encodeURIComponent
 * would, is the same route again. */
#include "push-daemon/net/route.h"

#include "lib/ids.h"
#include "tests/fuzz/fuzz.h"

static void
add_encoded(struct text *out, struct str id)
{
    text_add_str(out, "/");
    for (size_t i = 0; i < id.len; i++) {
        char byte[4];

        snprintf(byte, sizeof(byte), "%%%02X", (unsigned char)id.p[i]);
        text_add_str(out, byte);
    }
}

static const char *const paths[] = {
    [ROUTE_CHAT] = "/group/chat",
    [ROUTE_LIST] = "/group/list",
    [ROUTE_EVENTS] = "/group/events",
};

static void
fuzz(struct str input)
{
    char room[ROUTE_BYTES], other_room[ROUTE_BYTES];
    struct route route, other;
    struct refusal refusal = route_parse(&route, input, room);
    struct text again;

    CHECK(refusal.status == 0 || refusal.status == 400 || refusal.status == 404);
    CHECK((refusal.status == 0) == (refusal.why == NULL));
    if (refusal.status != 0) {
        return;
    }
    CHECK(id_valid(route.user) && id_valid(route.token));
    CHECK(route.kind != ROUTE_LIST ? id_valid(route.group) : route.group.len == 0);
    text_init(&again);
    text_add_str(&again, paths[route.kind]);
    if (route.kind != ROUTE_LIST) {
        add_encoded(&again, route.group);
    }
    add_encoded(&again, route.user);
    add_encoded(&again, route.token);
    CHECK(route_parse(&other, text_str(&again), other_room).status == 0);
    CHECK(other.kind == route.kind && str_equal(other.group, route.group));
    CHECK(str_equal(other.user, route.user) && str_equal(other.token, route.token));
    text_fini(&again);
}
