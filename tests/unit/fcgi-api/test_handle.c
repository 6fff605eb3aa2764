/* test_handle.c - the order of checks, and what each endpoint makes of an answer of Redis. */
#include "fcgi-api/handle.h"

#include "tests/unit/fcgi-api/fake_redis.h"

#define URLENCODED "application/x-www-form-urlencoded"

/* A request as it should be; each test spoils its own. */
static struct request
request_to(const char *path, const char *form)
{
    return (struct request){
        .method = str_of("POST"),
        .path = str_of(path),
        .content_type = str_of(URLENCODED),
        .user = str_of("u"),
        .token = str_of("t"),
        .body = str_of(form),
    };
}

static struct api
api_of(const struct fake_redis *f)
{
    return (struct api){&f->config, store_create(&f->config), login_create(&f->config)};
}

static void
api_end(struct api *api)
{
    store_destroy(api->store);
    login_destroy(api->login);
}

/* Handles the request, with a Redis that awaits these commands, and no other. */
static void
handle_with(const struct fake_step *steps, const struct request *request, struct response *response)
{
    struct fake_redis f;
    struct api api;

    fake_redis_start(&f, steps);
    api = api_of(&f);
    response_init(response);
    handle(&api, request, response);
    api_end(&api);
    (void)fake_redis_stop(&f);
}

static const struct fake_step no_command[] = {{NULL, NULL, false}};

static void
assert_answer(const struct fake_step *steps, struct request request, const char *wanted)
{
    struct response response;

    handle_with(steps, &request, &response);
    assert_bytes(text_str(&response.body), str_of(wanted));
    response_fini(&response);
}

/* The answer's code, and what its msg has in it. */
static void
assert_code(const struct fake_step *steps, struct request request, int code, const char *words)
{
    struct response response;
    char begin[32];

    snprintf(begin, sizeof(begin), "{\"code\":%d,\"msg\":\"", code);
    handle_with(steps, &request, &response);
    assert_memory_equal(response.body.bytes, begin, strlen(begin));
    assert_non_null(strstr(response.body.bytes, words));
    response_fini(&response);
}

#define ONE(argv, answer)                                                                          \
    (const struct fake_step[])                                                                     \
    {                                                                                              \
        {argv, answer, false},                                                                     \
        {                                                                                          \
            NULL, NULL, false                                                                      \
        }                                                                                          \
    }
#define NOT_LOGGED_IN "{\"code\":440,\"msg\":\"请登录后访问\",\"data\":null}"

/* ---- the order of checks: path, method, login, body, parameters ---- */

static void
path_comes_first_then_the_method(void **state)
{
    struct request r = request_to("/nowhere", "");

    (void)state;
    r.method = str_of("PUT");
    r.user.len = 0;
    r.body_too_large = true;
    assert_code(no_command, r, 404, "");
    r.path = str_of("/user/listGroup");
    assert_code(no_command, r, 405, "");
}

static void
login_comes_before_the_body(void **state)
{
    struct request r = request_to("/user/joinGroup", "groupId=%FF");

    (void)state;
    assert_answer(ONE("EVALSHA", ":-1\r\n"), r, NOT_LOGGED_IN);
    r.content_type = str_of("text/plain");
    assert_answer(ONE("EVALSHA", ":-1\r\n"), r, NOT_LOGGED_IN);
    r.body_too_large = true;
    assert_answer(ONE("EVALSHA", ":-1\r\n"), r, NOT_LOGGED_IN);
}

static void
login_comes_before_the_parameters(void **state)
{
    struct request r = request_to("/user/joinGroup", "");

    (void)state;
    assert_answer(ONE("EVALSHA", ":-1\r\n"), r, NOT_LOGGED_IN);
    assert_code(ONE("EVALSHA", ":1\r\n"), r, 400, "groupId");
}

static void
redis_that_cannot_tell_the_login_is_503_whatever_else_is_wrong(void **state)
{
    struct request r = request_to("/user/joinGroup", "");

    (void)state;
    assert_code(ONE("EVALSHA", "-LOADING\r\n"), r, 503, "");
    r.body_too_large = true;
    assert_code(ONE("EVALSHA", "-WRONGTYPE\r\n"), r, 500, "");
}

static void
size_comes_before_the_type_and_the_type_before_the_parameters(void **state)
{
    struct request r = request_to("/user/joinGroup", "x");

    (void)state;
    r.content_type = str_of("text/plain");
    assert_code(ONE("EVALSHA", ":1\r\n"), r, 415, "");
    r.body_too_large = true;
    assert_code(ONE("EVALSHA", ":1\r\n"), r, 413, "");
}

static void
header_without_a_valid_user_or_any_token_is_not_logged_in(void **state)
{
    static const char *const users[] = {"", ".", "a/b", "a\tb", "\xff"};
    struct request r = request_to("/user/listGroup", "");

    (void)state;
    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        r.user = str_of(users[i]);
        assert_answer(no_command, r, NOT_LOGGED_IN);
    }
    r.user = str_of("u");
    r.token = str_of("");
    assert_answer(no_command, r, NOT_LOGGED_IN);
}

static void
token_of_a_foreign_writer_may_be_any_text(void **state)
{
    struct request r = request_to("/user/listGroup", "");

    (void)state;
    r.token =
        str_of("../a token/of some other software, of more than 128 bytes: "
               "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    assert_code(ONE("EVALSHA", "*0\r\n"), r, 200, "[]");
}

static void
login_and_test_page_need_no_login(void **state)
{
    struct request r = request_to("/user/login", "userId=7&password=");
    struct response response;

    (void)state;
    r.user = r.token = str_of("");
    assert_code(ONE("EVALSHA", ":0\r\n"), r, 200, "\"data\":\"user_info\"");
    assert_code(no_command, request_to("/user/login", "userId=7"), 400, "password");
    assert_code(no_command, request_to("/user/login", "password=7"), 400, "userId");
    r = (struct request){.method = str_of("GET"), .path = str_of("/test/websocket")};
    handle_with(no_command, &r, &response);
    assert_int_equal(response.status, 200);
    assert_memory_equal(response.body.bytes, "<!doctype html>", 15);
    response_fini(&response);
}

/* ---- OPTIONS, CORS, the test page ---- */

static void
preflight_is_answered_without_login_or_redis(void **state)
{
    struct request r = {.method = str_of("OPTIONS"), .path = str_of("/group/delMessage")};
    struct response response;

    (void)state;
    handle_with(no_command, &r, &response);
    assert_int_equal(response.status, 204);
    assert_int_equal(response.body.len, 0);
    assert_non_null(strstr(response.headers.bytes, "Access-Control-Allow-Methods: POST, OPTIONS"));
    response_fini(&response);
    r.path = str_of("/nowhere");
    assert_code(no_command, r, 404, "");
}

static void
every_reply_has_the_header_of_cors(void **state)
{
    static const char *const paths[] = {"/nowhere", "/user/listGroup", "/test/websocket"};
    static const char *const methods[] = {"GET", "POST", "OPTIONS"};

    (void)state;
    for (size_t i = 0; i < 9; i++) {
        struct request r = {.method = str_of(methods[i % 3]), .path = str_of(paths[i / 3])};
        struct response response;

        handle_with(no_command, &r, &response);
        assert_non_null(strstr(response.headers.bytes, "Access-Control-Allow-Origin: *\r\n"));
        response_fini(&response);
    }
}

static void
test_page_is_html_that_loads_nothing_from_elsewhere(void **state)
{
    static const char *const methods[] = {"GET", "HEAD"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct request r = {.method = str_of(methods[i]), .path = str_of("/test/websocket")};
        struct response response;

        handle_with(no_command, &r, &response);
        assert_int_equal(response.status, 200);
        assert_non_null(
            strstr(response.headers.bytes, "Content-Type: text/html;charset=utf-8\r\n"));
        assert_non_null(
            strstr(response.headers.bytes,
                   "Content-Security-Policy: default-src 'none'; style-src "
                   "'unsafe-inline'; script-src 'unsafe-inline'; connect-src ws: wss:; "));
        assert_non_null(strstr(response.body.bytes, "</html>"));
        response_fini(&response);
    }
}

/* ---- what each endpoint makes of the answer ---- */

static void
join_group_is_done_or_refused(void **state)
{
    struct request r = request_to("/user/joinGroup", "groupId=g");

    (void)state;
    assert_answer(ONE("EVALSHA", ":1\r\n"), r, "{\"code\":200,\"msg\":\"操作成功\",\"data\":null}");
    assert_answer(ONE("EVALSHA", ":0\r\n"), r, "{\"code\":100,\"msg\":\"操作失败\",\"data\":null}");
    assert_answer(ONE("EVALSHA", ":-1\r\n"), r, NOT_LOGGED_IN);
}

static void
list_group_is_sorted_and_without_what_is_no_id(void **state)
{
    struct request r = request_to("/user/listGroup", "");

    (void)state;
    assert_answer(
        ONE("EVALSHA",
            "*6\r\n$1\r\nb\r\n$2\r\n10\r\n$1\r\n9\r\n$1\r\n1\r\n$3\r\na/b\r\n$1\r\n\"\r\n"),
        r, "{\"code\":200,\"msg\":\"操作成功\",\"data\":[\"\\\"\",\"1\",\"10\",\"9\",\"b\"]}");
    assert_answer(ONE("EVALSHA", "*0\r\n"), r, "{\"code\":200,\"msg\":\"操作成功\",\"data\":[]}");
}

static void
history_is_recoded_and_without_what_is_no_message(void **state)
{
    struct request r = request_to("/group/listMessage", "groupId=g&startPage=0&endPage=-1");
    static const char answer[] =
        "*3\r\n$38\r\n{\"ts\":1,\"x\":0,\"userId\":7,\"info\":\"a\\\"\"}\r\n"
        "$7\r\ngarbage\r\n"
        "$45\r\n{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"\",\"ts\":2}\r\n";

    (void)state;
    assert_answer(
        ONE("EVALSHA", answer), r,
        "{\"code\":200,\"msg\":\"操作成功\",\"data\":["
        "\"{\\\"groupId\\\":\\\"g\\\",\\\"userId\\\":\\\"7\\\",\\\"info\\\":\\\"a\\\\\\\"\\\","
        "\\\"ts\\\":1}\","
        "\"{\\\"groupId\\\":\\\"g\\\",\\\"userId\\\":\\\"u\\\",\\\"info\\\":\\\"\\\",\\\"ts\\\":2}"
        "\"]}");
}

static void
history_before_a_message_is_null_where_there_is_no_such_message(void **state)
{
    static const char form[] = "groupId=g&userId=u&ts=5&count=3";

    (void)state;
    assert_answer(ONE("EVALSHA", ":-3\r\n"), request_to("/group/listOldMessage", form),
                  "{\"code\":200,\"msg\":\"获取成功\",\"data\":null}");
    assert_answer(ONE("EVALSHA", "*0\r\n"), request_to("/group/listOldMessage", form),
                  "{\"code\":200,\"msg\":\"获取成功\",\"data\":[]}");
    assert_answer(ONE("EVALSHA", "*0\r\n"), request_to("/group/listMessage", form),
                  "{\"code\":200,\"msg\":\"操作成功\",\"data\":[]}");
}

static void
list_message_goes_by_position_wherever_one_is_given(void **state)
{
    (void)state;
    assert_code(ONE("EVALSHA", ":1\r\n"),
                request_to("/group/listMessage", "groupId=g&userId=u&ts=5&count=3&endPage=1"), 400,
                "startPage");
    assert_code(ONE("EVALSHA", ":1\r\n"), request_to("/group/listMessage", "groupId=g&ts=5"), 400,
                "userId");
    assert_code(ONE("EVALSHA", ":1\r\n"), request_to("/group/listMessage", "groupId=g"), 400,
                "startPage");
}

static void
history_count_is_bounded(void **state)
{
    (void)state;
    assert_code(ONE("EVALSHA", ":1\r\n"),
                request_to("/group/listOldMessage", "groupId=g&userId=u&ts=5&count=10001"), 400,
                "count");
    assert_code(ONE("EVALSHA", "*0\r\n"),
                request_to("/group/listOldMessage", "groupId=g&userId=u&ts=5&count=10000"), 200,
                "");
}

static void
recall_is_done_too_late_or_of_nothing(void **state)
{
    struct request r = request_to("/group/delMessage", "groupId=g&ts=5");

    (void)state;
    assert_answer(ONE("EVALSHA", ":1\r\n"), r,
                  "{\"code\":200,\"msg\":\"撤回消息成功\",\"data\":null}");
    assert_answer(ONE("EVALSHA", ":-2\r\n"), r,
                  "{\"code\":100,\"msg\":\"无法撤回消息\",\"data\":null}");
    assert_answer(ONE("EVALSHA", ":-3\r\n"), r,
                  "{\"code\":100,\"msg\":\"消息不存在\",\"data\":null}");
}

/* An answer that is lost leaves open whether it was done: asked again, these two would be refused. */
static void
join_and_recall_are_never_asked_twice(void **state)
{
    const struct fake_step steps[] = {
        {"EVALSHA", "*0\r\n", false}, {"EVALSHA", "", true}, {NULL, NULL, false}};
    struct request first = request_to("/user/listGroup", "");
    struct request requests[] = {request_to("/user/joinGroup", "groupId=g"),
                                 request_to("/group/delMessage", "groupId=g&ts=5")};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct response response;
        struct fake_redis f;
        struct api api;

        fake_redis_start(&f, steps);
        api = api_of(&f);
        response_init(&response);
        handle(&api, &first, &response);
        response_fini(&response);
        response_init(&response);
        handle(&api, &requests[i], &response);
        assert_int_equal(response.status, 503);
        response_fini(&response);
        api_end(&api);
        assert_int_equal(fake_redis_stop(&f), 1);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(path_comes_first_then_the_method),
        cmocka_unit_test(login_comes_before_the_body),
        cmocka_unit_test(login_comes_before_the_parameters),
        cmocka_unit_test(redis_that_cannot_tell_the_login_is_503_whatever_else_is_wrong),
        cmocka_unit_test(size_comes_before_the_type_and_the_type_before_the_parameters),
        cmocka_unit_test(header_without_a_valid_user_or_any_token_is_not_logged_in),
        cmocka_unit_test(token_of_a_foreign_writer_may_be_any_text),
        cmocka_unit_test(login_and_test_page_need_no_login),
        cmocka_unit_test(preflight_is_answered_without_login_or_redis),
        cmocka_unit_test(every_reply_has_the_header_of_cors),
        cmocka_unit_test(test_page_is_html_that_loads_nothing_from_elsewhere),
        cmocka_unit_test(join_group_is_done_or_refused),
        cmocka_unit_test(list_group_is_sorted_and_without_what_is_no_id),
        cmocka_unit_test(history_is_recoded_and_without_what_is_no_message),
        cmocka_unit_test(history_before_a_message_is_null_where_there_is_no_such_message),
        cmocka_unit_test(list_message_goes_by_position_wherever_one_is_given),
        cmocka_unit_test(history_count_is_bounded),
        cmocka_unit_test(recall_is_done_too_late_or_of_nothing),
        cmocka_unit_test(join_and_recall_are_never_asked_twice),
    };

    return cmocka_run_group_tests_name("handle", tests, NULL, NULL);
}
