/* test_params.c - typed parameters, and the faults that name them. */
#include "fcgi-api/endpoints/endpoint.h"

#include <inttypes.h>
#include <stdio.h>

#include "tests/unit/unit.h"

/* A call whose form has one field, `p`; NULL: none. */
struct one {
    struct form form;
    struct exchange ex;
};

static struct exchange *
call_with(struct one *o, const char *value)
{
    memset(o, 0, sizeof(*o));
    if (value != NULL) {
        o->form.fields[0].name = str_of("p");
        o->form.fields[0].value = str_of(value);
        o->form.count = 1;
    }
    o->ex.form = &o->form;
    return &o->ex;
}

static void
assert_fault(const struct exchange *ex, const char *words)
{
    assert_int_equal(ex->fault, 400);
    assert_non_null(strstr(ex->fault_msg, words));
}

static void
number_is_read(void **state)
{
    static const struct {
        const char *text;
        int64_t n;
    } cases[] = {{"0", 0},
                 {"-1", -1},
                 {"1648368380132", INT64_C(1648368380132)},
                 {"9007199254740992", INT64_C(9007199254740992)},
                 {"-9223372036854775808", INT64_MIN},
                 {"9223372036854775807", INT64_MAX}};
    struct one o;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct exchange *ex = call_with(&o, cases[i].text);

        assert_true(param_int(ex, "p", INT64_MIN, INT64_MAX) == cases[i].n);
        assert_int_equal(ex->fault, 0);
    }
}

static void
what_is_no_whole_decimal_number_is_a_fault(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "x",
        "1x",
        "1.5",
        "1.0",
        "1e3",
        " 1",
        "1 ",
        "+1",
        "-",
        "--1",
        "- 1",
        "0x10",
        "1_000",
        "\xef\xbc\x91",
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999999999999999999999999999",
        "000000000000000000000000000000000000000001",
    };
    struct one o;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct exchange *ex = call_with(&o, texts[i]);

        assert_true(param_int(ex, "p", INT64_MIN, INT64_MAX) == INT64_MIN);
        assert_fault(ex, "参数错误 p ");
    }
}

static void
bounds_belong_to_the_range(void **state)
{
    static const struct {
        const char *text;
        bool ok;
    } cases[] = {{"-1", false}, {"0", true}, {"10000", true}, {"10001", false}};
    struct one o;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct exchange *ex = call_with(&o, cases[i].text);

        (void)param_int(ex, "p", 0, 10000);
        assert_int_equal(ex->fault, cases[i].ok ? 0 : 400);
    }
}

static void
fault_of_a_number_tells_its_range(void **state)
{
    struct one o;
    struct exchange *ex = call_with(&o, "-1");

    (void)state;
    (void)param_int(ex, "p", 0, 10000);
    assert_fault(ex, "from 0 to 10000");
}

static void
id_is_taken_to_the_byte(void **state)
{
    static const char *const ids[] = {"1", " a b ", "*", "...", "\xe4\xbd\xa0", "a+b%2F"};
    struct one o;

    (void)state;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        struct exchange *ex = call_with(&o, ids[i]);

        assert_bytes(param_id(ex, "p"), str_of(ids[i]));
        assert_int_equal(ex->fault, 0);
    }
}

static void
invalid_id_is_a_fault(void **state)
{
    static const char *const ids[] = {"", ".", "..", "a/b", "a\tb", "\x7f", "\xff"};
    struct one o;

    (void)state;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        struct exchange *ex = call_with(&o, ids[i]);

        (void)param_id(ex, "p");
        assert_fault(ex, "参数错误 p ");
    }
}

static void
text_may_be_empty_but_must_be_there(void **state)
{
    struct one o;
    struct exchange *ex = call_with(&o, "");

    (void)state;
    assert_int_equal(param_text(ex, "p").len, 0);
    assert_int_equal(ex->fault, 0);
    ex = call_with(&o, NULL);
    assert_int_equal(param_text(ex, "p").len, 0);
    assert_fault(ex, "缺少参数 p ");
}

static void
missing_parameter_of_any_kind_is_named(void **state)
{
    struct one o;
    struct exchange *ex = call_with(&o, NULL);

    (void)state;
    (void)param_id(ex, "groupId");
    assert_fault(ex, "缺少参数 groupId ");
    ex = call_with(&o, NULL);
    (void)param_int(ex, "ts", 0, 1);
    assert_fault(ex, "缺少参数 ts ");
}

static void
first_fault_counts(void **state)
{
    struct one o;
    struct exchange *ex = call_with(&o, "x");

    (void)state;
    (void)param_int(ex, "p", 0, 1);
    (void)param_id(ex, "groupId");
    exchange_fault(ex, 415, "later");
    assert_fault(ex, "参数错误 p ");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number_is_read),
        cmocka_unit_test(what_is_no_whole_decimal_number_is_a_fault),
        cmocka_unit_test(bounds_belong_to_the_range),
        cmocka_unit_test(fault_of_a_number_tells_its_range),
        cmocka_unit_test(id_is_taken_to_the_byte),
        cmocka_unit_test(invalid_id_is_a_fault),
        cmocka_unit_test(text_may_be_empty_but_must_be_there),
        cmocka_unit_test(missing_parameter_of_any_kind_is_named),
        cmocka_unit_test(first_fault_counts),
    };

    return cmocka_run_group_tests_name("params", tests, NULL, NULL);
}
