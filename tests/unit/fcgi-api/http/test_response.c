/* test_response.c - the envelope and the headers around it. */
#include "fcgi-api/http/response.h"

#include "tests/unit/unit.h"

static void
envelope_has_the_bytes_of_the_contract(void **state)
{
    struct response r;

    (void)state;
    response_init(&r);
    response_say(&r, CODE_OK, "操作成功");
    assert_bytes(text_str(&r.body), BYTES("{\"code\":200,\"msg\":\"操作成功\",\"data\":null}"));
    response_fini(&r);
    response_init(&r);
    response_envelope(&r, CODE_OK, BYTES("a\"b"), BYTES("[\"1\"]"));
    assert_bytes(text_str(&r.body), BYTES("{\"code\":200,\"msg\":\"a\\\"b\",\"data\":[\"1\"]}"));
    response_fini(&r);
}

/* A large answer is not copied on its way. */
static void
envelope_that_is_taken_over_keeps_its_bytes(void **state)
{
    struct response r;
    struct text envelope;
    const char *bytes;

    (void)state;
    response_init(&r);
    text_init(&envelope);
    response_open_envelope(&envelope, CODE_OK, BYTES("m"));
    text_add_str(&envelope, "[1]" RESPONSE_ENVELOPE_END);
    bytes = envelope.bytes;
    response_take(&r, CODE_OK, &envelope);
    assert_ptr_equal(r.body.bytes, bytes);
    assert_bytes(text_str(&r.body), BYTES("{\"code\":200,\"msg\":\"m\",\"data\":[1]}"));
    assert_string_equal(r.headers.bytes, "Content-Type: application/json;charset=utf-8\r\n");
    assert_null(envelope.bytes);
    response_fini(&r);
}

static void
status_is_200_for_the_codes_of_fast_im_and_else_the_code(void **state)
{
    static const int cases[][2] = {{200, 200}, {100, 200}, {440, 200}, {400, 400}, {404, 404},
                                   {405, 405}, {413, 413}, {415, 415}, {500, 500}, {503, 503}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct response r;

        response_init(&r);
        response_say(&r, cases[i][0], "");
        assert_int_equal(r.status, cases[i][1]);
        response_fini(&r);
    }
}

static void
response_is_written_as_cgi_wants_it(void **state)
{
    struct response r;
    struct text out;

    (void)state;
    response_init(&r);
    text_init(&out);
    response_header(&r, "Allow", "POST");
    response_say(&r, 405, "x");
    response_add_head(&r, &out);
    assert_bytes(text_str(&out), BYTES("Status: 405 Method Not Allowed\r\n"
                                       "Allow: POST\r\n"
                                       "Content-Type: application/json;charset=utf-8\r\n"
                                       "Content-Length: 34\r\n"
                                       "Cache-Control: no-store\r\n"
                                       "X-Content-Type-Options: nosniff\r\n\r\n"));
    assert_bytes(text_str(&r.body), BYTES("{\"code\":405,\"msg\":\"x\",\"data\":null}"));
    text_fini(&out);
    response_fini(&r);
}

static void
response_that_may_be_kept_says_so_and_304_has_no_length(void **state)
{
    struct response r;
    struct text out;

    (void)state;
    response_init(&r);
    text_init(&out);
    r.status = 304;
    r.cache = "max-age=3600";
    response_add_head(&r, &out);
    assert_bytes(text_str(&out), BYTES("Status: 304 Not Modified\r\n"
                                       "Cache-Control: max-age=3600\r\n"
                                       "X-Content-Type-Options: nosniff\r\n\r\n"));
    text_fini(&out);
    response_fini(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(envelope_has_the_bytes_of_the_contract),
        cmocka_unit_test(envelope_that_is_taken_over_keeps_its_bytes),
        cmocka_unit_test(status_is_200_for_the_codes_of_fast_im_and_else_the_code),
        cmocka_unit_test(response_is_written_as_cgi_wants_it),
        cmocka_unit_test(response_that_may_be_kept_says_so_and_304_has_no_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
