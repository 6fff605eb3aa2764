/* test_group_settings.c - the settings of a group: events, and answers that may be older. */
#include "push-daemon/hub/group_settings.h"

#include "tests/unit/unit.h"

static struct group_settings g;

static int
teardown(void **state)
{
    (void)state;
    group_settings_fini(&g);
    memset(&g, 0, sizeof(g));
    return 0;
}

static void
what_is_known_already_is_no_news(void **state)
{
    (void)state;
    assert_true(group_settings_on_answer(&g, BYTES("{\"slow\":5}"), 0));
    assert_false(group_settings_on_answer(&g, BYTES("{\"slow\":5}"), 0));
    assert_false(group_settings_on_event(&g, BYTES("{\"slow\":5}")));
    assert_true(group_settings_on_event(&g, BYTES("{\"slow\":6}")));
    assert_bytes(text_str(&g.json), BYTES("{\"slow\":6}"));
}

static void
an_answer_undoes_no_event_that_came_since_it_was_asked(void **state)
{
    uint64_t asked = g.version;

    (void)state;
    assert_true(group_settings_on_event(&g, BYTES("{\"slow\":5}")));
    assert_false(group_settings_on_answer(&g, BYTES("{\"slow\":4}"), asked));
    assert_bytes(text_str(&g.json), BYTES("{\"slow\":5}"));
    assert_true(group_settings_on_answer(&g, BYTES("{\"slow\":7}"), g.version));
    asked = g.version;
    assert_false(group_settings_on_event(&g, BYTES("{\"slow\":7}"))); /* it counts all the same */
    assert_false(group_settings_on_answer(&g, BYTES("{\"slow\":4}"), asked));
}

static void
if_nothing_is_known_any_answer_will_do(void **state)
{
    (void)state;
    assert_true(group_settings_on_answer(&g, BYTES("{\"slow\":4}"), 7));
}

static void
it_is_known_whether_the_group_is_quiet(void **state)
{
    (void)state;
    group_settings_on_event(&g, BYTES("{\"slow\":0,\"quiet\":true}"));
    assert_true(g.quiet);
    group_settings_on_answer(&g, BYTES("{\"slow\":0,\"quiet\":false}"), g.version);
    assert_false(g.quiet);
}

/* Somebody else has written them. */
static void
what_clients_cannot_read_is_passed_over(void **state)
{
    static const char *const answers[] = {
        "",
        "{",
        "{\"attrs\":garbage}",
        "{\"pinned\":\"a\nb\"}",
        "{\"pinned\":\"\xff\"}",
        "{\"slow\":NaN}",
        "{\"attrs\":{\"a\":[[[1]]]}}",
    };

    (void)state;
    group_settings_on_event(&g, BYTES("{\"slow\":5,\"quiet\":true}"));
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        assert_false(group_settings_on_answer(&g, str_of(answers[i]), g.version));
    }
    assert_bytes(text_str(&g.json), BYTES("{\"slow\":5,\"quiet\":true}"));
    assert_true(g.quiet);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_teardown(fn, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_is_known_already_is_no_news),
        TEST(an_answer_undoes_no_event_that_came_since_it_was_asked),
        TEST(if_nothing_is_known_any_answer_will_do),
        TEST(it_is_known_whether_the_group_is_quiet),
        TEST(what_clients_cannot_read_is_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
