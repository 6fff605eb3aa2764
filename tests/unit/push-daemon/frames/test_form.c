/* test_form.c - the forms in which clients get their frames. */
#include "push-daemon/frames/form.h"

#include "tests/unit/unit.h"

static void
expect_goodbye(const struct form *form, enum close_reason reason, struct str wanted)
{
    struct blob *blob = form->goodbye(reason);

    if (wanted.len == 0) {
        assert_null(blob);
        return;
    }
    assert_non_null(blob);
    assert_bytes(str_make(blob->bytes, blob->length), wanted);
    blob_unref(blob);
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_frames_tell_the_reason_in_the_words_of_the_form),
        cmocka_unit_test(a_frame_of_a_websocket_does_not_tell_its_position),
        cmocka_unit_test(a_ping_of_fastim_v2_has_a_frame_that_scripts_see),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
