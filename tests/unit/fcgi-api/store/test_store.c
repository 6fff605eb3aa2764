/* test_store.c - what becomes of a command where Redis refuses, breaks off or hangs. */
#include "fcgi-api/store/store.h"

#include <time.h>

#include "lib/redis/commands.h"
#include "lib/clock.h"
#include "tests/unit/fcgi-api/fake_redis.h"

enum kind {
    PLAIN, /* a SET */
    SCRIPT /* an EVALSHA */
};

/* Asks, and compares result and integer answer (0 where there is none). */
static void
ask(struct store *s, const struct fake_redis *f, enum kind kind, enum store_repeat repeat,
    enum store_result wanted, int64_t answer)
{
    const struct reply *reply = NULL;
    struct argv c;

    argv_init(&c);
    if (kind == PLAIN) {
        argv_add_str(&c, "SET");
        argv_add_str(&c, "login:u");
        argv_add_str(&c, "secret-token");
    } else {
        cmd_check_login(&c, &f->config, str_of("u"), str_of("secret-token"));
    }
    assert_int_equal(store_ask(s, &c, repeat, &reply), wanted);
    assert_true(reply_int(reply) == answer);
    argv_fini(&c);
}

/* ---- what it writes to the log ---- */

static FILE *log_file;
static int real_stderr;

static void
catch_log(void)
{
    log_file = tmpfile();
    fflush(stderr);
    real_stderr = dup(STDERR_FILENO);
    dup2(fileno(log_file), STDERR_FILENO);
}

static char *
release_log(char log[4096])
{
    size_t n;

    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    rewind(log_file);
    n = fread(log, 1, 4095, log_file);
    log[n] = '\0';
    fclose(log_file);
    return log;
}

static int
count(const char *text, const char *needle)
{
    int n = 0;

    while ((text = strstr(text, needle)) != NULL) {
        n++;
        text++;
    }
    return n;
}

/* ---- a Redis as it should be ---- */

static void
connection_is_made_at_the_first_command_and_kept(void **state)
{
    static const struct fake_step steps[] = {{"SET", "+OK\r\n", false},
                                             {"EVALSHA", ":1\r\n", false},
                                             {"EVALSHA", ":-1\r\n", false},
                                             {NULL, NULL, false}};
    struct fake_redis f;
    struct store *s;

    (void)state;
    fake_redis_start(&f, steps);
    s = store_create(&f.config);
    ask(s, &f, PLAIN, STORE_REPEAT, STORE_OK, 0);
    ask(s, &f, SCRIPT, STORE_REPEAT, STORE_OK, 1);
    ask(s, &f, SCRIPT, STORE_REPEAT, STORE_OK, -1);
    store_destroy(s);
    assert_int_equal(fake_redis_stop(&f), 1);
}

static void
store_that_was_never_asked_never_connects(void **state)
{
    static const struct fake_step steps[] = {{NULL, NULL, false}};
    struct fake_redis f;

    (void)state;
    fake_redis_start(&f, steps);
    store_destroy(store_create(&f.config));
    store_destroy(NULL);
    assert_int_equal(fake_redis_stop(&f), 0);
}

static void
script_that_redis_does_not_know_is_sent_whole(void **state)
{
    static const struct fake_step steps[] = {
        {"EVALSHA", "-NOSCRIPT No matching script.\r\n", false},
        {"EVAL", ":1\r\n", false},
        {"EVALSHA", ":1\r\n", false},
        {NULL, NULL, false}};
    struct fake_redis f;
    struct store *s;

    (void)state;
    fake_redis_start(&f, steps);
    s = store_create(&f.config);
    ask(s, &f, SCRIPT, STORE_ONCE, STORE_OK, 1);
    ask(s, &f, SCRIPT, STORE_ONCE, STORE_OK, 1);
    store_destroy(s);
    assert_int_equal(fake_redis_stop(&f), 1);
}

/* The fake answers AUTH only after SELECT has come: who waits in between waits in vain. Behind such a
 * greeting the script goes out whole, as a NOSCRIPT would be the third round trip. */
static void
greeting_and_script_take_two_round_trips(void **state)
{
    static const struct fake_step steps[] = {{"AUTH", "", false},
                                             {"SELECT", "+OK\r\n+OK\r\n", false},
                                             {"EVAL", ":1\r\n", false},
                                             {"EVALSHA", ":1\r\n", false},
                                             {NULL, NULL, false}};
    struct fake_redis f;
    struct store *s;

    (void)state;
    fake_redis_start(&f, steps);
    fake_redis_set(&f, "redis.password", "secret-password");
    fake_redis_set(&f, "redis.database", "3");
    s = store_create(&f.config);
    ask(s, &f, SCRIPT, STORE_REPEAT, STORE_OK, 1);
    ask(s, &f, SCRIPT, STORE_REPEAT, STORE_OK, 1);
    store_destroy(s);
    assert_int_equal(fake_redis_stop(&f), 1);
}

/* ---- a Redis that goes away ---- */

static void
connection_that_was_closed_while_idle_is_made_anew(void **state)
{
    static const struct fake_step steps[] = {
        {"EVALSHA", ":1\r\n", true}, {"EVALSHA", ":2\r\n", false}, {NULL, NULL, false}};
    struct fake_redis f;
    struct store *s;

    (void)state;
    fake_redis_start(&f, steps);
    s = store_create(&f.config);
    ask(s, &f, SCRIPT, STORE_ONCE, STORE_OK, 1);
    fake_redis_await_hang_up(&f);
    ask(s, &f, SCRIPT, STORE_ONCE, STORE_OK, 2);
    store_destroy(s);
    assert_int_equal(fake_redis_stop(&f), 2);
}

static void
repeatable_command_whose_answer_was_lost_is_asked_again(void **state)
{
    static const struct fake_step steps[] = {{"EVALSHA", ":1\r\n", false},
                                             {"EVALSHA", ":", true},
                                             {"EVALSHA", ":2\r\n", false},
                                             {NULL, NULL, false}};
    struct fake_redis f;
    struct store *s;

    (void)state;
    fake_redis_start(&f, steps);
    s = store_create(&f.config);
    ask(s, &f, SCRIPT, STORE_REPEAT, STORE_OK, 1);
    ask(s, &f, SCRIPT, STORE_REPEAT, STORE_OK, 2);
    store_destroy(s);
    assert_int_equal(fake_redis_stop(&f), 2);
}

static void
argv_that_may_have_been_carried_out_is_not_asked_again(void **state)
{
    static const struct fake_step steps[] = {{"EVALSHA", ":1\r\n", false},
                                             {"EVALSHA", "", true},
                                             {"EVALSHA", ":3\r\n", false},
                                             {NULL, NULL, false}};
    struct fake_redis f;
    struct store *s;

    (void)state;
    fake_redis_start(&f, steps);
    s = store_create(&f.config);
    ask(s, &f, SCRIPT, STORE_ONCE, STORE_OK, 1);
    ask(s, &f, SCRIPT, STORE_ONCE, STORE_UNREACHABLE, 0);
    ask(s, &f, SCRIPT, STORE_ONCE, STORE_OK, 3);
    store_destroy(s);
    assert_int_equal(fake_redis_stop(&f), 2);
}

static void
argv_is_asked_again_once_at_the_most(void **state)
{
    static const struct fake_step steps[] = {{"EVALSHA", ":1\r\n", false},
                                             {"EVALSHA", "", true},
                                             {"EVALSHA", "", true},
                                             {NULL, NULL, false}};
    struct fake_redis f;
    struct store *s;

    (void)state;
    fake_redis_start(&f, steps);
    s = store_create(&f.config);
    ask(s, &f, SCRIPT, STORE_REPEAT, STORE_OK, 1);
    ask(s, &f, SCRIPT, STORE_REPEAT, STORE_UNREACHABLE, 0);
    store_destroy(s);
    assert_int_equal(fake_redis_stop(&f), 2);
}

static void
redis_that_hangs_is_given_up_in_time_and_its_late_answer_never_taken(void **state)
{
    static const struct fake_step steps[] = {{"EVALSHA", ":1\r\n", false},
                                             {"EVALSHA", "", false},
                                             {"EVALSHA", ":3\r\n", false},
                                             {NULL, NULL, false}};
    struct fake_redis f;
    struct store *s;
    int64_t since;

    (void)state;
    fake_redis_start(&f, steps);
    fake_redis_set(&f, "redis.timeoutMs", "200");
    s = store_create(&f.config);
    ask(s, &f, SCRIPT, STORE_REPEAT, STORE_OK, 1);
    since = clock_ms();
    ask(s, &f, SCRIPT, STORE_REPEAT, STORE_UNREACHABLE, 0);
    assert_in_range(clock_ms() - since, 199, 199 + 1000);
    ask(s, &f, SCRIPT, STORE_REPEAT, STORE_OK, 3);
    store_destroy(s);
    assert_int_equal(fake_redis_stop(&f), 2);
}

static void
redis_that_accepts_nobody_is_unreachable(void **state)
{
    static const struct fake_step steps[] = {{NULL, NULL, false}};
    struct fake_redis f;
    struct store *s;

    (void)state;
    fake_redis_start(&f, steps);
    fake_redis_set(&f, "redis.socket", "/tmp/fake-redis-is-not-here");
    s = store_create(&f.config);
    ask(s, &f, PLAIN, STORE_REPEAT, STORE_UNREACHABLE, 0);
    store_destroy(s);
    assert_int_equal(fake_redis_stop(&f), 0);
}

static void
what_is_not_the_redis_protocol_is_unreachable(void **state)
{
    static const struct fake_step steps[] = {{"SET", "HTTP/1.1 400 Bad Request\r\n\r\n", false},
                                             {NULL, NULL, false}};
    struct fake_redis f;
    struct store *s;

    (void)state;
    fake_redis_start(&f, steps);
    s = store_create(&f.config);
    ask(s, &f, PLAIN, STORE_REPEAT, STORE_UNREACHABLE, 0);
    store_destroy(s);
    assert_int_equal(fake_redis_stop(&f), 1);
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
            {"EVALSHA", cases[i].answer, false}, {"EVALSHA", ":1\r\n", false}, {NULL, NULL, false}};
        struct fake_redis f;
        struct store *s;

        fake_redis_start(&f, steps);
        s = store_create(&f.config);
        ask(s, &f, SCRIPT, STORE_ONCE, cases[i].result, 0);
        ask(s, &f, SCRIPT, STORE_ONCE, STORE_OK, 1);
        store_destroy(s);
        (void)fake_redis_stop(&f);
    }
}

static void
replica_is_left_for_a_new_connection(void **state)
{
    static const struct fake_step steps[] = {
        {"EVALSHA", "-READONLY You can't write against a read only replica.\r\n", false},
        {"EVALSHA", ":1\r\n", false},
        {NULL, NULL, false}};
    struct fake_redis f;
    struct store *s;

    (void)state;
    fake_redis_start(&f, steps);
    s = store_create(&f.config);
    ask(s, &f, SCRIPT, STORE_ONCE, STORE_UNREACHABLE, 0);
    ask(s, &f, SCRIPT, STORE_ONCE, STORE_OK, 1);
    store_destroy(s);
    assert_int_equal(fake_redis_stop(&f), 2);
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
        {NULL, NULL, false}};
    struct fake_redis f;
    struct store *s;

    (void)state;
    fake_redis_start(&f, steps);
    fake_redis_set(&f, "redis.password", "secret-password");
    fake_redis_set(&f, "redis.database", "3");
    s = store_create(&f.config);
    ask(s, &f, SCRIPT, STORE_REPEAT, STORE_UNREACHABLE, 0);
    ask(s, &f, SCRIPT, STORE_REPEAT, STORE_UNREACHABLE, 0);
    store_destroy(s);
    fake_redis_await_hang_up(&f);
    fake_redis_await_hang_up(&f);
    assert_int_equal(fake_redis_stop(&f), 2);
}

/* ---- the log ---- */

static void
log_names_each_cause_once_and_the_way_back(void **state)
{
    static const struct fake_step steps[] = {
        {"EVALSHA", "-WRONGTYPE x\r\n", false}, {"EVALSHA", "-WRONGTYPE x\r\n", false},
        {"EVALSHA", "-OOM y\r\n", false},       {"EVALSHA", ":1\r\n", false},
        {"EVALSHA", "-OOM y\r\n", true},        {NULL, NULL, false}};
    char log[4096];
    struct fake_redis f;
    struct store *s;

    (void)state;
    fake_redis_start(&f, steps);
    s = store_create(&f.config);
    catch_log();
    ask(s, &f, SCRIPT, STORE_ONCE, STORE_FAULT, 0);
    ask(s, &f, SCRIPT, STORE_ONCE, STORE_FAULT, 0);
    ask(s, &f, SCRIPT, STORE_ONCE, STORE_UNREACHABLE, 0);
    ask(s, &f, SCRIPT, STORE_ONCE, STORE_OK, 1);
    ask(s, &f, SCRIPT, STORE_ONCE, STORE_UNREACHABLE, 0);
    fake_redis_await_hang_up(&f);
    release_log(log);
    assert_string_equal(log, "error redis-error answer=\"WRONGTYPE x\"\n"
                             "error redis-error answer=\"OOM y\"\n");
    store_destroy(s);
    (void)fake_redis_stop(&f);
}

static void
log_tells_down_once_and_up_once(void **state)
{
    static const struct fake_step steps[] = {
        {"SET", "+OK\r\n", false}, {"SET", "+OK\r\n", false}, {NULL, NULL, false}};
    char log[4096], there[108];
    struct fake_redis f;
    struct store *s;

    (void)state;
    fake_redis_start(&f, steps);
    strcpy(there, f.config.redis.socket);
    fake_redis_set(&f, "redis.socket", "/tmp/fake-redis-is-not-here");
    s = store_create(&f.config);
    catch_log();
    ask(s, &f, PLAIN, STORE_REPEAT, STORE_UNREACHABLE, 0);
    ask(s, &f, PLAIN, STORE_REPEAT, STORE_UNREACHABLE, 0);
    fake_redis_set(&f, "redis.socket", there);
    ask(s, &f, PLAIN, STORE_REPEAT, STORE_OK, 0);
    ask(s, &f, PLAIN, STORE_REPEAT, STORE_OK, 0);
    release_log(log);
    assert_string_equal(log, "warn redis-down reason=\"cannot connect\" "
                             "answer=\"No such file or directory\"\n"
                             "info redis-up\n");
    store_destroy(s);
    (void)fake_redis_stop(&f);
}

/* Redis quotes a command that it does not know: a renamed SET, an AUTH at something else than Redis. */
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
        {NULL, NULL, false}};
    char log[4096];
    struct fake_redis f;
    struct store *s;

    (void)state;
    fake_redis_start(&f, steps);
    fake_redis_set(&f, "redis.password", "secret-password");
    s = store_create(&f.config);
    catch_log();
    ask(s, &f, PLAIN, STORE_REPEAT, STORE_UNREACHABLE, 0);
    ask(s, &f, PLAIN, STORE_REPEAT, STORE_FAULT, 0);
    release_log(log);
    assert_int_equal(count(log, "unknown command 'AUTH'"), 1);
    assert_int_equal(count(log, "unknown command 'SET'"), 1);
    assert_int_equal(count(log, "secret"), 0);
    store_destroy(s);
    (void)fake_redis_stop(&f);
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
        cmocka_unit_test(argv_that_may_have_been_carried_out_is_not_asked_again),
        cmocka_unit_test(argv_is_asked_again_once_at_the_most),
        cmocka_unit_test(redis_that_hangs_is_given_up_in_time_and_its_late_answer_never_taken),
        cmocka_unit_test(redis_that_accepts_nobody_is_unreachable),
        cmocka_unit_test(what_is_not_the_redis_protocol_is_unreachable),
        cmocka_unit_test(refusal_is_503_where_it_passes_and_500_where_it_does_not),
        cmocka_unit_test(replica_is_left_for_a_new_connection),
        cmocka_unit_test(refused_greeting_is_unreachable_and_nothing_is_sent_behind_it),
        cmocka_unit_test(log_names_each_cause_once_and_the_way_back),
        cmocka_unit_test(log_tells_down_once_and_up_once),
        cmocka_unit_test(log_never_holds_token_or_password),
    };

    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
