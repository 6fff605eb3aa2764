/* an_admission.h - admission with settings of the test, and its clients. */
#ifndef TESTS_UNIT_PUSHD_CLIENT_AN_ADMISSION_H
#define TESTS_UNIT_PUSHD_CLIENT_AN_ADMISSION_H

#include <malloc.h>
#include <stdio.h>

#include "push-daemon/client/admission.h"
#include "push-daemon/net/ws_request.h"
#include "tests/unit/push-daemon/a_env.h"
#include "tests/unit/push-daemon/a_request.h"

enum {
    MAX = 5 /* connections */
};

static struct test {
    struct a_env env;
    struct admission *admission;
    struct ticket tickets[16];
} t;

static inline int
setup(void **state)
{
    (void)state;
    memset(&t, 0, sizeof(t));
    a_env_make(&t.env);
    t.admission = admission_create(&t.env.env, MAX);
    return 0;
}

static inline int
teardown(void **state)
{
    (void)state;
    admission_destroy(t.admission);
    a_env_free(&t.env);
    return 0;
}

/* For the next row of a table. */
static inline void
restart(void **state)
{
    teardown(state);
    setup(state);
}

static inline void
set(const char *key, const char *value)
{
    a_config_set(&t.env.config, key, value);
}

static inline int
check(const char *user, const char *address)
{
    struct ws_request request = a_request("g", user, address);

    return admission_check(t.admission, &request);
}

/* It is welcome, and comes in. */
static inline void
enter(int i, const char *user, const char *address)
{
    struct ws_request request = a_request("g", user, address);

    assert_int_equal(admission_check(t.admission, &request), 0);
    t.tickets[i] = admission_enter(t.admission, &request);
}

static inline void
leave(int i)
{
    admission_leave(t.admission, &t.tickets[i]);
}

/* Connection i, of that user, sends so many bytes. */
static inline bool
say(int i, const char *user, size_t bytes)
{
    return admission_take_message(t.admission, &t.tickets[i], str_of(user), bytes);
}

/* How many messages of so many bytes it may send at once. */
static inline int
say_all(int i, const char *user, size_t bytes)
{
    int taken = 0;

    while (say(i, user, bytes)) {
        taken++;
    }
    return taken;
}

#endif
