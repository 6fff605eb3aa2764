/* test_store_log.c - what the store logs: each cause once, and never a secret. */
#include "fcgi-api/store/store.h"

#include "tests/unit/capture.h"
#include "tests/unit/fcgi-api/store/a_store.h"

static void
log_names_each_cause_once_and_the_way_back(void **state)
{
    static const struct fake_step steps[] = {
        {"EVALSHA", "-WRONGTYPE x\r\n", false}, {"EVALSHA", "-WRONGTYPE x\r\n", false},
        {"EVALSHA", "-OOM y\r\n", false},       {"EVALSHA", ":1\r\n", false},
        {"EVALSHA", "-OOM y\r\n", true},        END};
    struct capture c;
    struct stage t;

    (void)state;
    stage_begin(&t, steps);
    c = capture_begin();
    ask(&t, SCRIPT, STORE_ONCE, STORE_FAULT, 0);
    ask(&t, SCRIPT, STORE_ONCE, STORE_FAULT, 0);
    ask(&t, SCRIPT, STORE_ONCE, STORE_UNREACHABLE, 0);
    ask(&t, SCRIPT, STORE_ONCE, STORE_OK, 1);
    ask(&t, SCRIPT, STORE_ONCE, STORE_UNREACHABLE, 0);
    fake_redis_await_hang_up(&t.redis);
    assert_string_equal(capture_end(c), "error redis-error answer=\"WRONGTYPE x\"\n"
                                        "error redis-error answer=\"OOM y\"\n");
    (void)stage_end(&t);
}

static void
log_tells_down_once_and_up_once(void **state)
{
    static const struct fake_step steps[] = {
        {"SET", "+OK\r\n", false}, {"SET", "+OK\r\n", false}, END};
    char there[108];
    struct capture c;
    struct stage t;

    (void)state;
    stage_begin(&t, steps);
    strcpy(there, t.redis.config.redis.socket);
    fake_redis_set(&t.redis, "redis.socket", "/tmp/fake-redis-is-not-here");
    c = capture_begin();
    ask(&t, PLAIN, STORE_REPEAT, STORE_UNREACHABLE, 0);
    ask(&t, PLAIN, STORE_REPEAT, STORE_UNREACHABLE, 0);
    fake_redis_set(&t.redis, "redis.socket", there);
    ask(&t, PLAIN, STORE_REPEAT, STORE_OK, 0);
    ask(&t, PLAIN, STORE_REPEAT, STORE_OK, 0);
    assert_string_equal(capture_end(c), "warn redis-down reason=\"cannot connect\" "
                                        "answer=\"No such file or directory\"\n"
                                        "info redis-up\n");
    (void)stage_end(&t);
}

/* Redis quotes a command that it does not know: a renamed SET, an AUTH at something else than
 * Redis. */
static void
log_never_holds_token_or_password(void **state)
{
    static const struct fake_step steps[] = {
        {"AUTH", "-ERR unknown command 'AUTH', with args beginning with: 'secret-password' \r\n",
         false},
        {"AUTH", "+OK\r\n", false},
        {"SET",
         "-ERR unknown command 'SET', with args beginning with: 'login:u' 'secret-token' \r\n",
         false},
        END};
    struct capture c;
    struct stage t;

    (void)state;
    stage_begin(&t, steps);
    fake_redis_set(&t.redis, "redis.password", "secret-password");
    c = capture_begin();
    ask(&t, PLAIN, STORE_REPEAT, STORE_UNREACHABLE, 0);
    ask(&t, PLAIN, STORE_REPEAT, STORE_FAULT, 0);
    (void)capture_end(c);
    assert_non_null(strstr(seen, "unknown command 'AUTH'"));
    assert_non_null(strstr(seen, "unknown command 'SET'"));
    assert_null(strstr(seen, "secret"));
    (void)stage_end(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_names_each_cause_once_and_the_way_back),
        cmocka_unit_test(log_tells_down_once_and_up_once),
        cmocka_unit_test(log_never_holds_token_or_password),
    };

    return cmocka_run_group_tests_name("store, log", tests, NULL, NULL);
}
