/* test_words.c - the words in force for the HTTP API, read from a Redis that answers as the test
 * says. */
#include "fcgi-api/words/words.h"

#include "fcgi-api/store/store.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/fcgi-api/fake_redis.h"

#define NONE  "*2\r\n$1\r\n0\r\n*0\r\n"
#define ONE   "*2\r\n$1\r\n0\r\n*1\r\n$3\r\nbad\r\n"
#define OTHER "*2\r\n$1\r\n0\r\n*1\r\n$3\r\nass\r\n"

static struct fake_redis redis;
static struct store *store;
static struct words *words;

static void
begin(const struct fake_step *steps)
{
    fake_clock.ms = 100000;
    fake_redis_start(&redis, steps);
    store = store_create(&redis.config);
    words = words_create(&redis.config);
}

static void
end(void)
{
    words_destroy(words);
    store_destroy(store);
    fake_redis_stop(&redis);
}

static enum words_verdict
check(const char *text)
{
    struct str checked = str_of(text);

    return words_check(words, store, &checked);
}

/* What Redis answers if nobody has changed the key since, and if somebody has. */
#define SAME                                                                                       \
    {"MULTI", "+OK\r\n", false}, {"EXEC", "*0\r\n", false},                                        \
    {                                                                                              \
        "WATCH", "+OK\r\n", false                                                                  \
    }
#define CHANGED                                                                                    \
    {"MULTI", "+OK\r\n", false}, {"EXEC", "*-1\r\n", false},                                       \
    {                                                                                              \
        "WATCH", "+OK\r\n", false                                                                  \
    }

static void
words_of_redis_are_read_once_a_second_if_they_change(void **state)
{
    static const struct fake_step steps[] = {
        {"SSCAN", NONE, false}, SAME, /* but nobody had watched before */
        {"SSCAN", ONE, false},  SAME, CHANGED, {"SSCAN", OTHER, false}, SAME, {NULL, NULL, false},
    };

    (void)state;
    begin(steps);
    assert_int_equal(check("bad"), WORDS_PASS);
    fake_clock.ms += 999;
    assert_int_equal(check("bad"), WORDS_PASS);
    fake_clock.ms += 1;
    assert_int_equal(check("bad"), WORDS_REFUSED);
    fake_clock.ms += 1000;
    assert_int_equal(check("bad"), WORDS_REFUSED);
    fake_clock.ms += 1000;
    assert_int_equal(check("bad"), WORDS_PASS);
    assert_int_equal(check("ass"), WORDS_REFUSED);
    fake_clock.ms += 1000;
    assert_int_equal(check("ass"), WORDS_REFUSED);
    end();
}

static void
words_are_read_once_a_minute_in_any_case(void **state)
{
    static const struct fake_step steps[] = {
        {"SSCAN", NONE, false}, SAME, {"SSCAN", NONE, false}, SAME, SAME,
        {"SSCAN", ONE, false},  SAME, {NULL, NULL, false},
    };

    (void)state;
    begin(steps);
    assert_int_equal(check("bad"), WORDS_PASS);
    fake_clock.ms += 1000;
    assert_int_equal(check("bad"), WORDS_PASS);
    fake_clock.ms += 59000;
    assert_int_equal(check("bad"), WORDS_PASS);
    fake_clock.ms += 1000;
    assert_int_equal(check("bad"), WORDS_REFUSED);
    fake_clock.ms += 1000;
    assert_int_equal(check("bad"), WORDS_REFUSED);
    end();
}

/* The watch has told of the change already, and tells it no second time. */
static void
words_that_could_not_be_read_are_read_again(void **state)
{
    static const struct fake_step steps[] = {
        {"SSCAN", NONE, false},
        SAME,
        {"SSCAN", NONE, false},
        CHANGED,
        {"SSCAN", "-LOADING wait\r\n", false},
        SAME,
        {"SSCAN", ONE, false},
        SAME,
        {NULL, NULL, false},
    };

    (void)state;
    begin(steps);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(check("bad"), WORDS_PASS);
        fake_clock.ms += 1000;
    }
    assert_int_equal(check("bad"), WORDS_REFUSED);
    fake_clock.ms += 1000;
    assert_int_equal(check("bad"), WORDS_REFUSED);
    end();
}

/* Another connection knows nothing of what has happened meanwhile. */
static void
words_are_read_again_on_a_new_connection(void **state)
{
    static const struct fake_step steps[] = {
        {"SSCAN", NONE, false}, SAME, {"SSCAN", NONE, true}, SAME, {"SSCAN", ONE, false},
        {NULL, NULL, false},
    };

    (void)state;
    begin(steps);
    assert_int_equal(check("bad"), WORDS_PASS);
    fake_clock.ms += 1000;
    assert_int_equal(check("bad"), WORDS_PASS);
    fake_redis_await_hang_up(&redis);
    fake_clock.ms += 1000;
    assert_int_equal(check("bad"), WORDS_REFUSED);
    end();
}

/* As for a user of Redis whose ACL has no WATCH. */
static void
words_are_read_each_second_where_nobody_may_watch(void **state)
{
    static const struct fake_step steps[] = {
        {"SSCAN", NONE, false},    {"MULTI", "+OK\r\n", false},
        {"EXEC", "*0\r\n", false}, {"WATCH", "-NOPERM this user has no permissions\r\n", false},
        {"SSCAN", NONE, false},    {"MULTI", "+OK\r\n", false},
        {"EXEC", "*0\r\n", false}, {"WATCH", "-NOPERM this user has no permissions\r\n", false},
        {"SSCAN", ONE, false},     {NULL, NULL, false},
    };

    (void)state;
    begin(steps);
    assert_int_equal(check("bad"), WORDS_PASS);
    fake_clock.ms += 1000;
    assert_int_equal(check("bad"), WORDS_PASS);
    fake_clock.ms += 1000;
    assert_int_equal(check("bad"), WORDS_REFUSED);
    end();
}

static void
words_come_in_pieces(void **state)
{
    static const struct fake_step steps[] = {
        {"SSCAN", "*2\r\n$2\r\n17\r\n*1\r\n$3\r\nass\r\n", false},
        {"SSCAN", ONE, false},
        {NULL, NULL, false},
    };
    struct str text = str_of("bad ass");

    (void)state;
    begin(steps);
    fake_redis_set(&redis, "im.filter.action", "mask");
    assert_int_equal(words_check(words, store, &text), WORDS_PASS);
    assert_bytes(text, str_of("*** ***"));
    end();
}

static void
nothing_passes_before_the_words_are_read(void **state)
{
    static const struct fake_step steps[] = {
        {"SSCAN", "-LOADING wait\r\n", false},
        {"SSCAN", ONE, false},
        {"MULTI", "-LOADING wait\r\n", false},
        {"EXEC", "-LOADING wait\r\n", false},
        {"WATCH", "-LOADING wait\r\n", false},
        {"SSCAN", "-LOADING wait\r\n", false},
        {NULL, NULL, false},
    };

    (void)state;
    begin(steps);
    assert_int_equal(check("fine"), WORDS_NOT_KNOWN);
    assert_int_equal(check("fine"), WORDS_PASS);
    fake_clock.ms += 1000;
    assert_int_equal(check("bad"), WORDS_REFUSED); /* those of before */
    end();
}

static void
a_key_of_the_wrong_type_stops_nobody(void **state)
{
    static const struct fake_step steps[] = {
        {"SSCAN", "-WRONGTYPE Operation\r\n", false},
        {NULL, NULL, false},
    };

    (void)state;
    begin(steps);
    assert_int_equal(check("bad"), WORDS_PASS);
    assert_int_equal(words_check(NULL, NULL, &(struct str){"x", 1}), WORDS_PASS);
    end();
}

static void
words_of_the_file_hold(void **state)
{
    static const struct fake_step steps[] = {{"SSCAN", NONE, false}, {NULL, NULL, false}};
    char path[] = "/tmp/fastim-words-XXXXXX";
    int fd = mkstemp(path);

    (void)state;
    assert_int_equal(write(fd, "ass\n", 4), 4);
    begin(steps);
    fake_redis_set(&redis, "im.filter.file", path);
    assert_true(words_load(words));
    assert_int_equal(check("an ass"), WORDS_REFUSED);
    assert_int_equal(write(fd, "\xFF\n", 2), 2);
    words_destroy(words);
    words = words_create(&redis.config);
    assert_false(words_load(words));
    assert_int_equal(check("fine"), WORDS_NOT_KNOWN);
    end();
    close(fd);
    unlink(path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_redis_are_read_once_a_second_if_they_change),
        cmocka_unit_test(words_are_read_once_a_minute_in_any_case),
        cmocka_unit_test(words_that_could_not_be_read_are_read_again),
        cmocka_unit_test(words_are_read_again_on_a_new_connection),
        cmocka_unit_test(words_are_read_each_second_where_nobody_may_watch),
        cmocka_unit_test(words_come_in_pieces),
        cmocka_unit_test(nothing_passes_before_the_words_are_read),
        cmocka_unit_test(a_key_of_the_wrong_type_stops_nobody),
        cmocka_unit_test(words_of_the_file_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
