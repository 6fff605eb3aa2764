/* test_exchange.c - typed parameters, the faults that name them, and a Redis that fails. */
#include "fcgi-api/exchange.h"

#include <inttypes.h>
#include <stdio.h>

#include "tests/unit/fcgi-api/fake_redis.h"

/* An exchange whose form has one field, p; or none, for NULL. */
struct one {
    struct form form;
    struct exchange ex;
};

static struct exchange *
exchange_with(struct one *o, const char *value)
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
        struct exchange *ex = exchange_with(&o, cases[i].text);

        assert_true(exchange_int(ex, "p", INT64_MIN, INT64_MAX) == cases[i].n);
        assert_int_equal(ex->fault, 0);
    }
}

/* A JWT may be for some groups only; any other token is for all. */
static void
group_must_be_one_of_those_of_the_token(void **state)
{
    struct jwt_claims claims = {.expires_ms = 0};
    struct one o;

    (void)state;
    text_add_str(&claims.groups, "g\nh\n");
    for (int with = 0; with < 2; with++) {
        struct exchange *ex = exchange_with(&o, "other");

        o.form.fields[0].name = str_of("groupId");
        ex->claims = with ? &claims : NULL;
        assert_bytes(exchange_group(ex, CODE_NOT_ALLOWED), BYTES("other"));
        assert_int_equal(ex->fault, with ? 403 : 0);
        ex->fault = 0;
        (void)exchange_group(ex, CODE_REFUSED);
        assert_int_equal(ex->fault, with ? 100 : 0);
        ex->fault = 0;
        o.form.fields[0].value = str_of("h");
        assert_bytes(exchange_group(ex, CODE_REFUSED), BYTES("h"));
        assert_int_equal(ex->fault, 0);
        o.form.fields[0].value = str_of("a/b");
        (void)exchange_group(ex, CODE_REFUSED);
        assert_int_equal(ex->fault, 400);
    }
    jwt_claims_fini(&claims);
}

/* The type of a body comes before parameters. */
static void
parameter_that_is_not_beside_an_ignored_body_is_415(void **state)
{
    struct one o;
    struct exchange *ex = exchange_with(&o, "a/b");

    (void)state;
    o.form.body_ignored = true;
    (void)exchange_id(ex, "p");
    assert_fault(ex, "p");
    assert_int_equal(exchange_text(ex, "missing").len, 0);
    assert_int_equal(ex->fault, 415);
    assert_non_null(strstr(ex->fault_msg, "missing is not in the query"));
    assert_non_null(strstr(ex->fault_msg, "application/x-www-form-urlencoded)"));
    ex = exchange_with(&o, "g");
    o.form.body_ignored = true;
    assert_bytes(exchange_id(ex, "p"), BYTES("g"));
    assert_int_equal(ex->fault, 0);
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
        struct exchange *ex = exchange_with(&o, texts[i]);

        assert_true(exchange_int(ex, "p", INT64_MIN, INT64_MAX) == INT64_MIN);
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
        struct exchange *ex = exchange_with(&o, cases[i].text);

        (void)exchange_int(ex, "p", 0, 10000);
        assert_int_equal(ex->fault, cases[i].ok ? 0 : 400);
    }
}

static void
fault_of_a_number_tells_its_range(void **state)
{
    struct one o;
    struct exchange *ex = exchange_with(&o, "-1");

    (void)state;
    (void)exchange_int(ex, "p", 0, 10000);
    assert_fault(ex, "from 0 to 10000");
}

static void
id_is_taken_to_the_byte(void **state)
{
    static const char *const ids[] = {"1", "a  b", "*", "...", "\xe4\xbd\xa0", "a+b%2F"};
    struct one o;

    (void)state;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        struct exchange *ex = exchange_with(&o, ids[i]);

        assert_bytes(exchange_id(ex, "p"), str_of(ids[i]));
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
        struct exchange *ex = exchange_with(&o, ids[i]);

        (void)exchange_id(ex, "p");
        assert_fault(ex, "参数错误 p ");
    }
}

static void
text_may_be_empty_but_must_be_there(void **state)
{
    struct one o;
    struct exchange *ex = exchange_with(&o, "");

    (void)state;
    assert_int_equal(exchange_text(ex, "p").len, 0);
    assert_int_equal(ex->fault, 0);
    ex = exchange_with(&o, NULL);
    assert_int_equal(exchange_text(ex, "p").len, 0);
    assert_fault(ex, "缺少参数 p ");
}

static void
missing_parameter_of_any_kind_is_named(void **state)
{
    struct one o;
    struct exchange *ex = exchange_with(&o, NULL);

    (void)state;
    (void)exchange_id(ex, "groupId");
    assert_fault(ex, "缺少参数 groupId ");
    ex = exchange_with(&o, NULL);
    (void)exchange_int(ex, "ts", 0, 1);
    assert_fault(ex, "缺少参数 ts ");
}

static void
first_fault_counts(void **state)
{
    struct one o;
    struct exchange *ex = exchange_with(&o, "x");

    (void)state;
    (void)exchange_int(ex, "p", 0, 1);
    (void)exchange_id(ex, "groupId");
    exchange_fault(ex, 415, "later");
    assert_fault(ex, "参数错误 p ");
}

/* A client is to tell it from other refusals. */
static void
refusal_says_its_reason_in_data(void **state)
{
    struct response response;
    struct exchange ex = {.response = &response};

    (void)state;
    response_init(&response);
    exchange_refuse(&ex, "words");
    exchange_fault(&ex, 400, "later");
    exchange_say_fault(&ex);
    assert_int_equal(response.status, 200);
    assert_bytes(text_str(&response.body),
                 str_of("{\"code\":100,\"msg\":\"words\",\"data\":{\"reason\":\"words\"}}"));
    response_fini(&response);
    response_init(&response);
    ex = (struct exchange){.response = &response};
    exchange_fault(&ex, 400, "wrong");
    exchange_refuse(&ex, "words");
    exchange_say_fault(&ex);
    assert_bytes(text_str(&response.body),
                 str_of("{\"code\":400,\"msg\":\"wrong\",\"data\":null}"));
    response_fini(&response);
}

static void
user_is_that_of_the_header_and_must_be_an_id(void **state)
{
    struct request request = {.user = str_of("u")};
    struct exchange ex = {.request = &request};

    (void)state;
    assert_bytes(exchange_user(&ex), str_of("u"));
    assert_int_equal(ex.fault, 0);
    request.user = str_of("a/b");
    assert_int_equal(exchange_user(&ex).len, 0);
    assert_fault(&ex, "userId");
}

/* The response says what has failed; the caller needs to say no more. */
static void
redis_that_fails_is_told_in_the_response(void **state)
{
    static const struct {
        const char *answer;
        int status;
    } cases[] = {{":1\r\n", 0}, {"-BUSY x\r\n", 503}, {"-WRONGTYPE x\r\n", 500}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct fake_step steps[] = {{"PING", cases[i].answer, false}, {NULL, NULL, false}};
        struct fake_redis f;
        struct argv argv;
        struct response response;
        struct exchange ex = {.argv = &argv, .response = &response};
        const struct reply *reply;

        fake_redis_start(&f, steps);
        ex.store = store_create(&f.config);
        argv_init(&argv);
        argv_add_str(&argv, "PING");
        response_init(&response);
        assert_int_equal(exchange_ask(&ex, STORE_ONCE, &reply), cases[i].status == 0);
        if (cases[i].status == 0) {
            assert_int_equal(reply_int(reply), 1);
            assert_int_equal(response.body.len, 0);
        } else {
            assert_int_equal(response.status, cases[i].status);
        }
        response_fini(&response);
        argv_fini(&argv);
        store_destroy(ex.store);
        (void)fake_redis_stop(&f);
    }
}

static void
assert_ordinary(const struct fake_step *steps, enum cmd_standing standing, bool wanted, int fault)
{
    const struct request request = {.user = str_of("u")};
    struct fake_redis f;
    struct argv argv;
    struct exchange ex = {.argv = &argv, .request = &request, .config = &f.config};

    fake_redis_start(&f, steps);
    ex.store = store_create(&f.config);
    argv_init(&argv);
    assert_int_equal(exchange_is_ordinary(&ex, str_of("g"), standing), wanted);
    assert_int_equal(ex.fault, fault);
    argv_fini(&argv);
    store_destroy(ex.store);
    (void)fake_redis_stop(&f);
}

static void
user_with_a_role_is_not_ordinary(void **state)
{
    static const struct {
        const char *answer;
        bool ordinary;
        int fault;
    } roles[] = {{"$3\r\nmod\r\n", false, 0},
                 {"$3\r\nvip\r\n", false, 0},
                 {"$4\r\nking\r\n", true, 0},
                 {"$-1\r\n", true, 0},
                 {"-BUSY x\r\n", true, 503}};
    const struct fake_step none[] = {{NULL, NULL, false}};

    (void)state;
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        const struct fake_step steps[] = {{"HGET", roles[i].answer, false}, {NULL, NULL, false}};

        assert_ordinary(steps, CMD_VERIFIED, roles[i].ordinary, roles[i].fault);
    }
    assert_ordinary(none, CMD_UNVERIFIED, true, 0);
    assert_ordinary(none, CMD_JWT_MOD, false, 0);
    assert_ordinary(none, CMD_JWT_VIP, false, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(group_must_be_one_of_those_of_the_token),
        cmocka_unit_test(parameter_that_is_not_beside_an_ignored_body_is_415),
        cmocka_unit_test(number_is_read),
        cmocka_unit_test(what_is_no_whole_decimal_number_is_a_fault),
        cmocka_unit_test(bounds_belong_to_the_range),
        cmocka_unit_test(fault_of_a_number_tells_its_range),
        cmocka_unit_test(id_is_taken_to_the_byte),
        cmocka_unit_test(invalid_id_is_a_fault),
        cmocka_unit_test(text_may_be_empty_but_must_be_there),
        cmocka_unit_test(missing_parameter_of_any_kind_is_named),
        cmocka_unit_test(first_fault_counts),
        cmocka_unit_test(refusal_says_its_reason_in_data),
        cmocka_unit_test(user_is_that_of_the_header_and_must_be_an_id),
        cmocka_unit_test(redis_that_fails_is_told_in_the_response),
        cmocka_unit_test(user_with_a_role_is_not_ordinary),
    };

    return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
