/* test_store.c - what becomes of a command if Redis refuses, breaks off or hangs. */
#include "fcgi-api/store/store.h"

#include "lib/clock.h"
#include "tests/unit/fcgi-api/store/a_store.h"

/* ---- a Redis as it should be ---- */

static void
connection_is_made_at_the_first_command_and_kept(void **state)
{
    static const struct fake_step steps[] = {{"SET", "+OK\r\n", false},
                                             {"EVALSHA", ":1\r\n", false},
                                             {"EVALSHA", ":-1\r\n", false},
                                             END};
    struct stage t;

    (void)state;
    stage_begin(&t, steps);
    ask(&t, PLAIN, STORE_REPEAT, STORE_OK, 0);
    ask(&t, SCRIPT, STORE_REPEAT, STORE_OK, 1);
    ask(&t, SCRIPT, STORE_REPEAT, STORE_OK, -1);
    assert_int_equal(stage_end(&t), 1);
}

static void
store_that_was_never_asked_never_connects(void **state)
{
    static const struct fake_step steps[] = {END};
    struct stage t;

    (void)state;
    stage_begin(&t, steps);
    assert_int_equal(stage_end(&t), 0);
    store_destroy(NULL);
}

static void
script_that_redis_does_not_know_is_sent_whole(void **state)
{
    static const struct fake_step steps[] = {
        {"EVALSHA", "-NOSCRIPT No matching script.\r\n", false},
        {"EVAL", ":1\r\n", false},
        {"EVALSHA", ":1\r\n", false},
        END};
    struct stage t;

    (void)state;
    stage_begin(&t, steps);
    ask(&t, SCRIPT, STORE_ONCE, STORE_OK, 1);
    ask(&t, SCRIPT, STORE_ONCE, STORE_OK, 1);
    assert_int_equal(stage_end(&t), 1);
}

/* The fake answers AUTH only after SELECT has come: waiting in between would be in vain. After such
 * a greeting the script is sent whole, as a NOSCRIPT would mean a third round trip. */
static void
greeting_and_script_take_two_round_trips(void **state)
{
    static const struct fake_step steps[] = {{"AUTH", "", false},
                                             {"SELECT", "+OK\r\n+OK\r\n", false},
                                             {"EVAL", ":1\r\n", false},
                                             {"EVALSHA", ":1\r\n", false},
                                             END};
    struct stage t;

    (void)state;
    stage_begin(&t, steps);
    fake_redis_set(&t.redis, "redis.password", "secret-password");
    fake_redis_set(&t.redis, "redis.database", "3");
    ask(&t, SCRIPT, STORE_REPEAT, STORE_OK, 1);
    ask(&t, SCRIPT, STORE_REPEAT, STORE_OK, 1);
    assert_int_equal(stage_end(&t), 1);
}

/* ---- a Redis that goes away ---- */

static void
connection_that_was_closed_while_idle_is_made_anew(void **state)
{
    static const struct fake_step steps[] = {
        {"EVALSHA", ":1\r\n", true}, {"EVALSHA", ":2\r\n", false}, END};
    struct stage t;

    (void)state;
    stage_begin(&t, steps);
    ask(&t, SCRIPT, STORE_ONCE, STORE_OK, 1);
    fake_redis_await_hang_up(&t.redis);
    ask(&t, SCRIPT, STORE_ONCE, STORE_OK, 2);
    assert_int_equal(stage_end(&t), 2);
}

static void
repeatable_command_whose_answer_was_lost_is_asked_again(void **state)
{
    static const struct fake_step steps[] = {
        {"EVALSHA", ":1\r\n", false}, {"EVALSHA", ":", true}, {"EVALSHA", ":2\r\n", false}, END};
    struct stage t;

    (void)state;
    stage_begin(&t, steps);
    ask(&t, SCRIPT, STORE_REPEAT, STORE_OK, 1);
    ask(&t, SCRIPT, STORE_REPEAT, STORE_OK, 2);
    assert_int_equal(stage_end(&t), 2);
}

static void
command_that_may_have_been_carried_out_is_not_asked_again(void **state)
{
    static const struct fake_step steps[] = {
        {"EVALSHA", ":1\r\n", false}, {"EVALSHA", "", true}, {"EVALSHA", ":3\r\n", false}, END};
    struct stage t;

    (void)state;
    stage_begin(&t, steps);
    ask(&t, SCRIPT, STORE_ONCE, STORE_OK, 1);
    ask(&t, SCRIPT, STORE_ONCE, STORE_UNREACHABLE, 0);
    ask(&t, SCRIPT, STORE_ONCE, STORE_OK, 3);
    assert_int_equal(stage_end(&t), 2);
}

static void
command_is_asked_again_once_at_the_most(void **state)
{
    static const struct fake_step steps[] = {
        {"EVALSHA", ":1\r\n", false}, {"EVALSHA", "", true}, {"EVALSHA", "", true}, END};
    struct stage t;

    (void)state;
    stage_begin(&t, steps);
    ask(&t, SCRIPT, STORE_REPEAT, STORE_OK, 1);
    ask(&t, SCRIPT, STORE_REPEAT, STORE_UNREACHABLE, 0);
    assert_int_equal(stage_end(&t), 2);
}

static void
redis_that_hangs_is_given_up_in_time_and_its_late_answer_never_taken(void **state)
{
    static const struct fake_step steps[] = {
        {"EVALSHA", ":1\r\n", false}, {"EVALSHA", "", false}, {"EVALSHA", ":3\r\n", false}, END};
    struct stage t;
    int64_t since;

    (void)state;
    stage_begin(&t, steps);
    fake_redis_set(&t.redis, "redis.timeoutMs", "200");
    ask(&t, SCRIPT, STORE_REPEAT, STORE_OK, 1);
    since = clock_ms();
    ask(&t, SCRIPT, STORE_REPEAT, STORE_UNREACHABLE, 0);
    assert_in_range(clock_ms() - since, 199, 199 + 1000);
    ask(&t, SCRIPT, STORE_REPEAT, STORE_OK, 3);
    assert_int_equal(stage_end(&t), 2);
}

static void
redis_that_accepts_nobody_is_unreachable(void **state)
{
    static const struct fake_step steps[] = {END};
    struct stage t;

    (void)state;
    stage_begin(&t, steps);
    fake_redis_set(&t.redis, "redis.socket", "/tmp/fake-redis-is-not-here");
    ask(&t, PLAIN, STORE_REPEAT, STORE_UNREACHABLE, 0);
    assert_int_equal(stage_end(&t), 0);
}

static void
what_is_not_the_redis_protocol_is_unreachable(void **state)
{
    static const struct fake_step steps[] = {{"SET", "HTTP/1.1 400 Bad Request\r\n\r\n", false},
                                             END};
    struct stage t;

    (void)state;
    stage_begin(&t, steps);
    ask(&t, PLAIN, STORE_REPEAT, STORE_UNREACHABLE, 0);
    assert_int_equal(stage_end(&t), 1);
}

/* ---- a Redis that refuses ---- */

static void
refusal_is_503_where_it_passes_and_500_where_it_does_not(void **state)
{
    static const struct {
        const char *answer;
        enum store_result result;
    } cases[] = {
        {"-LOADING Redis is loading the dataset in memory\r\n", STORE_UNREACHABLE},
        {"-BUSY Redis is busy running a script.\r\n", STORE_UNREACHABLE},
        {"-MASTERDOWN Link with MASTER is down\r\n", STORE_UNREACHABLE},
        {"-READONLY You can't write against a read only replica.\r\n", STORE_UNREACHABLE},
        {"-OOM command not allowed when used memory > 'maxmemory'.\r\n", STORE_UNREACHABLE},
        {"-MISCONF Redis is configured to save RDB snapshots\r\n", STORE_UNREACHABLE},
        {"-NOAUTH Authentication required.\r\n", STORE_UNREACHABLE},
        {"-NOPERM this user has no permissions\r\n", STORE_UNREACHABLE},
        {"-ERR max number of clients reached\r\n", STORE_UNREACHABLE},
        {"-DENIED Redis is running in protected mode\r\n", STORE_UNREACHABLE},
        {"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n", STORE_FAULT},
        {"-ERR syntax error\r\n", STORE_FAULT},
        {"-\r\n", STORE_FAULT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct fake_step steps[] = {
            {"EVALSHA", cases[i].answer, false}, {"EVALSHA", ":1\r\n", false}, END};
        struct stage t;

        stage_begin(&t, steps);
        ask(&t, SCRIPT, STORE_ONCE, cases[i].result, 0);
        ask(&t, SCRIPT, STORE_ONCE, STORE_OK, 1);
        (void)stage_end(&t);
    }
}

static void
replica_is_left_for_a_new_connection(void **state)
{
    static const struct fake_step steps[] = {
        {"EVALSHA", "-READONLY You can't write against a read only replica.\r\n", false},
        {"EVALSHA", ":1\r\n", false},
        END};
    struct stage t;

    (void)state;
    stage_begin(&t, steps);
    ask(&t, SCRIPT, STORE_ONCE, STORE_UNREACHABLE, 0);
    ask(&t, SCRIPT, STORE_ONCE, STORE_OK, 1);
    assert_int_equal(stage_end(&t), 2);
}

/* Were the command sent all the same, it would be carried out in another database. */
static void
refused_greeting_is_unreachable_and_nothing_is_sent_behind_it(void **state)
{
    static const struct fake_step steps[] = {
        {"AUTH", "", false},
        {"SELECT", "+OK\r\n-ERR DB index is out of range\r\n", false},
        {"AUTH", "-WRONGPASS invalid username-password pair\r\n", false},
        {"SELECT", "-NOAUTH Authentication required.\r\n", false},
        END};
    struct stage t;

    (void)state;
    stage_begin(&t, steps);
    fake_redis_set(&t.redis, "redis.password", "secret-password");
    fake_redis_set(&t.redis, "redis.database", "3");
    ask(&t, SCRIPT, STORE_REPEAT, STORE_UNREACHABLE, 0);
    ask(&t, SCRIPT, STORE_REPEAT, STORE_UNREACHABLE, 0);
    fake_redis_await_hang_up(&t.redis);
    fake_redis_await_hang_up(&t.redis);
    assert_int_equal(stage_end(&t), 2);
}

/* Another form is in use: nothing is sent, until that is mended. */
static void
among_values_of_another_form_nothing_is_asked(void **state)
{
    static const struct fake_step steps[] = {{"ENCODING", "$9\r\njava data\r\n", false},
                                             {"ENCODING", "$4\r\njava\r\n", false},
                                             {"ENCODING", "$2\r\nok\r\n", false},
                                             {"EVALSHA", ":1\r\n", false},
                                             END};
    struct stage t;

    (void)state;
    stage_begin(&t, steps);
    ask(&t, SCRIPT, STORE_ONCE, STORE_UNREACHABLE, 0);
    ask(&t, SCRIPT, STORE_ONCE, STORE_UNREACHABLE, 0);
    ask(&t, SCRIPT, STORE_ONCE, STORE_OK, 1);
    assert_int_equal(stage_end(&t), 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connection_is_made_at_the_first_command_and_kept),
        cmocka_unit_test(store_that_was_never_asked_never_connects),
        cmocka_unit_test(script_that_redis_does_not_know_is_sent_whole),
        cmocka_unit_test(greeting_and_script_take_two_round_trips),
        cmocka_unit_test(connection_that_was_closed_while_idle_is_made_anew),
        cmocka_unit_test(repeatable_command_whose_answer_was_lost_is_asked_again),
        cmocka_unit_test(command_that_may_have_been_carried_out_is_not_asked_again),
        cmocka_unit_test(command_is_asked_again_once_at_the_most),
        cmocka_unit_test(redis_that_hangs_is_given_up_in_time_and_its_late_answer_never_taken),
        cmocka_unit_test(redis_that_accepts_nobody_is_unreachable),
        cmocka_unit_test(what_is_not_the_redis_protocol_is_unreachable),
        cmocka_unit_test(refusal_is_503_where_it_passes_and_500_where_it_does_not),
        cmocka_unit_test(replica_is_left_for_a_new_connection),
        cmocka_unit_test(refused_greeting_is_unreachable_and_nothing_is_sent_behind_it),
        cmocka_unit_test(among_values_of_another_form_nothing_is_asked),
    };

    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
