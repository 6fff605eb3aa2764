/* an_operator.h - a request of a test, with settings that know operators. */
#ifndef TESTS_UNIT_API_ADMIN_AN_OPERATOR_H
#define TESTS_UNIT_API_ADMIN_AN_OPERATOR_H

#include "tests/unit/fcgi-api/a_request.h"

#define TOKENS "ann:ann-s-token bob:bob-s-token"

#define DONE        "{\"code\":200,\"msg\":\"操作成功\",\"data\":null}"
#define UNCHANGED   "{\"code\":100,\"msg\":\"操作失败\",\"data\":null}"
#define NOT_ALLOWED "{\"code\":403,\"msg\":\"不允许 (not allowed)\",\"data\":null}"
#define NO_ROLE     "*3\r\n:-5\r\n$4\r\nrole\r\n:0\r\n"
#define NO_ROLE_ANSWER                                                                             \
    "{\"code\":403,\"msg\":\"不允许 (not allowed)\",\"data\":{\"reason\":\"role\"}}"

/* Of the program itself, which needs no token: the endpoint's commands are all there are. */
static inline struct request
request_of_operator(const char *path, const char *form)
{
    struct request r = request_to(path, form);

    r.user = r.token = str_make("", 0);
    r.operator_name = str_of("local:ann");
    return r;
}

/* Handles it with these settings beside admin.tokens: KEY, VALUE, NULL. */
static inline void
assert_body_with(const struct fake_step *steps, struct request request, const char *const *settings,
                 const char *wanted)
{
    struct response response;
    struct fake_redis f;
    struct api api;

    fake_redis_start(&f, steps);
    fake_redis_set(&f, "admin.tokens", TOKENS);
    for (; *settings != NULL; settings += 2) {
        fake_redis_set(&f, settings[0], settings[1]);
    }
    api = api_of(&f);
    response_init(&response);
    handle(&api, &request, &response);
    assert_bytes(text_str(&response.body), str_of(wanted));
    response_fini(&response);
    api_end(&api);
    (void)fake_redis_stop(&f);
}

static inline void
assert_body(const struct fake_step *steps, struct request request, const char *wanted)
{
    assert_body_with(steps, request, (const char *const[]){NULL}, wanted);
}

#define STEPS(...)                                                                                 \
    (const struct fake_step[])                                                                     \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            NULL, NULL, false                                                                      \
        }                                                                                          \
    }
#define STEP(answer)                                                                               \
    {                                                                                              \
        "EVALSHA", answer, false                                                                   \
    }

#endif
