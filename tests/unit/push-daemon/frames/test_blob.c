/* test_blob.c - frames that clients share, and places that know of them without a reference. */
#include "push-daemon/frames/blob.h"

#include "tests/unit/unit.h"

static void
blob_counts_each_once(void **state)
{
    size_t before = blob_bytes_held();
    struct blob *b = blob_text_frame(BYTES("440"));

    (void)state;
    assert_int_equal(blob_bytes_held() - before, 5);
    blob_unref(blob_ref(b));
    assert_int_equal(blob_bytes_held() - before, 5);
    blob_unref(b);
    blob_unref(NULL);
    assert_int_equal(blob_bytes_held(), before);
}

static void
blob_is_gone_from_its_place_with_the_last_reference(void **state)
{
    struct blob *b = blob_of(BYTES("x")), *place = NULL;

    (void)state;
    blob_watch(b, &place);
    assert_ptr_equal(place, b);
    blob_unref(blob_ref(b));
    assert_ptr_equal(place, b);
    blob_unref(b);
    assert_null(place);
}

static void
blob_has_one_place_and_a_place_one_blob(void **state)
{
    struct blob *a = blob_of(BYTES("a")), *b = blob_of(BYTES("b")), *places[2] = {NULL, NULL};

    (void)state;
    blob_watch(a, &places[0]);
    blob_watch(a, &places[0]);
    assert_ptr_equal(places[0], a);
    blob_watch(a, &places[1]);
    assert_null(places[0]);
    assert_ptr_equal(places[1], a);
    blob_watch(b, &places[1]);
    blob_unref(a); /* nobody knows it any more */
    assert_ptr_equal(places[1], b);
    blob_forget(&places[1]);
    blob_forget(&places[1]);
    assert_null(places[1]);
    places[1] = (struct blob *)1; /* what no longer belongs to it */
    blob_unref(b);
    assert_ptr_equal(places[1], (struct blob *)1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blob_counts_each_once),
        cmocka_unit_test(blob_is_gone_from_its_place_with_the_last_reference),
        cmocka_unit_test(blob_has_one_place_and_a_place_one_blob),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
