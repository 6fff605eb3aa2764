/* test_site.c - a site that does not answer is asked once a second, and the log says so once. */
#include "lib/review/site.h"

#include "tests/unit/capture.h"

static void
ten_failures_in_a_row_are_too_many(void **state)
{
    struct review_site site = {0};
    struct capture c = capture_begin();

    (void)state;
    for (int i = 0; i < 9; i++) {
        assert_false(review_site_note(&site, false, "why"));
    }
    assert_false(review_site_note(&site, true, ""));
    for (int i = 0; i < 9; i++) {
        assert_false(review_site_note(&site, false, "why"));
        assert_true(review_site_may_be_asked(&site, 5));
    }
    assert_true(review_site_note(&site, false, "the \"last\""));
    for (int i = 0; i < 20; i++) {
        assert_false(review_site_note(&site, false, "why"));
    }
    capture_end(c);
    assert_string_equal(seen, "error im.hook.url reason=\"10 reviews in a row have failed, so the "
                              "site is asked once a second\" last=\"the \\\"last\\\"\"\n");
}

static void
it_is_asked_once_a_second_until_it_answers(void **state)
{
    struct review_site site = {0};
    struct capture c = capture_begin();

    (void)state;
    review_site_on_ask(&site, 5000);
    assert_true(review_site_may_be_asked(&site, 5000)); /* it is not away */
    for (int i = 0; i < 10; i++) {
        (void)review_site_note(&site, false, "why");
    }
    assert_false(review_site_may_be_asked(&site, 5999));
    assert_true(review_site_may_be_asked(&site, 6000));
    review_site_on_ask(&site, 6100);
    assert_false(review_site_may_be_asked(&site, 7099));
    assert_true(review_site_may_be_asked(&site, 7100));
    assert_false(review_site_note(&site, true, ""));
    assert_true(review_site_may_be_asked(&site, 6100));
    assert_false(review_site_note(&site, true, ""));
    capture_end(c);
    assert_int_equal(strncmp(seen, "error ", 6), 0);
    assert_non_null(
        strstr(seen, "\ninfo im.hook.url reason=\"the site reviews messages again\"\n"));
    assert_int_equal(site.failures, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_failures_in_a_row_are_too_many),
        cmocka_unit_test(it_is_asked_once_a_second_until_it_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
