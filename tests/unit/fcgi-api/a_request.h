/* a_request.h - a request of a test, handled with a Redis that awaits certain commands. */
#ifndef TESTS_UNIT_API_A_REQUEST_H
#define TESTS_UNIT_API_A_REQUEST_H

#include "fcgi-api/handle.h"
#include "tests/unit/fcgi-api/fake_redis.h"

#define URLENCODED "application/x-www-form-urlencoded"

/* A request as it should be; each test spoils its own. */
static inline struct request
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

static inline struct api
api_of(const struct fake_redis *f)
{
    return (struct api){&f->config, store_create(&f->config), login_create(&f->config), NULL, NULL,
                        NULL};
}

static inline void
api_end(struct api *api)
{
    store_destroy(api->store);
    login_destroy(api->login);
}

/* Handles the request, with a Redis that awaits these commands, and no other. */
static inline void
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

static inline void
assert_answer(const struct fake_step *steps, struct request request, const char *wanted)
{
    struct response response;

    handle_with(steps, &request, &response);
    assert_bytes(text_str(&response.body), str_of(wanted));
    response_fini(&response);
}

/* The answer's code, and what its msg has in it. */
static inline void
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

#endif
