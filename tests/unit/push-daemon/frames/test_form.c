/* test_form.c - the forms in which clients get their frames. */
#include "push-daemon/frames/form.h"

#include "tests/unit/unit.h"

static void
expect_goodbye_until(const struct form *form, enum close_reason reason, int64_t retry_ms,
                     struct str wanted)
{
    struct blob *blob = form->goodbye(reason, retry_ms);

    if (wanted.len == 0) {
        assert_null(blob);
        return;
    }
    assert_non_null(blob);
    assert_bytes(str_make(blob->bytes, blob->length), wanted);
    blob_unref(blob);
}

static void
expect_goodbye(const struct form *form, enum close_reason reason, struct str wanted)
{
    expect_goodbye_until(form, reason, 0, wanted);
}

static void
the_last_frames_tell_the_reason_in_the_words_of_the_form(void **state)
{
    (void)state;
    expect_goodbye(&form_v1, CLOSE_NO_PONG, BYTES(""));
    expect_goodbye(&form_v2, CLOSE_NO_PONG, BYTES(""));
    expect_goodbye(&form_v1, CLOSE_NOT_LOGGED_IN,
                   BYTES("\x81\x03"
                         "440\x88\x0f\x03\xe8not logged in"));
    expect_goodbye(&form_v2, CLOSE_NOT_LOGGED_IN,
                   BYTES("\x81\x2c{\"type\":\"error\",\"code\":440,\"reason\":\"login\"}"
                         "\x88\x0f\x11\x58not logged in"));
    expect_goodbye(&form_v2, CLOSE_STOPPING, BYTES("\x88\x12\x03\xf4the daemon stops"));
    expect_goodbye(&form_v1, CLOSE_STOPPING, BYTES("\x88\x12\x03\xe9the daemon stops"));
}

static void
the_last_frames_tell_when_to_come_again(void **state)
{
    (void)state;
    expect_goodbye_until(&form_v1, CLOSE_BANNED, 10000,
                         BYTES("\x81\x03"
                               "403\x88\x08\x03\xe8"
                               "banned"));
    expect_goodbye_until(
        &form_v2, CLOSE_BANNED, 10000,
        BYTES("\x81\x40{\"type\":\"error\",\"code\":403,\"reason\":\"banned\",\"retryAfter\":10000}"
              "\x88\x08\x11\x33"
              "banned"));
    expect_goodbye_until(
        &form_sse, CLOSE_BANNED, 10000,
        BYTES(
            "data: {\"type\":\"error\",\"code\":403,\"reason\":\"banned\",\"retryAfter\":10000}\n\n"
            ": banned\n\n"));
    expect_goodbye_until(&form_v2, CLOSE_STOPPING, 10000,
                         BYTES("\x88\x12\x03\xf4the daemon stops"));
}

static void
a_frame_of_a_websocket_does_not_tell_its_position(void **state)
{
    const struct position position = {"9f3a01c4", 7};
    struct blob *plain = form_blob(&form_v2, BYTES("{}"), NULL);
    struct blob *placed = form_blob(&form_v2, BYTES("{}"), &position);

    (void)state;
    assert_bytes(str_make(plain->bytes, plain->length), BYTES("\x81\x02{}"));
    assert_bytes(str_make(placed->bytes, placed->length), BYTES("\x81\x02{}"));
    blob_unref(plain);
    blob_unref(placed);
}

static void
a_ping_of_fastim_v2_has_a_frame_that_scripts_see(void **state)
{
    (void)state;
    assert_bytes(form_v1.ping, BYTES("\x89\x01."));
    assert_bytes(form_v2.ping, BYTES("\x81\x0f{\"type\":\"ping\"}\x89\x01."));
}

static void
a_frame_of_a_stream_tells_its_position(void **state)
{
    const struct position position = {"9f3a01c4", 7};
    struct blob *plain = form_blob(&form_sse, BYTES("{}"), NULL);
    struct blob *placed = form_blob(&form_sse, BYTES("{\"a\":1}"), &position);

    (void)state;
    assert_bytes(str_make(plain->bytes, plain->length), BYTES("data: {}\n\n"));
    assert_bytes(str_make(placed->bytes, placed->length),
                 BYTES("id: 9f3a01c4-7\ndata: {\"a\":1}\n\n"));
    blob_unref(plain);
    blob_unref(placed);
}

/* Else another writer could make fields of it, or events. */
static void
each_line_of_a_frame_is_data(void **state)
{
    struct blob *blob = form_blob(&form_sse, BYTES("{\n\"a\":\r\n1\r}\n\n"), NULL);

    (void)state;
    assert_bytes(str_make(blob->bytes, blob->length),
                 BYTES("data: {\ndata: \"a\":\ndata: \ndata: 1\ndata: }\ndata: \ndata: \n\n"));
    blob_unref(blob);
}

static void
a_stream_ends_with_an_error_and_a_comment(void **state)
{
    (void)state;
    expect_goodbye(&form_sse, CLOSE_NO_PONG, BYTES(""));
    expect_goodbye(&form_sse, CLOSE_STOPPING, BYTES(": the daemon stops\n\n"));
    expect_goodbye(&form_sse, CLOSE_JWT_EXPIRED,
                   BYTES("data: {\"type\":\"error\",\"code\":440,\"reason\":\"expired\"}\n\n"
                         ": the JWT has expired\n\n"));
    assert_bytes(form_sse.ping, BYTES(":\n\n"));
    assert_true(form_sse.is_one_way);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_frames_tell_the_reason_in_the_words_of_the_form),
        cmocka_unit_test(the_last_frames_tell_when_to_come_again),
        cmocka_unit_test(a_frame_of_a_websocket_does_not_tell_its_position),
        cmocka_unit_test(a_frame_of_a_stream_tells_its_position),
        cmocka_unit_test(each_line_of_a_frame_is_data),
        cmocka_unit_test(a_stream_ends_with_an_error_and_a_comment),
        cmocka_unit_test(a_ping_of_fastim_v2_has_a_frame_that_scripts_see),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
