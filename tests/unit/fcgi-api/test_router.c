/* test_router.c - which endpoint a request is for. */
#include "fcgi-api/router.h"

#include "tests/unit/unit.h"

static void
router_finds_every_endpoint_of_the_contract(void **state)
{
    static const struct {
        const char *method;
        const char *path;
    } cases[] = {
        {"POST", "/user/login"},
        {"POST", "/user/joinGroup"},
        {"POST", "/user/listGroup"},
        {"POST", "/group/listMessage"},
        {"POST", "/group/listOldMessage"},
        {"POST", "/group/delMessage"},
        {"POST", "/group/sendMessage"},
        {"GET", "/test/websocket"},
        {"HEAD", "/test/websocket"},
        {"GET", "/fastim.js"},
        {"GET", "/fastim-sse.js"},
        {"GET", "/fastim.global.js"},
        {"GET", "/fastim-room.js"},
        {"GET", "/fastim-admin.js"},
        {"GET", "/admin"},
        {"GET", "/fastim-admin"},
    };
    const struct endpoint *found;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(
            router_find(endpoint_table, str_of(cases[i].method), str_of(cases[i].path), &found), 0);
        assert_string_equal(found->path, cases[i].path);
        assert_true(found->answer != NULL || found->run != NULL);
    }
}

static void
router_answers_404_for_other_paths_whatever_the_method(void **state)
{
    static const char *const paths[] = {"",
                                        "/",
                                        "/user",
                                        "//",
                                        "/user/log/in",
                                        "/userlogin",
                                        "/user/Login",
                                        "/user/loginX",
                                        "user/login",
                                        "user//login/",
                                        "/test/websocket/x",
                                        "/group/list"};
    static const char *const methods[] = {"GET", "POST", "OPTIONS", "BREW", ""};
    const struct endpoint *found;

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        for (size_t k = 0; k < sizeof(methods) / sizeof(methods[0]); k++) {
            assert_int_equal(
                router_find(endpoint_table, str_of(methods[k]), str_of(paths[i]), &found), 404);
        }
    }
}

/* {groupId} in a path. */
static void
router_finds_an_id_if_a_path_has_a_name_for_it(void **state)
{
    static const char *const paths[] = {
        "/chat/1",  "/chat/1/", "//chat//1", "/chat/{groupId}", "/chat/\xe4\xbd\xa0\xe5\xa5\xbd",
        "/chat/a b"};
    static const char *const others[] = {"/chat",      "/chat/",   "/chat//",     "/chat/1/2",
                                         "/chats/1",   "/chat/.",  "/chat/..",    "/chat/a\x01",
                                         "/chat/\xff", "/chat/ a", "//chat//a /", "/of/chat/1"};
    const struct endpoint *found;

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_int_equal(router_find(endpoint_table, BYTES("GET"), str_of(paths[i]), &found), 0);
        assert_string_equal(found->path, "/chat/{groupId}");
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_int_equal(router_find(endpoint_table, BYTES("GET"), str_of(others[i]), &found), 404);
    }
}

/* Base URLs end in a slash, or paths do. */
static void
router_counts_no_slash_at_the_end_and_doubled_ones_once(void **state)
{
    static const char *const paths[] = {"//user/login",  "/user/login/",    "/user//login",
                                        "/user/login//", "///user///login", "//user//login//"};
    const struct endpoint *found;

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_int_equal(router_find(endpoint_table, BYTES("POST"), str_of(paths[i]), &found), 0);
        assert_string_equal(found->path, "/user/login");
        assert_true(router_lists(paths[i], found));
    }
    assert_int_equal(router_find(endpoint_table, BYTES("POST"), BYTES("/user/login\0"), &found),
                     404);
    assert_int_equal(router_find(endpoint_table, BYTES("GET"), BYTES("//test/websocket/"), &found),
                     0);
}

static void
router_finds_a_path_in_a_list(void **state)
{
    const struct endpoint *found;

    (void)state;
    assert_int_equal(router_find(endpoint_table, BYTES("POST"), BYTES("/user/login"), &found), 0);
    assert_true(router_lists("/test/websocket  /user/login ", found));
    assert_true(router_lists("//user/login/ /test/websocket", found));
    assert_false(router_lists("/test/websocket /user/loginX /user/", found));
    assert_false(router_lists("", found));
    assert_false(router_lists("/", found));
}

static void
router_answers_405_with_what_is_allowed(void **state)
{
    static const char *const methods[] = {"GET", "HEAD", "PUT", "DELETE", "post", ""};
    const struct endpoint *found;

    (void)state;
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        assert_int_equal(
            router_find(endpoint_table, str_of(methods[i]), BYTES("/user/login"), &found), 405);
        assert_string_equal(router_allow(found), "POST, OPTIONS");
    }
    assert_int_equal(router_find(endpoint_table, BYTES("POST"), BYTES("/test/websocket"), &found),
                     405);
    assert_string_equal(router_allow(found), "GET, HEAD, OPTIONS");
}

static void
router_answers_options_on_every_path(void **state)
{
    const struct endpoint *found;

    (void)state;
    for (size_t i = 0; endpoint_table[i] != NULL; i++) {
        assert_int_equal(
            router_find(endpoint_table, BYTES("OPTIONS"), str_of(endpoint_table[i]->path), &found),
            204);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(router_finds_every_endpoint_of_the_contract),
        cmocka_unit_test(router_answers_404_for_other_paths_whatever_the_method),
        cmocka_unit_test(router_finds_an_id_if_a_path_has_a_name_for_it),
        cmocka_unit_test(router_counts_no_slash_at_the_end_and_doubled_ones_once),
        cmocka_unit_test(router_finds_a_path_in_a_list),
        cmocka_unit_test(router_answers_405_with_what_is_allowed),
        cmocka_unit_test(router_answers_options_on_every_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
