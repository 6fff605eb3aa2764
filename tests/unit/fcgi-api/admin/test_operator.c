/* test_operator.c - who may use the paths of operators and moderators. */
#include "fcgi-api/admin/operator.h"

#include "tests/unit/fcgi-api/admin/an_operator.h"

#define MUTE  "/admin/mute", "groupId=g&userId=u&seconds=60"
#define JOIN  "/admin/join", "groupId=g&userId=u"
#define WAIT7 "{\"code\":100,\"msg\":\"登录失败次数过多，请 7 秒后再试\",\"data\":null}"

static struct request
request_with(const char *path, const char *form, const char *token)
{
    struct request r = request_to(path, form);

    r.user = r.token = str_make("", 0);
    r.admin_token = str_of(token);
    r.client = str_of("10.1.2.3");
    return r;
}

/* Those of operators alone, too. */
static void
without_operators_there_are_no_such_paths(void **state)
{
    static const char *const methods[] = {"POST", "GET", "OPTIONS"};
    struct request r = request_with(MUTE, "ann-s-token");

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        r.method = str_of(methods[i]);
        r.path = str_of("/admin/mute");
        assert_answer(no_command, r,
                      "{\"code\":404,\"msg\":\"路径不存在 (no such path)\",\"data\":null}");
    }
    assert_code(no_command, request_to(MUTE), 404, "");
}

static void
token_is_that_of_an_operator_once_the_wait_is_over(void **state)
{
    (void)state;
    assert_body(STEPS(STEP(":0\r\n"), STEP(":1\r\n")), request_with(MUTE, "ann-s-token"), DONE);
    assert_body(STEPS(STEP(":0\r\n"), STEP(":0\r\n")), request_with(MUTE, "bob-s-token"),
                UNCHANGED);
    assert_body(STEPS(STEP(":7\r\n")), request_with(MUTE, "ann-s-token"), WAIT7);
}

static void
wrong_token_counts_and_is_not_allowed(void **state)
{
    (void)state;
    assert_body(STEPS(STEP(":0\r\n"), STEP(":0\r\n")), request_with(MUTE, "ann-s-tokem"),
                NOT_ALLOWED);
    assert_body(STEPS(STEP(":0\r\n"), STEP(":7\r\n")), request_with(MUTE, "ann"), WAIT7);
}

/* A user's own token does not count then. */
static void
wrong_token_beside_a_users_is_not_allowed(void **state)
{
    struct request r = request_with(MUTE, "wrong");

    (void)state;
    r.user = BYTES("u");
    r.token = BYTES("t");
    assert_body(STEPS(STEP(":0\r\n"), STEP(":0\r\n")), r, NOT_ALLOWED);
}

static void
operators_come_from_their_addresses(void **state)
{
    static const char *const inside[] = {"admin.addresses", "192.168.0.0/16 10.0.0.0/8", NULL};
    static const char *const outside[] = {"admin.addresses", "10.1.2.4", NULL};
    struct request r = request_with(MUTE, "ann-s-token");

    (void)state;
    assert_body_with(STEPS(STEP(":0\r\n"), STEP(":1\r\n")), r, inside, DONE);
    assert_body_with(no_command, r, outside, NOT_ALLOWED);
    r.client = str_of("::ffff:10.1.2.3");
    assert_body_with(STEPS(STEP(":0\r\n"), STEP(":1\r\n")), r, inside, DONE);
    r.client = str_of("unix:");
    assert_body_with(no_command, r, inside, NOT_ALLOWED);
}

/* Handles a GET of the operators' page with these settings; returns the status. */
static int
status_of_page(const char *path, const char *client, const char *tokens, const char *addresses)
{
    struct request r = {.method = str_of("GET"), .path = str_of(path), .client = str_of(client)};
    struct response response;
    struct fake_redis f;
    struct api api;
    int status;

    fake_redis_start(&f, no_command);
    fake_redis_set(&f, "admin.tokens", tokens);
    fake_redis_set(&f, "admin.addresses", addresses);
    api = api_of(&f);
    response_init(&response);
    handle(&api, &r, &response);
    status = response.status;
    if (status == 200) {
        assert_non_null(strstr(response.headers.bytes, "Content-Type: text/html;charset=utf-8"));
        assert_non_null(strstr(response.headers.bytes, "default-src 'none'; script-src 'self'; "));
        assert_non_null(strstr(response.headers.bytes, "frame-ancestors 'none'"));
        assert_non_null(strstr(response.body.bytes, "src=\"/fastim-admin.js\""));
    } else {
        assert_null(strstr(response.body.bytes, "<html"));
    }
    response_fini(&response);
    api_end(&api);
    (void)fake_redis_stop(&f);
    return status;
}

/* It is where a token is typed in. */
static void
page_is_there_for_whoever_comes_from_the_right_place(void **state)
{
    static const char *const paths[] = {"/admin", "/admin/", "//admin//", "/fastim-admin/"};

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_int_equal(status_of_page(paths[i], "10.1.2.3", TOKENS, ""), 200);
        assert_int_equal(status_of_page(paths[i], "10.1.2.3", TOKENS, "10.0.0.0/8"), 200);
        assert_int_equal(status_of_page(paths[i], "10.1.2.3", TOKENS, "192.168.0.0/16"), 403);
        assert_int_equal(status_of_page(paths[i], "10.1.2.3", "", ""), 404);
    }
}

static void
user_is_checked_by_the_command_itself(void **state)
{
    static const char *const far[] = {"admin.addresses", "10.1.2.4", NULL};

    (void)state;
    assert_body(STEPS(STEP(":1\r\n")), request_to(MUTE), DONE);
    assert_body(STEPS(STEP(NO_ROLE)), request_to(MUTE), NO_ROLE_ANSWER);
    assert_body(STEPS(STEP("*3\r\n:-5\r\n$6\r\nbanned\r\n:9\r\n")), request_to(MUTE),
                "{\"code\":403,\"msg\":\"不允许 (not allowed)\",\"data\":{\"reason\":\"banned\","
                "\"retryAfter\":9}}");
    assert_body(STEPS(STEP(":-1\r\n")), request_to(MUTE), NOT_LOGGED_IN);
    /* Addresses are for operators. */
    assert_body_with(STEPS(STEP(":1\r\n")), request_to(MUTE), far, DONE);
}

static void
without_any_token_nobody_is_logged_in(void **state)
{
    struct request r = request_to(MUTE);

    (void)state;
    r.token = str_make("", 0);
    assert_body(no_command, r, NOT_LOGGED_IN);
    r = request_to(MUTE);
    r.user = str_make("", 0); /* no user would be an operator for Redis */
    assert_body(no_command, r, NOT_LOGGED_IN);
}

static void
path_of_operators_is_not_for_users(void **state)
{
    static const char answer[] =
        "{\"code\":403,\"msg\":\"不允许 (not allowed: this is for operators)\",\"data\":null}";

    (void)state;
    assert_body(STEPS(STEP(":1\r\n")), request_to(JOIN), answer);
    assert_body(STEPS(STEP(":-1\r\n")), request_to(JOIN), NOT_LOGGED_IN);
    assert_body(STEPS(STEP(":1\r\n")), request_to("/admin/join", ""), answer);
}

/* Not even the site's module: it is no HTTP request. */
static void
nobody_asks_the_program_itself(void **state)
{
    struct request r = request_of_operator(MUTE);
    struct response response;
    struct fake_redis f;
    struct api api;

    (void)state;
    fake_redis_start(&f, STEPS(STEP(":1\r\n")));
    api = (struct api){.config = &f.config, .store = store_create(&f.config)};
    response_init(&response);
    handle(&api, &r, &response);
    assert_bytes(text_str(&response.body), str_of(DONE));
    response_fini(&response);
    store_destroy(api.store);
    (void)fake_redis_stop(&f);
}

static void
paths_of_operators_cannot_be_open(void **state)
{
    struct fake_redis f;

    (void)state;
    fake_redis_start(&f, no_command);
    fake_redis_set(&f, "http.open", "/user/login /admin/mute");
    assert_false(handle_check_open(&f.config));
    (void)fake_redis_stop(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_operators_there_are_no_such_paths),
        cmocka_unit_test(token_is_that_of_an_operator_once_the_wait_is_over),
        cmocka_unit_test(wrong_token_counts_and_is_not_allowed),
        cmocka_unit_test(wrong_token_beside_a_users_is_not_allowed),
        cmocka_unit_test(operators_come_from_their_addresses),
        cmocka_unit_test(page_is_there_for_whoever_comes_from_the_right_place),
        cmocka_unit_test(user_is_checked_by_the_command_itself),
        cmocka_unit_test(without_any_token_nobody_is_logged_in),
        cmocka_unit_test(path_of_operators_is_not_for_users),
        cmocka_unit_test(nobody_asks_the_program_itself),
        cmocka_unit_test(paths_of_operators_cannot_be_open),
    };

    return cmocka_run_group_tests_name("operator", tests, NULL, NULL);
}
