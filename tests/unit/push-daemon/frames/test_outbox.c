/* test_outbox.c - frames for one client alone. */
#include "push-daemon/frames/outbox.h"

#include "tests/unit/unit.h"

static void
outbox_gives_whole_frames_in_order(void **state)
{
    struct outbox o = {0};
    struct blob *a = blob_text_frame(BYTES("440")), *b = blob_close_frame(1008);

    (void)state;
    assert_true(outbox_is_empty(&o));
    assert_int_equal(outbox_next(&o).len, 0);
    assert_true(outbox_push(&o, a) && outbox_push(&o, b));
    assert_bytes(outbox_next(&o), BYTES("\x81\x03\x34\x34\x30"));
    assert_bytes(outbox_next(&o), BYTES("\x81\x03\x34\x34\x30")); /* not sent yet */
    outbox_sent(&o);
    assert_bytes(outbox_next(&o), BYTES("\x88\x02\x03\xf0"));
    outbox_sent(&o);
    assert_true(outbox_is_empty(&o));
    assert_int_equal(a->references, 1);
    blob_unref(a);
    blob_unref(b);
}

static void
outbox_shares_a_frame_among_many(void **state)
{
    struct outbox all[3] = {{0}};
    struct blob *b = blob_text_frame(BYTES("x"));

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_true(outbox_push(&all[i], b));
    }
    assert_int_equal(b->references, 4);
    for (int i = 0; i < 3; i++) {
        outbox_clear(&all[i]);
    }
    assert_int_equal(b->references, 1);
    blob_unref(b);
    blob_unref(NULL);
}

static void
outbox_refuses_when_full(void **state)
{
    struct outbox o = {0};
    struct blob *b = blob_text_frame(BYTES("503"));

    (void)state;
    for (int i = 0; i < OUTBOX_MAX_FRAMES; i++) {
        assert_true(outbox_push(&o, b));
    }
    assert_false(outbox_push(&o, b));
    assert_int_equal(b->references, OUTBOX_MAX_FRAMES + 1);
    outbox_sent(&o);
    assert_true(outbox_push(&o, b));
    outbox_clear(&o);
    blob_unref(b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outbox_gives_whole_frames_in_order),
        cmocka_unit_test(outbox_shares_a_frame_among_many),
        cmocka_unit_test(outbox_refuses_when_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
