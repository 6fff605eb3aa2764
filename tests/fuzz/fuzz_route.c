/* fuzz_route.c - a WebSocket path: what is let in has valid parts of it. */
#include "lib/ids.h"
#include "push-daemon/route.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str path = str_make((const char *)data, size);
    struct route route = {0};
    int status = route_parse(&route, path);

    CHECK(status == 0 || status == 400 || status == 404);
    if (status == 0) {
        CHECK(route.kind < ROUTE_KIND__MAX);
        CHECK(id_valid(route.user) && is_within(route.user, path) && is_within(route.token, path));
        CHECK(route.kind == ROUTE_LIST || (id_valid(route.group) && is_within(route.group, path)));
    }
    return 0;
}
