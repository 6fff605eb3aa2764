/* test_http_head.c - the head of an HTTP/1.1 request, as it came. */
#include "push-daemon/net/http_head.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/unit.h"

static char room[HTTP_HEAD_MAX];

static void
a_head_is_read(void **state)
{
    struct str bytes = BYTES("GET /a%20b?c HTTP/1.1\r\nHost: x\r\nEmpty:\r\nX-A:\t one \r\n"
                             "x-a: two\r\nXX-A: no\r\nX-A: three\r\n\r\n\x81more");
    struct http_head head = {0};

    (void)state;
    assert_int_equal(http_head_parse(&head, bytes).status, 0);
    assert_int_equal(head.length, bytes.len - 5);
    assert_bytes(head.method, BYTES("GET"));
    assert_bytes(head.target, BYTES("/a%20b?c"));
    assert_bytes(http_head_get(&head, "host", room), BYTES("x"));
    assert_bytes(http_head_get(&head, "X-a", room), BYTES("one, two, three"));
    assert_bytes(http_head_get(&head, "Empty", room), BYTES(""));
    assert_bytes(http_head_get(&head, "absent", room), BYTES(""));
}

static void
it_may_come_byte_by_byte(void **state)
{
    struct str bytes = BYTES("\r\nGET /x HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n");
    struct http_head head = {0};

    (void)state;
    for (size_t i = 0; i < bytes.len; i++) {
        assert_int_equal(head.length, 0);
        assert_int_equal(http_head_parse(&head, str_make(bytes.p, i)).status, 0);
    }
    assert_int_equal(http_head_parse(&head, bytes).status, 0);
    assert_int_equal(head.length, bytes.len);
    assert_bytes(head.target, BYTES("/x"));
    assert_bytes(http_head_get(&head, "A", room), BYTES("b"));
}

static void
it_may_be_of_http_1_0(void **state)
{
    struct http_head old = {0}, new = {0};

    (void)state;
    assert_int_equal(http_head_parse(&old, BYTES("GET / HTTP/1.0\r\n\r\n")).status, 0);
    assert_int_equal(http_head_parse(&new, BYTES("GET / HTTP/1.1\r\n\r\n")).status, 0);
    assert_true(old.is_http10);
    assert_false(new.is_http10);
}

/* RFC 9112, section 3.2. */
static void
of_an_absolute_target_the_path_is_left(void **state)
{
    static const char *const rows[][2] = {
        {"/a/b", "/a/b"}, {"http://h:80/a/b?c", "/a/b?c"}, {"WS://h/a", "/a"}, {"wss://h", "/"},
        {"*", "*"},       {"httpx://h/a", "httpx://h/a"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_head head = {0};
        char bytes[100];

        snprintf(bytes, sizeof(bytes), "GET %s HTTP/1.1\r\n\r\n", rows[i][0]);
        assert_int_equal(http_head_parse(&head, str_of(bytes)).status, 0);
        assert_bytes(head.target, str_of(rows[i][1]));
    }
}

static void
what_is_no_head_is_refused(void **state)
{
    const struct {
        struct str bytes;
        int status;
    } rows[] = {
        {BYTES("\n"), 400},
        {BYTES("GET / HTTP/1.1\n"), 400},
        {BYTES("GET /\r\n"), 400},
        {BYTES(" GET / HTTP/1.1\r\n"), 400},
        {BYTES("G\x01T / HTTP/1.1\r\n"), 400},
        {BYTES("GET  / HTTP/1.1\r\n"), 400},
        {BYTES("GET / x HTTP/1.1\r\n"), 400},
        {BYTES("GET /\0 HTTP/1.1\r\n"), 400},
        {BYTES("GET /\x7f HTTP/1.1\r\n"), 400},
        {BYTES("GET / HTTP/2.0\r\n"), 400},
        {BYTES("GET / http/1.1\r\n"), 400},
        {BYTES("GET / HTTP/1.1\r\nno colon\r\n"), 400},
        {BYTES("GET / HTTP/1.1\r\n: x\r\n"), 400},
        {BYTES("GET / HTTP/1.1\r\nA : x\r\n"), 400},
        {BYTES("GET / HTTP/1.1\r\nA: x\r\n folded\r\n"), 400},
        {BYTES("GET / HTTP/1.1\r\nA: x\0y\r\n"), 400},
        {BYTES("GET / HTTP/1.1\r\nA: x\ry\r\n"), 400},
        {BYTES("GET / HTTP/1.1\r\nA: x\n"), 400},
        {BYTES("\r\n\r\nGET / HTTP/1.1\r\n"), 400},
        {BYTES("\x16\x03\x01"), 400}, /* TLS */
        {BYTES("\0"), 400},
        {BYTES("\r\n{"), 400},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_head head = {0};
        struct refusal refusal = http_head_parse(&head, rows[i].bytes);

        assert_int_equal(refusal.status, rows[i].status);
        assert_non_null(refusal.why);
        assert_int_equal(head.length, 0);
    }
}

/* Of so many bytes in all; whole: with its end. */
static struct refusal
parse_large(size_t length, bool whole)
{
    static const char begin[] = "GET / HTTP/1.1\r\nA: ";
    char *bytes = malloc(length);
    struct http_head head = {0};
    struct refusal refusal;

    memset(bytes, 'x', length);
    memcpy(bytes, begin, sizeof(begin) - 1);
    if (whole) {
        memcpy(bytes + length - 4, "\r\n\r\n", 4);
    }
    refusal = http_head_parse(&head, str_make(bytes, length));
    assert_int_equal(head.length, whole ? length : 0);
    free(bytes);
    return refusal;
}

static void
it_may_have_16_kib(void **state)
{
    (void)state;
    assert_int_equal(parse_large(HTTP_HEAD_MAX, true).status, 0);
    assert_int_equal(parse_large(HTTP_HEAD_MAX, false).status, 0);
    assert_int_equal(parse_large(HTTP_HEAD_MAX + 1, true).status, 431);
    assert_int_equal(parse_large(HTTP_HEAD_MAX + 1, false).status, 431);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_is_read),
        cmocka_unit_test(it_may_come_byte_by_byte),
        cmocka_unit_test(it_may_be_of_http_1_0),
        cmocka_unit_test(of_an_absolute_target_the_path_is_left),
        cmocka_unit_test(what_is_no_head_is_refused),
        cmocka_unit_test(it_may_have_16_kib),
    };

    return cmocka_run_group_tests_name("http_head", tests, NULL, NULL);
}
