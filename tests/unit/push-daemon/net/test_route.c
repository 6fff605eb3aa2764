/* test_route.c - what a WebSocket path asks for. */
#include "push-daemon/net/route.h"

#include "tests/unit/unit.h"

static void
route_reads_a_chat_path(void **state)
{
    struct route route;

    (void)state;
    assert_int_equal(route_parse(&route, BYTES("/group/chat/g 1/u*/t=?")), 0);
    assert_int_equal(route.kind, ROUTE_CHAT);
    assert_bytes(route.group, BYTES("g 1"));
    assert_bytes(route.user, BYTES("u*"));
    assert_bytes(route.token, BYTES("t=?"));
}

static void
route_reads_a_list_path(void **state)
{
    struct route route;

    (void)state;
    assert_int_equal(route_parse(&route, BYTES("/group/list/\xe4\xbd\xa0/x")), 0);
    assert_int_equal(route.kind, ROUTE_LIST);
    assert_bytes(route.group, BYTES(""));
    assert_bytes(route.user, BYTES("\xe4\xbd\xa0"));
    assert_bytes(route.token, BYTES("x"));
}

static void
route_refuses_another_shape_with_404(void **state)
{
    static const char *const paths[] = {
        "",
        "/",
        "/group/chat",
        "/group/chat/",
        "/group/chat/1/2",
        "/group/chat/1/2/3/4",
        "/group/chat/1/2/3/",
        "/group/chats/1/2/3",
        "/group/list/1",
        "/group/list/1/2/3",
        "/group/listMessage",
        "x/group/chat/1/2/3",
        "/Group/chat/1/2/3",
    };
    struct route route;

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_int_equal(route_parse(&route, str_of(paths[i])), 404);
    }
}

static void
route_refuses_an_invalid_id_with_400(void **state)
{
    const struct str paths[] = {
        BYTES("/group/chat//2/3"),           BYTES("/group/chat/1//3"),
        BYTES("/group/chat/1/2/"),           BYTES("/group/chat/./2/3"),
        BYTES("/group/chat/1/../3"),         BYTES("/group/chat/1\n/2/3"),
        BYTES("/group/chat/1/\x7f/3"),       BYTES("/group/chat/1/2/\xff"),
        BYTES("/group/chat/1\0/2/3"),        BYTES("/group/list//x"),
        BYTES("/group/list/\xed\xa0\x80/x"),
    };
    char path[200] = "/group/list/";
    struct route route;

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_int_equal(route_parse(&route, paths[i]), 400);
    }
    memset(path + 12, 'u', 130);
    memcpy(path + 12 + 128, "/t", 2);
    assert_int_equal(route_parse(&route, str_make(path, 142)), 0);
    memcpy(path + 12 + 128, "u/t", 3);
    assert_int_equal(route_parse(&route, str_make(path, 143)), 400);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(route_reads_a_chat_path),
        cmocka_unit_test(route_reads_a_list_path),
        cmocka_unit_test(route_refuses_another_shape_with_404),
        cmocka_unit_test(route_refuses_an_invalid_id_with_400),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
