/* test_handle_jwt.c - requests whose token is a JWT: no Redis is asked for the login. */
#include "fcgi-api/handle.h"

#include <time.h>

#include "tests/unit/fcgi-api/a_request.h"
#include "tests/unit/lib/jwt/a_token.h"

static const struct signer site = {.secret = {SECRET, sizeof(SECRET) - 1}};
static const struct signer forger = {.secret = {"x" SECRET, sizeof(SECRET)}};

static struct text token;

/* A request of this user, with a token of these claims; its end is so many seconds away. */
static struct request
request_with(const char *path, const char *form, const struct signer *signer, const char *claims,
             int seconds)
{
    struct request r = request_to(path, form);
    char all[300];

    snprintf(all, sizeof(all), "{\"exp\":%lld,%s}", (long long)time(NULL) + seconds, claims);
    token_of(&token, signer, BYTES(HS256), str_of(all));
    r.token = text_str(&token);
    return r;
}

/* Handles it with these settings beside login.jwtKey. */
static void
assert_body(const struct fake_step *steps, struct request request, const char *key,
            const char *value, const char *wanted)
{
    struct response response;
    struct fake_redis f;
    struct api api;

    fake_redis_start(&f, steps);
    fake_redis_set(&f, "login.jwtKey", SECRET);
    fake_redis_set(&f, key, value);
    api = api_of(&f);
    response_init(&response);
    handle(&api, &request, &response);
    assert_bytes(text_str(&response.body), str_of(wanted));
    response_fini(&response);
    api_end(&api);
    (void)fake_redis_stop(&f);
}

static void
assert_said(const struct fake_step *steps, struct request request, const char *wanted)
{
    assert_body(steps, request, "log.level", "error", wanted);
}

#define DONE "{\"code\":200,\"msg\":\"操作成功\",\"data\":null}"
#define REFUSED                                                                                    \
    "{\"code\":100,\"msg\":\"令牌不适用于该群组 (the token is not for this "              \
    "group)\",\"data\":null}"
#define JOIN "/user/joinGroup", "groupId=g"

static void
valid_token_costs_no_command_of_its_own(void **state)
{
    (void)state;
    assert_said(ONE("EVALSHA", ":1\r\n"), request_with(JOIN, &site, "\"sub\":\"u\"", 60), DONE);
    assert_said(no_command, request_with("/user/joinGroup", "", &site, "\"sub\":\"u\"", 60),
                "{\"code\":400,\"msg\":\"缺少参数 groupId (missing)\",\"data\":null}");
}

/* Not even with Redis away. */
static void
token_that_is_not_valid_is_not_logged_in_without_a_command(void **state)
{
    struct request r;

    (void)state;
    assert_said(no_command, request_with(JOIN, &forger, "\"sub\":\"u\"", 60), NOT_LOGGED_IN);
    assert_said(no_command, request_with(JOIN, &site, "\"sub\":\"v\"", 60), NOT_LOGGED_IN);
    assert_said(no_command, request_with(JOIN, &site, "\"sub\":\"u\"", 0), NOT_LOGGED_IN);
    r = request_to("/user/joinGroup", "groupId=g");
    r.token = BYTES("..");
    assert_said(no_command, r, NOT_LOGGED_IN);
    r.body_too_large = true;
    assert_said(no_command, r, NOT_LOGGED_IN);
}

static void
other_tokens_are_those_of_logins(void **state)
{
    static const char *const tokens[] = {"0123456789abcdef0123456789abcdef", "a.b", "a.b.c.d"};
    struct request r = request_to("/user/joinGroup", "groupId=g");

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        r.token = str_of(tokens[i]);
        assert_said(ONE("EVALSHA", ":1\r\n"), r, DONE);
        assert_said(ONE("EVALSHA", ":-1\r\n"), r, NOT_LOGGED_IN);
    }
}

static void
without_a_key_a_jwt_is_a_token_like_any_other(void **state)
{
    struct request r = request_with(JOIN, &site, "\"sub\":\"u\"", 60);

    (void)state;
    assert_body(ONE("EVALSHA", ":-1\r\n"), r, "login.jwtKey", "", NOT_LOGGED_IN);
    assert_body(ONE("EVALSHA", ":1\r\n"), r, "login.jwtKey", "", DONE);
}

static void
sub_tells_which_way_to_read_the_header_is_right(void **state)
{
    struct request r;

    (void)state;
    r = request_with(JOIN, &site, "\"sub\":\"\xe4\xbd\xa0\"", 60);
    r.user = BYTES("%E4%BD%A0");
    assert_said(ONE("EVALSHA", ":1\r\n"), r, DONE);
    r.user = BYTES("%E4%BD%A1");
    assert_said(no_command, r, NOT_LOGGED_IN);
    r = request_with(JOIN, &site, "\"sub\":\"%E4%BD%A0\"", 60);
    r.user = BYTES("%E4%BD%A0");
    assert_said(ONE("EVALSHA", ":1\r\n"), r, DONE);
    r = request_with(JOIN, &site, "\"sub\":\"Jos\xc3\xa9\"", 60);
    r.user = BYTES("Jos\xe9");
    assert_said(ONE("EVALSHA", ":1\r\n"), r, DONE);
}

static void
token_of_some_groups_is_refused_in_others(void **state)
{
    static const struct {
        const char *path, *form;
    } rows[] = {{"/user/joinGroup", "groupId=h"},
                {"/user/leaveGroup", "groupId=h"},
                {"/user/read", "groupId=h&ts=1"},
                {"/group/online", "groupId=h"},
                {"/group/listMessage", "groupId=h&startPage=0&endPage=1"},
                {"/group/listMessage", "groupId=h&userId=u&ts=1&count=1"},
                {"/group/listOldMessage", "groupId=h&userId=u&ts=1&count=1"},
                {"/group/delMessage", "groupId=h&ts=1"}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_said(
            no_command,
            request_with(rows[i].path, rows[i].form, &site, "\"sub\":\"u\",\"groups\":[\"g\"]", 60),
            REFUSED);
    }
    assert_said(ONE("EVALSHA", ":1\r\n"),
                request_with(JOIN, &site, "\"sub\":\"u\",\"groups\":[\"g\"]", 60), DONE);
}

static void
list_group_shows_the_groups_of_the_token(void **state)
{
    static const char ids[] = "*2\r\n$1\r\n0\r\n*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n";

    (void)state;
    assert_said(ONE("EVALSHA", ids),
                request_with("/user/listGroup", "", &site,
                             "\"sub\":\"u\",\"groups\":[\"b\",\"c\",\"d\"]", 60),
                "{\"code\":200,\"msg\":\"操作成功\",\"data\":[\"b\",\"c\"]}");
    assert_said(ONE("EVALSHA", ids),
                request_with("/user/listGroup", "", &site, "\"sub\":\"u\"", 60),
                "{\"code\":200,\"msg\":\"操作成功\",\"data\":[\"a\",\"b\",\"c\"]}");
}

/* A path that is open looks at no token. */
static void
open_path_takes_any_token(void **state)
{
    struct request r = request_with(JOIN, &forger, "\"sub\":\"u\",\"groups\":[]", 60);

    (void)state;
    assert_body(ONE("EVALSHA", ":1\r\n"), r, "http.open", "/user/joinGroup", DONE);
}

static void
login_is_not_opened_with_a_wrong_key(void **state)
{
    struct fake_redis f;

    (void)state;
    fake_redis_start(&f, no_command);
    free(f.config.login.jwt_key);
    f.config.login.jwt_key = strdup("/nonexistent"); /* it was there when the settings were read */
    assert_null(login_create(&f.config));
    (void)fake_redis_stop(&f);
}

static int
tear_down(void **state)
{
    (void)state;
    text_fini(&token);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_token_costs_no_command_of_its_own),
        cmocka_unit_test(token_that_is_not_valid_is_not_logged_in_without_a_command),
        cmocka_unit_test(other_tokens_are_those_of_logins),
        cmocka_unit_test(without_a_key_a_jwt_is_a_token_like_any_other),
        cmocka_unit_test(sub_tells_which_way_to_read_the_header_is_right),
        cmocka_unit_test(token_of_some_groups_is_refused_in_others),
        cmocka_unit_test(list_group_shows_the_groups_of_the_token),
        cmocka_unit_test(open_path_takes_any_token),
        cmocka_unit_test(login_is_not_opened_with_a_wrong_key),
    };

    return cmocka_run_group_tests_name("handle, JWT", tests, NULL, tear_down);
}
