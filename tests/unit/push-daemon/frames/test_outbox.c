/* test_outbox.c - frames for one client alone. */
#include "push-daemon/frames/outbox.h"

#include "tests/unit/unit.h"

static void
outbox_gives_whole_frames_in_order(void **state)
{
    struct outbox o = {0};
    struct blob *a = blob_text_frame(BYTES("440")), *b = blob_of(BYTES("\x88\x02\x03\xf0"));

    (void)state;
    assert_true(outbox_is_empty(&o));
    assert_int_equal(outbox_next(&o).len, 0);
    assert_true(outbox_push(&o, a) && outbox_push(&o, b));
    assert_bytes(outbox_next(&o), BYTES("\x81\x03\x34\x34\x30"));
    assert_bytes(outbox_next(&o), BYTES("\x81\x03\x34\x34\x30")); /* not sent yet */
    outbox_sent(&o, 5);
    assert_bytes(outbox_next(&o), BYTES("\x88\x02\x03\xf0"));
    assert_false(outbox_is_large(&o));
    assert_int_equal(o.bytes, 4);
    outbox_sent(&o, 4);
    assert_int_equal(o.bytes, 0);
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
    outbox_sent(&o, b->length);
    assert_true(outbox_push(&o, b));
    outbox_clear(&o);
    blob_unref(b);
}

/* A text frame of so many bytes, its head included. */
static struct blob *
make_frame(size_t bytes)
{
    static char payload[2 * OUTBOX_MAX_BYTES];
    struct blob *b;

    memset(payload, 'x', sizeof(payload));
    b = blob_text_frame(str_make(payload, bytes - (bytes > 65539 ? 10 : 4)));
    assert_int_equal(b->length, bytes);
    return b;
}

static void
outbox_gives_a_large_frame_in_pieces(void **state)
{
    struct outbox o = {0};
    struct blob *large = make_frame(2 * OUTBOX_PIECE_BYTES + 7), *fits = make_frame(65536);

    (void)state;
    assert_false(outbox_is_large(&o) || outbox_is_inside(&o));
    assert_true(outbox_push(&o, large) && outbox_push(&o, fits));
    for (size_t at = 0; at < large->length; at += OUTBOX_PIECE_BYTES) {
        struct str piece = outbox_next(&o);

        assert_true(outbox_is_large(&o));
        assert_int_equal(outbox_is_inside(&o), at > 0);
        assert_ptr_equal(piece.p, large->bytes + at); /* no copy of it */
        assert_int_equal(piece.len, at < 2 * OUTBOX_PIECE_BYTES ? OUTBOX_PIECE_BYTES : 7);
        outbox_sent(&o, piece.len);
        assert_int_equal(o.bytes, large->length - at - piece.len + fits->length);
    }
    assert_int_equal(large->references, 1);
    assert_false(outbox_is_large(&o) || outbox_is_inside(&o));
    assert_int_equal(outbox_next(&o).len, fits->length);
    outbox_clear(&o);
    assert_int_equal(o.bytes, 0);
    blob_unref(large);
    blob_unref(fits);
}

/* The first frame may have any size; behind it there is room for 4 MiB. */
static void
outbox_refuses_when_it_has_too_many_bytes(void **state)
{
    struct outbox o = {0};
    struct blob *huge = make_frame(OUTBOX_MAX_BYTES + 100000), *half = make_frame(2 << 20);
    struct blob *small = blob_text_frame(BYTES("503"));

    (void)state;
    assert_true(outbox_push(&o, huge));
    assert_true(outbox_push(&o, half) && outbox_push(&o, half));
    assert_false(outbox_push(&o, half));
    assert_false(outbox_push(&o, small));
    outbox_sent(&o, outbox_next(&o).len);
    assert_false(outbox_push(&o, small)); /* what goes of the first one makes no room */
    while (o.count > 2) {
        outbox_sent(&o, outbox_next(&o).len);
    }
    assert_true(outbox_push(&o, half) && !outbox_push(&o, half));
    outbox_clear(&o);
    blob_unref(huge);
    blob_unref(half);
    blob_unref(small);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outbox_gives_whole_frames_in_order),
        cmocka_unit_test(outbox_shares_a_frame_among_many),
        cmocka_unit_test(outbox_refuses_when_full),
        cmocka_unit_test(outbox_gives_a_large_frame_in_pieces),
        cmocka_unit_test(outbox_refuses_when_it_has_too_many_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
