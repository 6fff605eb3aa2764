/* test_json_body.c - the members of an application/json body. */
#include "fcgi-api/http/json_body.h"

#include <stdio.h>

#include "tests/unit/fcgi-api/guarded.h"
#include "tests/unit/unit.h"

/* Collects members as "name=value;". */
static bool
collect(void *arg, struct str name, struct str value)
{
    text_add(arg, name.p, name.len);
    text_add_str(arg, "=");
    text_add(arg, value.p != NULL ? value.p : "(null)", value.p != NULL ? value.len : 6);
    text_add_str(arg, ";");
    return !str_is(name, "refuse");
}

/* In memory that ends where the body does. */
static enum json_body_result
parse(struct str json, struct text *members, struct json_body_fault *fault)
{
    static struct guarded g;
    struct str copy;

    if (g.map == NULL) {
        g = guarded_create(1 << 20);
    }
    copy = guarded_copy(&g, json);
    text_init(members);
    text_add_str(members, "");
    return json_body_parse((char *)(uintptr_t)copy.p, copy.len, collect, members, fault);
}

static void
expect(struct str json, struct str wanted)
{
    struct text members;
    struct json_body_fault fault;

    assert_int_equal(parse(json, &members, &fault), JSON_BODY_OK);
    assert_bytes(text_str(&members), wanted);
    text_fini(&members);
}

static void
expect_fault(struct str json, enum json_body_result wanted, size_t at, const char *name)
{
    struct text members;
    struct json_body_fault fault;
    enum json_body_result result = parse(json, &members, &fault);

    if (result != wanted || fault.at != at || !str_is(fault.name, name)) {
        fail_msg("%.*s: result %d at %zu of %.*s", (int)json.len, json.p, result, fault.at,
                 (int)fault.name.len, fault.name.p);
    }
    text_fini(&members);
}

static void
strings_numbers_and_booleans_are_members(void **state)
{
    (void)state;
    expect(BYTES("{\"a\":\"x\",\"b\":7,\"c\":true,\"d\":false}"), BYTES("a=x;b=7;c=true;d=false;"));
    expect(BYTES(" \t\r\n{ \"a\" : \"x\" ,\n\"b\"\t:\r7 } \n"), BYTES("a=x;b=7;"));
    expect(BYTES("{\"\":\"\"}"), BYTES("=;"));
    expect(BYTES("{\"a\":1,\"a\":2}"), BYTES("a=1;a=2;")); /* the first one counts: form_get() */
}

static void
nothing_is_no_members(void **state)
{
    static const char *const bodies[] = {"", " \r\n\t", "{}", " { } ", "null", " null\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        expect(str_of(bodies[i]), BYTES(""));
    }
    expect(BYTES("{\"a\":null,\"b\":1}"), BYTES("a=(null);b=1;"));
}

/* Also those that no 64 bits and no double can hold. */
static void
numbers_are_as_they_were_sent(void **state)
{
    static const char *const numbers[] = {
        "0",    "-0",     "1648368380132", "12345678901234567890123456789", "1.0", "1.50", "-1e3",
        "1E+2", "0.1e-7", "1e999999"};
    char json[100], wanted[100];

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        snprintf(json, sizeof(json), "{\"n\":%s}", numbers[i]);
        snprintf(wanted, sizeof(wanted), "n=%s;", numbers[i]);
        expect(str_of(json), str_of(wanted));
    }
}

static void
strings_are_decoded(void **state)
{
    (void)state;
    expect(BYTES("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}"), BYTES("a=\"\\/\b\f\n\r\t;"));
    expect(BYTES("{\"\\u0061\":\"\\u4f60\\u597D \\ud83d\\ude00\\u00e9\\u007f\\u0080\"}"),
           BYTES("a=\xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x98\x80\xc3\xa9\x7f\xc2\x80;"));
    expect(BYTES("{\"a\":\"\\uFFFF\\uDBFF\\uDFFF\\u0800\\u07ff\"}"),
           BYTES("a=\xef\xbf\xbf\xf4\x8f\xbf\xbf\xe0\xa0\x80\xdf\xbf;"));
    expect(BYTES("{\"a\":\"\xe4\xbd\xa0\x7f{}[],:\"}"), BYTES("a=\xe4\xbd\xa0\x7f{}[],:;"));
    expect(BYTES("{\"a\":\"x\\u0000y\"}"), BYTES("a=x\0y;")); /* for the form to refuse */
    expect(BYTES("{\"a\":\"\xff\"}"), BYTES("a=\xff;"));
}

static void
member_that_is_nested_is_named(void **state)
{
    (void)state;
    expect_fault(BYTES("{\"a\":1,\"b\":[1]}"), JSON_BODY_NESTED, 11, "b");
    expect_fault(BYTES("{\"a\":{\"b\":1}}"), JSON_BODY_NESTED, 5, "a");
    expect_fault(BYTES("{\"\\u4f60\": [ broken"), JSON_BODY_NESTED, 11, "\xe4\xbd\xa0");
}

static void
half_a_character_is_refused(void **state)
{
    (void)state;
    expect_fault(BYTES("{\"a\":\"\\ud800\"}"), JSON_BODY_SURROGATE, 12, "a");
    expect_fault(BYTES("{\"a\":\"\\ud800x\"}"), JSON_BODY_SURROGATE, 12, "a");
    expect_fault(BYTES("{\"a\":\"\\ude00\\ud83d\"}"), JSON_BODY_SURROGATE, 12, "a");
    expect_fault(BYTES("{\"a\":\"\\ud83d\\n\"}"), JSON_BODY_SURROGATE, 12, "a");
    expect_fault(BYTES("{\"a\":\"\\ud83d\\u0041\"}"), JSON_BODY_SURROGATE, 18, "a");
    expect_fault(BYTES("{\"\\ud83d\":1}"), JSON_BODY_SURROGATE, 8, "");
    expect_fault(BYTES("{\"a\":\"\\ud83d\\u00"), JSON_BODY_NO_JSON, 16, "a");
}

static void
what_is_no_object_is_refused(void **state)
{
    static const char *const bodies[] = {"[]", "[1", "\"a\"", "7", "true", "false", " -1.5 "};
    struct text members;
    struct json_body_fault fault;

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        assert_int_equal(parse(str_of(bodies[i]), &members, &fault), JSON_BODY_NO_OBJECT);
        text_fini(&members);
    }
}

static void
what_is_no_json_is_refused_where_it_begins(void **state)
{
    static const struct {
        const char *json;
        size_t at;
        const char *name;
    } cases[] = {
        {"groupId=1", 0, ""},
        {"{", 1, ""},
        {"{a:1}", 1, ""},
        {"{'a':1}", 1, ""},
        {"{\"a\"}", 4, ""},
        {"{\"a\":}", 5, "a"},
        {"{\"a\":1", 6, "a"},
        {"{\"a\":1,}", 7, ""},
        {"{\"a\":1 \"b\":2}", 7, "a"},
        {"{\"a\":01}", 7, "a"},
        {"{\"a\":1.}", 7, "a"},
        {"{\"a\":.5}", 5, "a"},
        {"{\"a\":+1}", 5, "a"},
        {"{\"a\":-}", 6, "a"},
        {"{\"a\":1e}", 7, "a"},
        {"{\"a\":NaN}", 5, "a"},
        {"{\"a\":tru}", 5, "a"},
        {"{\"a\":True}", 5, "a"},
        {"{\"a\":nul}", 5, "a"},
        {"{\"a\":truex}", 9, "a"},
        {"{\"a\":\"x}", 8, "a"},
        {"{\"a\":\"\n\"}", 6, "a"},
        {"{\"a\":\"\\x\"}", 7, "a"},
        {"{\"a\":\"\\u12g4\"}", 10, "a"},
        {"{\"a\":\"\\", 7, "a"},
        {"{}}", 2, ""},
        {"{\"a\":1}x", 7, "a"},
        {"{},", 2, ""},
        {"nullx", 4, ""},
        {"// c\n{}", 0, ""},
        {"\xef\xbb\xbf{}", 0, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        expect_fault(str_of(cases[i].json), JSON_BODY_NO_JSON, cases[i].at, cases[i].name);
    }
    expect_fault(BYTES("{\"a\":1}\0"), JSON_BODY_NO_JSON, 7, "a");
    expect_fault(BYTES("{\"a\":\0"), JSON_BODY_NO_JSON, 5, "a");
    expect_fault(BYTES("{\"a\":\"\\\0\"}"), JSON_BODY_NO_JSON, 7, "a");
}

static void
function_may_refuse_a_member(void **state)
{
    (void)state;
    expect_fault(BYTES("{\"refuse\":1,\"b\":2}"), JSON_BODY_REFUSED, 11, "refuse");
}

/* Every truncation is refused, and nothing beyond it is read. */
static void
truncated_body_is_never_read_beyond_its_end(void **state)
{
    struct str whole =
        BYTES("{\"a\":\"\\u4f60\\ud83d\\ude00\\n\",\"b\":-1.5e+7,\"c\":null,\"d\":true}");
    struct text members;
    struct json_body_fault fault;

    (void)state;
    for (size_t length = 1; length < whole.len; length++) {
        assert_int_not_equal(parse(str_make(whole.p, length), &members, &fault), JSON_BODY_OK);
        text_fini(&members);
    }
    expect(whole, BYTES("a=\xe4\xbd\xa0\xf0\x9f\x98\x80\n;b=-1.5e+7;c=(null);d=true;"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_numbers_and_booleans_are_members),
        cmocka_unit_test(nothing_is_no_members),
        cmocka_unit_test(numbers_are_as_they_were_sent),
        cmocka_unit_test(strings_are_decoded),
        cmocka_unit_test(member_that_is_nested_is_named),
        cmocka_unit_test(half_a_character_is_refused),
        cmocka_unit_test(what_is_no_object_is_refused),
        cmocka_unit_test(what_is_no_json_is_refused_where_it_begins),
        cmocka_unit_test(function_may_refuse_a_member),
        cmocka_unit_test(truncated_body_is_never_read_beyond_its_end),
    };

    return cmocka_run_group_tests_name("json_body", tests, NULL, NULL);
}
