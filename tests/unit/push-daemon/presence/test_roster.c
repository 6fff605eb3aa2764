/* test_roster.c - what clients were told, and what they are told of a change. */
#include "push-daemon/presence/roster.h"

#include "tests/unit/unit.h"

static struct roster r;

static int
setup(void **state)
{
    (void)state;
    memset(&r, 0, sizeof(r));
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    roster_fini(&r);
    return 0;
}

/* users: as in JSON, or NULL; frame: NULL if clients are told nothing. */
static void
assert_told(int online, const char *users, const char *frame)
{
    struct text event, told;

    text_init(&event);
    text_init(&told);
    text_add_str(&event, "{\"do\":\"presence\",\"online\":");
    text_add_int(&event, online);
    text_add_str(&event, users != NULL ? ",\"users\":" : "");
    text_add_str(&event, users != NULL ? users : "");
    text_add_str(&event, "}");
    assert_int_equal(roster_take(&r, text_str(&event), &told), frame != NULL);
    if (frame != NULL) {
        assert_bytes(text_str(&told), str_of(frame));
    }
    text_fini(&event);
    text_fini(&told);
}

static void
assert_state(const char *wanted)
{
    struct text state;

    text_init(&state);
    roster_add_state(&r, &state);
    assert_bytes(text_str(&state), str_of(wanted));
    text_fini(&state);
}

static void
what_comes_first_is_the_state_and_no_change(void **state)
{
    (void)state;
    assert_false(r.known);
    assert_state("\"online\":0");
    assert_told(2, "[\"7\",\"3\"]", NULL);
    assert_true(r.known);
    assert_state("\"online\":2,\"users\":[\"3\",\"7\"]");
    assert_told(2, "[\"3\",\"7\"]", NULL);
    roster_fini(&r);
    assert_told(300, NULL, NULL);
    assert_state("\"online\":300");
    assert_told(300, NULL, NULL);
}

static void
those_who_joined_and_left_are_named(void **state)
{
    (void)state;
    assert_told(2, "[\"4\",\"7\"]", NULL);
    assert_told(3, "[\"4\",\"7\",\"9\"]",
                "{\"type\":\"presence\",\"online\":3,\"joined\":[\"9\"]}");
    assert_told(3, "[\"10\",\"9\",\"1\"]",
                "{\"type\":\"presence\",\"online\":3,\"joined\":[\"1\",\"10\"],\"left\":[\"4\","
                "\"7\"]}");
    assert_told(0, "[]", "{\"type\":\"presence\",\"online\":0,\"left\":[\"1\",\"10\",\"9\"]}");
    assert_state("\"online\":0,\"users\":[]");
    assert_told(1, "[\"1\"]", "{\"type\":\"presence\",\"online\":1,\"joined\":[\"1\"]}");
}

/* A user on two daemons counts twice. */
static void
all_names_are_told_if_only_the_number_changes(void **state)
{
    (void)state;
    assert_told(2, "[\"a\",\"b\"]", NULL);
    assert_told(3, "[\"a\",\"b\"]", "{\"type\":\"presence\",\"online\":3,\"users\":[\"a\",\"b\"]}");
    assert_told(3, "[\"a\",\"b\",\"b\"]", NULL);
    assert_told(3, "[\"a\",\"c\"]",
                "{\"type\":\"presence\",\"online\":3,\"joined\":[\"c\"],\"left\":[\"b\"]}");
}

/* None of the three: names are not known any more. */
static void
names_end_and_come_back_as_a_whole(void **state)
{
    (void)state;
    assert_told(1, "[\"a\"]", NULL);
    assert_told(201, NULL, "{\"type\":\"presence\",\"online\":201}");
    assert_told(202, NULL, "{\"type\":\"presence\",\"online\":202}");
    assert_state("\"online\":202");
    assert_told(2, "[\"b\",\"a\"]", "{\"type\":\"presence\",\"online\":2,\"users\":[\"a\",\"b\"]}");
    assert_told(2, NULL, "{\"type\":\"presence\",\"online\":2}");
    assert_told(0, "[]", "{\"type\":\"presence\",\"online\":0,\"users\":[]}");
}

static void
any_id_is_written_as_json(void **state)
{
    (void)state;
    assert_told(0, "[]", NULL);
    assert_told(3, "[\"\\\\\",\"\\\"\",\"\xf0\x9f\x98\x80\"]",
                "{\"type\":\"presence\",\"online\":3,\"joined\":[\"\\\"\",\"\\\\\","
                "\"\xf0\x9f\x98\x80\"]}");
    assert_told(1, "[\"\\\\\"]",
                "{\"type\":\"presence\",\"online\":1,\"left\":[\"\\\"\",\"\xf0\x9f\x98\x80\"]}");
}

static void
what_is_no_presence_changes_nothing(void **state)
{
    static const char *const events[] = {"", "{}", "{\"do\":\"close\"}",
                                         "{\"do\":\"presence\",\"online\":1,\"users\":[\"a\",1]}"};
    struct text frame;

    (void)state;
    text_init(&frame);
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        assert_false(roster_take(&r, str_of(events[i]), &frame));
        assert_false(r.known);
    }
    assert_told(1, "[\"a/b\",\"a\",\"\"]", NULL); /* only one of these is an id */
    assert_state("\"online\":1,\"users\":[\"a\"]");
    text_fini(&frame);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_comes_first_is_the_state_and_no_change),
        TEST(those_who_joined_and_left_are_named),
        TEST(all_names_are_told_if_only_the_number_changes),
        TEST(names_end_and_come_back_as_a_whole),
        TEST(any_id_is_written_as_json),
        TEST(what_is_no_presence_changes_nothing),
    };

    return cmocka_run_group_tests_name("roster", tests, NULL, NULL);
}
