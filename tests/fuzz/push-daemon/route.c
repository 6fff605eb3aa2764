/* route.c - any bytes as the path of a WebSocket: what is taken is, put together again, the path.
 */
#include "push-daemon/net/route.h"

#include "lib/ids.h"
#include "tests/fuzz/fuzz.h"

static void
fuzz(struct str input)
{
    struct route route;
    struct text again;
    int status = route_parse(&route, input);

    CHECK(status == 0 || status == 400 || status == 404);
    if (status != 0) {
        return;
    }
    CHECK(id_valid(route.user) && id_valid(route.token));
    CHECK(route.kind == ROUTE_CHAT ? id_valid(route.group) : route.group.len == 0);
    text_init(&again);
    text_add_str(&again, route.kind == ROUTE_CHAT ? "/group/chat/" : "/group/list/");
    text_add(&again, route.group.p, route.group.len);
    text_add(&again, "/", route.kind == ROUTE_CHAT);
    text_add(&again, route.user.p, route.user.len);
    text_add_str(&again, "/");
    text_add(&again, route.token.p, route.token.len);
    CHECK(str_equal(text_str(&again), input));
    text_fini(&again);
}
