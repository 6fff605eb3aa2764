/* test_route.c - what a WebSocket path asks for. */
#include "push-daemon/net/route.h"

#include <stdio.h>

#include "tests/unit/unit.h"

static char room[ROUTE_BYTES];

static int
parse(struct route *route, struct str target)
{
    struct refusal refusal = route_parse(route, target, room);

    assert_true((refusal.status == 0) == (refusal.why == NULL));
    return refusal.status;
}

static void
route_reads_a_chat_path(void **state)
{
    struct route route;

    (void)state;
    assert_int_equal(parse(&route, BYTES("/group/chat/g%201/u*/t=%3f")), 0);
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
    assert_int_equal(parse(&route, BYTES("/group/list/%E4%bd%a0/x?y=/z")), 0);
    assert_int_equal(route.kind, ROUTE_LIST);
    assert_bytes(route.group, BYTES(""));
    assert_bytes(route.user, BYTES("\xe4\xbd\xa0"));
    assert_bytes(route.token, BYTES("x"));
}

static void
route_reads_the_path_of_an_event_stream(void **state)
{
    struct route route;

    (void)state;
    assert_int_equal(parse(&route, BYTES("/group/events/g%201/u/-?resume=a-1")), 0);
    assert_int_equal(route.kind, ROUTE_EVENTS);
    assert_bytes(route.group, BYTES("g 1"));
    assert_bytes(route.user, BYTES("u"));
    assert_bytes(route.token, BYTES("-"));
    assert_bytes(route.resume, BYTES("a-1"));
    assert_int_equal(parse(&route, BYTES("/group/events/%ff/u/t")), 400);
    assert_int_equal(route.kind, ROUTE_EVENTS); /* so that the refusal has its form */
    assert_int_equal(parse(&route, BYTES("/group/events/g/u")), 404);
}

static void
route_reads_where_to_resume(void **state)
{
    static const char *const rows[][2] = {
        {"", ""},
        {"?", ""},
        {"?resume=", ""},
        {"?resume", ""},
        {"?resume=a-1", "a-1"},
        {"?x=y&resume=a-1", "a-1"},
        {"?resume=a-1&resume=b-2", "a-1"},
        {"?Resume=a-1", ""},
        {"?xresume=a-1", ""},
        {"?resume=%2d&", "%2d"},
        {"?&&resume=a?b=c", "a?b=c"},
    };
    char target[100];
    struct route route;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(target, sizeof(target), "/group/chat/g/u/t%s", rows[i][0]);
        assert_int_equal(parse(&route, str_of(target)), 0);
        assert_bytes(route.resume, str_of(rows[i][1]));
        assert_bytes(route.token, BYTES("t"));
    }
}

/* RFC 3986, section 3.3: what may stand in a segment stands for itself. */
static void
route_reads_a_path_as_it_was_sent(void **state)
{
    static const char *const ids[][2] = {
        {"R&D", "R&D"},           {"R%26D", "R&D"},       {"a;b", "a;b"},
        {"C++", "C++"},           {"C%2B%2B", "C++"},     {"a,b", "a,b"},
        {"a=b", "a=b"},           {"%2B86%201", "+86 1"}, {"a:b@c!$'()*", "a:b@c!$'()*"},
        {"\xc3\xa9", "\xc3\xa9"}, {"%C3%A9", "\xc3\xa9"}, {"%2525", "%25"},
    };
    char target[200];
    struct route route;

    (void)state;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        snprintf(target, sizeof(target), "/group/chat/%s/%s/%s", ids[i][0], ids[i][0], ids[i][0]);
        assert_int_equal(parse(&route, str_of(target)), 0);
        assert_bytes(route.group, str_of(ids[i][1]));
        assert_bytes(route.user, str_of(ids[i][1]));
        assert_bytes(route.token, str_of(ids[i][1]));
    }
}

static void
route_does_not_mind_slashes(void **state)
{
    static const char *const paths[] = {
        "//group/chat/1/2/3",
        "/group/chat/1/2/3/",
        "/group//chat///1/2//3//?x",
        "group/chat/1/2/3",
    };
    struct route route;

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_int_equal(parse(&route, str_of(paths[i])), 0);
        assert_bytes(route.group, BYTES("1"));
        assert_bytes(route.user, BYTES("2"));
        assert_bytes(route.token, BYTES("3"));
    }
}

static void
route_refuses_another_shape_with_404(void **state)
{
    static const char *const paths[] = {
        "",
        "/",
        "*",
        "?/group/chat/1/2/3",
        "/group/chat",
        "/group/chat/",
        "/group/chat/1/2",
        "/group/chat/1/2/",
        "/group/chat//2/3",
        "/group/chat/1/2/3/4",
        "/group/chats/1/2/3",
        "/group/list/1",
        "/group/list/1/2/3",
        "/group/listMessage",
        "x/group/chat/1/2/3",
        "/Group/chat/1/2/3",
        "/gr%6fup/chat/1/2/3",
    };
    struct route route;

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_int_equal(parse(&route, str_of(paths[i])), 404);
    }
}

static void
route_refuses_an_invalid_id_with_400(void **state)
{
    const struct str paths[] = {
        BYTES("/group/chat/./2/3"),       BYTES("/group/chat/1/../3"),
        BYTES("/group/chat/%2e/2/3"),     BYTES("/group/chat/1%0a/2/3"),
        BYTES("/group/chat/1/%7F/3"),     BYTES("/group/chat/1/2/%ff"),
        BYTES("/group/chat/1/2/\xff"),    BYTES("/group/chat/1%00/2/3"),
        BYTES("/group/chat/a%2Fb/2/3"),   BYTES("/group/chat/a/2%20/3"),
        BYTES("/group/list/%ed%a0%80/x"), BYTES("/group/list/%/x"),
        BYTES("/group/list/%zz/x"),       BYTES("/group/list/a%4/x"),
        BYTES("/group/list/x/%"),         BYTES("/group/list/x/a%4"),
    };
    char path[200] = "/group/list/";
    struct route route;

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_int_equal(parse(&route, paths[i]), 400);
    }
    memset(path + 12, 'u', 130);
    memcpy(path + 12 + 128, "/t", 2);
    assert_int_equal(parse(&route, str_make(path, 142)), 0);
    memcpy(path + 12 + 128, "u/t", 3);
    assert_int_equal(parse(&route, str_make(path, 143)), 400);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(route_reads_a_chat_path),
        cmocka_unit_test(route_reads_a_list_path),
        cmocka_unit_test(route_reads_the_path_of_an_event_stream),
        cmocka_unit_test(route_reads_where_to_resume),
        cmocka_unit_test(route_reads_a_path_as_it_was_sent),
        cmocka_unit_test(route_does_not_mind_slashes),
        cmocka_unit_test(route_refuses_another_shape_with_404),
        cmocka_unit_test(route_refuses_an_invalid_id_with_400),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
