/* test_words.c - the words in force: read from the file and from Redis, and what they do. */
#include "push-daemon/words/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/filter/wordset.h"
#include "push-daemon/client/session.h"
#include "tests/unit/push-daemon/a_env.h"
#include "tests/unit/push-daemon/fake_nodes.h"
#include "tests/unit/push-daemon/fake_log.h"

#define NONE "*2\r\n$1\r\n0\r\n*0\r\n"
#define ONE  "*2\r\n$1\r\n0\r\n*1\r\n$3\r\nbad\r\n"

static struct test {
    struct a_env env;
    struct nodes commands;
    struct words *words;
    char path[40];
} t;

static struct session a_session; /* of an ordinary user; nobody looks into the rest */

static int
setup(void **state)
{
    (void)state;
    memset(&t, 0, sizeof(t));
    fake_log_clear();
    a_env_make(&t.env);
    t.commands.ready = true;
    t.words = words_create(&t.env.env, &t.commands);
    strcpy(t.path, "/tmp/fastim-words-XXXXXX");
    close(mkstemp(t.path));
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    fake_commands_lose(&t.commands);
    words_destroy(t.words);
    fake_commands_free(&t.commands);
    a_env_free(&t.env);
    unlink(t.path);
    return 0;
}

static void
write_file(const char *words)
{
    FILE *f = fopen(t.path, "we");

    fputs(words, f);
    fclose(f);
    a_config_set(&t.env.config, "im.filter.file", t.path);
}

static enum words_verdict
check(const char *text)
{
    struct str checked = str_of(text);

    return words_check(t.words, &a_session, &checked);
}

static void
wait_ms(int64_t ms)
{
    fake_loop_advance(t.env.env.loop, ms);
}

/* The next question is for words, and gets this answer. */
static void
answer(const char *wire)
{
    assert_command(&t.commands, 0, "SSCAN fim:words 0 COUNT 1000");
    fake_commands_answer(&t.commands, wire);
}

static void
nothing_passes_before_the_words_are_read(void **state)
{
    (void)state;
    assert_int_equal(check("fine"), WORDS_NOT_KNOWN);
    words_on_change(t.words);
    assert_int_equal(check("fine"), WORDS_NOT_KNOWN);
    assert_false(words_are_known(t.words));
    answer(NONE);
    assert_true(words_are_known(t.words));
    assert_true(words_are_known(NULL));
    assert_int_equal(check("fine"), WORDS_PASS);
    assert_int_equal(words_check(NULL, &a_session, &(struct str){"x", 1}), WORDS_PASS);
}

static void
words_of_redis_hold_at_once(void **state)
{
    (void)state;
    words_on_change(t.words);
    answer(ONE);
    assert_int_equal(check("so bad"), WORDS_REFUSED);
    assert_int_equal(t.env.metrics.words_refused, 1);
    words_on_change(t.words);
    assert_int_equal(check("so bad"), WORDS_REFUSED); /* those of before, until then */
    answer(NONE);
    assert_int_equal(check("so bad"), WORDS_PASS);
    assert_int_equal(t.env.metrics.words_refused, 2);
    assert_int_equal(fake_commands_open(&t.commands), 0);
}

/* The words may not even be known yet. */
static void
moderators_and_vip_say_what_they_like(void **state)
{
    static const enum jwt_role roles[] = {JWT_MOD, JWT_VIP};

    (void)state;
    for (int i = 0; i < 2; i++) {
        a_session.role = roles[i];
        assert_int_equal(check("so bad"), WORDS_PASS);
    }
    words_on_change(t.words);
    answer(ONE);
    for (int i = 0; i < 2; i++) {
        a_session.role = roles[i];
        assert_int_equal(check("so bad"), WORDS_PASS);
    }
    a_session.role = JWT_NO_ROLE;
    assert_int_equal(check("so bad"), WORDS_REFUSED);
    assert_int_equal(t.env.metrics.words_refused, 1);
}

static void
a_change_during_the_reading_is_read_after_it(void **state)
{
    (void)state;
    words_on_change(t.words);
    words_on_change(t.words);
    words_on_change(t.words);
    assert_int_equal(fake_commands_open(&t.commands), 1);
    answer(NONE);
    answer(ONE);
    assert_int_equal(fake_commands_open(&t.commands), 0);
    assert_int_equal(check("bad"), WORDS_REFUSED);
}

static void
mask_stores_another_text(void **state)
{
    struct str text = str_of("so bad"), fine = str_of("fine");

    (void)state;
    a_config_set(&t.env.config, "im.filter.action", "mask");
    words_on_change(t.words);
    answer(ONE);
    assert_int_equal(words_check(t.words, &a_session, &text), WORDS_PASS);
    assert_bytes(text, str_of("so ***"));
    assert_int_equal(words_check(t.words, &a_session, &fine), WORDS_PASS);
    assert_bytes(fine, str_of("fine"));
    assert_int_equal(t.env.metrics.words_masked, 1);
    assert_int_equal(t.env.metrics.words_refused, 0);
}

/* A reply with so many words, from first on, and this cursor. */
static void
answer_many(const char *cursor, int first, int count)
{
    struct text wire;
    char word[40];

    text_init(&wire);
    snprintf(word, sizeof(word), "*2\r\n$%zu\r\n%s\r\n*%d\r\n", strlen(cursor), cursor, count);
    text_add_str(&wire, word);
    for (int i = first; i < first + count; i++) {
        snprintf(word, sizeof(word), "$7\r\n!%06d\r\n", i);
        text_add_str(&wire, word);
    }
    fake_commands_answer(&t.commands, wire.bytes);
    text_fini(&wire);
}

static void
many_words_are_read_and_made_a_list_in_steps(void **state)
{
    (void)state;
    words_on_change(t.words);
    answer_many("17", 0, 1000);
    for (int i = 1; i < 10; i++) {
        assert_command(&t.commands, 0, "SSCAN fim:words 17 COUNT 1000");
        answer_many(i < 9 ? "17" : "0", i * 1000, 1000);
    }
    assert_int_equal(check("!"), WORDS_NOT_KNOWN);
    words_on_change(t.words);
    assert_int_equal(fake_commands_open(&t.commands), 0); /* this one comes first */
    wait_ms(20);
    assert_int_equal(check("a !009999"), WORDS_REFUSED);
    assert_int_equal(check("a !000000"), WORDS_REFUSED);
    assert_int_equal(check("a !010000"), WORDS_PASS);
    answer(NONE);
    assert_int_equal(check("a !009999"), WORDS_PASS);
}

static void
what_is_too_much_is_left_out(void **state)
{
    (void)state;
    words_on_change(t.words);
    for (int i = 0; i <= 100; i++) {
        answer_many("17", i * 1000, 1000);
    }
    assert_int_equal(fake_commands_open(&t.commands), 0);
    assert_non_null(strstr(fake_log_text, "has more than 100000 words"));
    wait_ms(200);
    assert_int_equal(check("!099999"), WORDS_REFUSED);
    assert_int_equal(check("!100000"), WORDS_PASS);
}

static void
what_is_no_word_is_passed_over(void **state)
{
    (void)state;
    words_on_change(t.words);
    answer("*2\r\n$1\r\n0\r\n*3\r\n$1\r\n\xFF\r\n$0\r\n\r\n$3\r\nbad\r\n");
    assert_int_equal(check("bad"), WORDS_REFUSED);
    assert_non_null(strstr(fake_log_text, "fim:words passed-over=2"));
}

static void
a_connection_that_breaks_costs_nothing(void **state)
{
    (void)state;
    words_on_change(t.words);
    answer(ONE);
    words_on_change(t.words);
    fake_commands_lose(&t.commands);
    assert_int_equal(check("bad"), WORDS_REFUSED);
    wait_ms(5000);
    assert_int_equal(fake_commands_open(&t.commands), 0);
    t.commands.ready = true;
    words_on_change(t.words); /* the link says so */
    answer(NONE);
    assert_int_equal(check("bad"), WORDS_PASS);
}

static void
a_question_that_is_not_taken_comes_again(void **state)
{
    (void)state;
    t.commands.full = true;
    words_on_change(t.words);
    t.commands.full = false;
    wait_ms(999);
    assert_int_equal(fake_commands_open(&t.commands), 0);
    wait_ms(1);
    answer("-LOADING wait\r\n");
    wait_ms(1000);
    answer(ONE);
    assert_int_equal(check("bad"), WORDS_REFUSED);
}

static void
a_key_of_the_wrong_type_stops_nobody(void **state)
{
    (void)state;
    words_on_change(t.words);
    answer("-WRONGTYPE Operation against a key\r\n");
    assert_int_equal(check("bad"), WORDS_PASS);
    wait_ms(5000);
    assert_int_equal(fake_commands_open(&t.commands), 0);
}

static void
a_file_is_read_again_and_again(void **state)
{
    (void)state;
    words_on_change(t.words);
    answer(ONE);
    write_file("坏蛋\n");
    words_reload(t.words);
    wait_ms(10);
    assert_int_equal(check("坏蛋"), WORDS_REFUSED);
    assert_int_equal(check("bad"), WORDS_REFUSED); /* both lists hold */
    write_file("second\n");
    words_reload(t.words);
    words_reload(t.words);
    wait_ms(10);
    assert_int_equal(check("坏蛋"), WORDS_PASS);
    assert_int_equal(check("second"), WORDS_REFUSED);
    write_file("good\n\u200D\n");
    words_reload(t.words);
    wait_ms(10);
    assert_non_null(strstr(fake_log_text, ":2: has only spaces"));
    assert_non_null(strstr(fake_log_text, "not reloaded"));
    assert_int_equal(check("good"), WORDS_PASS);
    assert_int_equal(check("second"), WORDS_REFUSED); /* the old list */
    unlink(t.path);
    words_reload(t.words);
    wait_ms(10);
    assert_int_equal(check("second"), WORDS_REFUSED);
    a_config_set(&t.env.config, "im.filter.file", "");
    words_reload(t.words);
    assert_int_equal(check("second"), WORDS_PASS);
}

static void
a_wrong_file_at_the_start_is_the_end(void **state)
{
    struct words *words;

    (void)state;
    write_file("ass\n");
    words = words_create(&t.env.env, &t.commands);
    assert_non_null(words);
    words_destroy(words);
    write_file("\xFF\n");
    assert_null(words_create(&t.env.env, &t.commands));
    assert_non_null(strstr(fake_log_text, ":1: is not UTF-8"));
    a_config_set(&t.env.config, "im.filter.file", "");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(nothing_passes_before_the_words_are_read),
        TEST(words_of_redis_hold_at_once),
        TEST(moderators_and_vip_say_what_they_like),
        TEST(a_change_during_the_reading_is_read_after_it),
        TEST(mask_stores_another_text),
        TEST(many_words_are_read_and_made_a_list_in_steps),
        TEST(what_is_too_much_is_left_out),
        TEST(what_is_no_word_is_passed_over),
        TEST(a_connection_that_breaks_costs_nothing),
        TEST(a_question_that_is_not_taken_comes_again),
        TEST(a_key_of_the_wrong_type_stops_nobody),
        TEST(a_file_is_read_again_and_again),
        TEST(a_wrong_file_at_the_start_is_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
