/* test_handle.c - the order of checks, and what is the same for all endpoints. */
#include "fcgi-api/handle.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/config/settings.h"
#include "tests/unit/fcgi-api/a_request.h"

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
    static const char *const users[] = {"", ".", "a/b", "a\tb", "a/b, a/b", "%2F/", "/%FF"};
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

/* ---- bodies ---- */

static void
body_of_json_has_parameters(void **state)
{
    struct request r = request_to("/user/joinGroup", "{\"groupId\":7}");

    (void)state;
    r.content_type = str_of("application/json");
    assert_code(ONE("EVALSHA", ":1\r\n"), r, 200, "");
    r.body = str_of("{\"groupId\":[7]}");
    assert_code(ONE("EVALSHA", ":1\r\n"), r, 400, "(groupId is an object or array");
    r.body = str_of("{}");
    assert_code(ONE("EVALSHA", ":1\r\n"), r, 400, "groupId");
    r.path = str_of("/user/listGroup");
    assert_code(ONE("EVALSHA", "*0\r\n"), r, 200, "");
}

static void
body_of_another_type_matters_if_a_parameter_is_missing(void **state)
{
    struct request r = request_to("/user/joinGroup", "x");

    (void)state;
    r.content_type = str_of("text/plain");
    assert_code(ONE("EVALSHA", ":1\r\n"), r, 415, "groupId");
    r.query = str_of("groupId=g");
    assert_code(ONE("EVALSHA", ":1\r\n"), r, 200, "");
    r.content_encoding = str_of("gzip");
    assert_code(ONE("EVALSHA", ":1\r\n"), r, 415, "(Content-Encoding: gzip is not understood");
}

/* ---- headers that can be read in several ways ---- */

#define SECOND(answer)                                                                             \
    (const struct fake_step[])                                                                     \
    {                                                                                              \
        {"EVALSHA", ":-1\r\n", false}, {"EVALSHA", answer, false},                                 \
        {                                                                                          \
            NULL, NULL, false                                                                      \
        }                                                                                          \
    }

/* Redis is asked once if the plain reading is right, or if there is no other. */
static void
plain_headers_cost_one_command_whatever_its_reply(void **state)
{
    static const char *const users[] = {"u", "100%", "%FF", "a, b", "\xe4\xbd\xa0", "Jos\xe9"};
    struct request r = request_to("/user/joinGroup", "groupId=g");

    (void)state;
    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        r.user = str_of(users[i]);
        assert_code(ONE("EVALSHA", ":1\r\n"), r, 200, "");
        assert_answer(ONE("EVALSHA", ":-1\r\n"), r, NOT_LOGGED_IN);
    }
    r.user = str_of("%41, %41");
    assert_code(ONE("EVALSHA", ":1\r\n"), r, 200, "");
}

static void
other_reading_is_tried_after_the_login_has_failed(void **state)
{
    static const char *const users[] = {"%E4%BD%A0", "u, u", "u,u"};
    struct request r = request_to("/user/joinGroup", "groupId=g");

    (void)state;
    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        r.user = str_of(users[i]);
        assert_code(SECOND(":1\r\n"), r, 200, "");
        assert_code(SECOND(":0\r\n"), r, 100, "");
        assert_answer(SECOND(":-1\r\n"), r, NOT_LOGGED_IN);
        assert_code(SECOND("-ERR\r\n"), r, 500, "");
    }
}

/* The login is checked by itself then, and a fault is told to a user who is logged in alone. */
static void
other_reading_is_tried_for_a_request_with_a_fault_as_well(void **state)
{
    struct request r = request_to("/user/joinGroup", "");

    (void)state;
    r.user = str_of("%E4%BD%A0");
    assert_code(SECOND(":1\r\n"), r, 400, "groupId");
    assert_answer(SECOND(":-1\r\n"), r, NOT_LOGGED_IN);
    r.body_too_large = true;
    assert_code(SECOND(":1\r\n"), r, 413, "");
}

/* 378 bytes as it stands. */
static void
reading_that_is_no_id_is_passed_over(void **state)
{
    struct request r = request_to("/user/joinGroup", "groupId=g");
    char header[42 * 9];

    (void)state;
    for (size_t i = 0; i < sizeof(header); i += 9) {
        memcpy(header + i, "%E4%BD%A0", 9);
    }
    r.user = str_make(header, sizeof(header));
    assert_code(ONE("EVALSHA", ":1\r\n"), r, 200, "");
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
    static const char *const paths[] = {"/nowhere", "/user/listGroup", "/test/websocket",
                                        "/fastim.js"};
    static const char *const methods[] = {"GET", "POST", "OPTIONS"};

    (void)state;
    for (size_t i = 0; i < 12; i++) {
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
        assert_non_null(strstr(response.headers.bytes, "ETag: \""));
        assert_string_equal(response.cache, "no-cache");
        assert_non_null(strstr(response.body.bytes, "</html>"));
        response_fini(&response);
    }
}

/* ---- the files of the client ---- */

static struct response
ask_for_client(const char *path, const char *known)
{
    struct request r = {.method = str_of("GET"),
                        .path = str_of(path),
                        .if_none_match = str_of(known),
                        .user = str_of("u"),
                        .token = str_of("a token that nobody looks at")};
    struct response response;

    handle_with(no_command, &r, &response);
    return response;
}

static void
client_files_need_no_login_and_are_sent_once(void **state)
{
    static const char *const paths[] = {"/fastim.js", "/fastim-sse.js", "//fastim.global.js/",
                                        "/fastim-room.js", "/fastim-admin.js"};

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct response response = ask_for_client(paths[i], "");
        char etag[64], weak[80];

        assert_int_equal(response.status, 200);
        assert_string_equal(response.cache, "max-age=3600");
        assert_non_null(
            strstr(response.headers.bytes, "Content-Type: text/javascript;charset=utf-8\r\n"));
        assert_non_null(strstr(response.body.bytes, "fastim"));
        assert_int_equal(sscanf(strstr(response.headers.bytes, "ETag: "), "ETag: %40s", etag), 1);
        response_fini(&response);

        snprintf(weak, sizeof(weak), "\"other\", W/%.33s-gzip\"", etag);
        for (int k = 0; k < 2; k++) {
            response = ask_for_client(paths[i], k == 0 ? etag : weak);
            assert_int_equal(response.status, 304);
            assert_int_equal(response.body.len, 0);
            assert_non_null(strstr(response.headers.bytes, etag));
            response_fini(&response);
        }
        response = ask_for_client(paths[i], "\"other\"");
        assert_int_equal(response.status, 200);
        response_fini(&response);
    }
}

/* ---- the page of a room ---- */

static void
room_page_loads_only_what_is_of_its_site(void **state)
{
    struct response response = ask_for_client("/chat/\xe4\xbd\xa0", "");
    char etag[64];

    (void)state;
    assert_int_equal(response.status, 200);
    assert_string_equal(response.cache, "no-cache");
    assert_non_null(strstr(response.headers.bytes, "Content-Type: text/html;charset=utf-8\r\n"));
    assert_non_null(strstr(response.headers.bytes,
                           "Content-Security-Policy: default-src 'none'; script-src 'self'; "
                           "connect-src 'self'; "));
    assert_null(strstr(response.headers.bytes, "unsafe"));
    assert_non_null(strstr(response.body.bytes, "<fastim-room "));
    assert_int_equal(sscanf(strstr(response.headers.bytes, "ETag: "), "ETag: %40s", etag), 1);
    response_fini(&response);

    response = ask_for_client("/chat/another", etag);
    assert_int_equal(response.status, 304);
    assert_int_equal(response.body.len, 0);
    response_fini(&response);
}

/* ---- too many ---- */

static int
status_of(const struct api *api, struct request request, const char *has)
{
    struct response response;
    int status;

    response_init(&response);
    handle(api, &request, &response);
    status = response.status;
    if (has != NULL) {
        assert_non_null(strstr(response.headers.bytes, has));
        assert_non_null(strstr(response.body.bytes, "\"data\":null}"));
    }
    response_fini(&response);
    return status;
}

/* Redis is not asked; a page of another origin can read the answer. */
static void
an_address_above_its_rate_gets_429(void **state)
{
    static char large[4 * RATES_BYTES_EACH];
    struct request r = request_to("/test/websocket", ""), other = r, preflight = r;
    struct fake_redis f;
    struct api api;
    char prefix[20];

    (void)state;
    fake_redis_start(&f, no_command);
    snprintf(prefix, sizeof(prefix), "%d:", (int)getpid());
    assert_true(settings_set(&f.config, settings_find("redis.prefix"), str_of(prefix)));
    assert_true(settings_set(&f.config, settings_find("http.requestsPerSecond"), str_of("1")));
    api = api_of(&f);
    api.rates = rates_create(&f.config);
    r.method = other.method = str_of("GET");
    r.client = preflight.client = str_of("192.0.2.7");
    r.origin = str_of("https://a.example");
    other.client = str_of("192.0.2.8");
    preflight.method = str_of("OPTIONS");
    for (int i = 0; i < 10; i++) {
        assert_int_equal(status_of(&api, r, NULL), 200);
        assert_int_equal(status_of(&api, preflight, NULL), 204);
    }
    assert_int_equal(status_of(&api, r, "Retry-After: 1\r\n"), 429);
    assert_int_equal(status_of(&api, r, "Access-Control-Allow-Origin: "), 429);
    assert_int_equal(status_of(&api, preflight, NULL), 204);
    memset(large, 'x', sizeof(large));
    other.body = str_make(large, sizeof(large));
    assert_int_equal(status_of(&api, other, NULL), 200); /* it counts as five, so the next one */
    assert_int_equal(status_of(&api, other, NULL), 200); /* is the last one */
    assert_int_equal(status_of(&api, other, NULL), 429);
    rates_destroy(api.rates);
    api_end(&api);
    (void)fake_redis_stop(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_above_its_rate_gets_429),
        cmocka_unit_test(path_comes_first_then_the_method),
        cmocka_unit_test(login_comes_before_the_body),
        cmocka_unit_test(login_comes_before_the_parameters),
        cmocka_unit_test(redis_that_cannot_tell_the_login_is_503_whatever_else_is_wrong),
        cmocka_unit_test(size_comes_before_the_type_and_the_type_before_the_parameters),
        cmocka_unit_test(header_without_a_valid_user_or_any_token_is_not_logged_in),
        cmocka_unit_test(token_of_a_foreign_writer_may_be_any_text),
        cmocka_unit_test(login_and_test_page_need_no_login),
        cmocka_unit_test(body_of_json_has_parameters),
        cmocka_unit_test(body_of_another_type_matters_if_a_parameter_is_missing),
        cmocka_unit_test(plain_headers_cost_one_command_whatever_its_reply),
        cmocka_unit_test(other_reading_is_tried_after_the_login_has_failed),
        cmocka_unit_test(other_reading_is_tried_for_a_request_with_a_fault_as_well),
        cmocka_unit_test(reading_that_is_no_id_is_passed_over),
        cmocka_unit_test(preflight_is_answered_without_login_or_redis),
        cmocka_unit_test(every_reply_has_the_header_of_cors),
        cmocka_unit_test(test_page_is_html_that_loads_nothing_from_elsewhere),
        cmocka_unit_test(client_files_need_no_login_and_are_sent_once),
        cmocka_unit_test(room_page_loads_only_what_is_of_its_site),
    };

    return cmocka_run_group_tests_name("handle", tests, NULL, NULL);
}
