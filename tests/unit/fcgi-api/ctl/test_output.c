/* test_output.c - rows: a table on a terminal, else tab-separated lines. */
#include "fcgi-api/ctl/output.h"

#include <locale.h>

#include "tests/unit/fcgi-api/ctl/a_stdout.h"

static void
add_rows(struct output *o)
{
    output_add(o, str_of("ann"));
    output_add_int(o, 7);
    output_add(o, str_of("one\ttwo"));
    output_add(o, str_of("\xe4\xbd\xa0\xe5\xa5\xbd\xe5\x90\x97"));
    output_add_int(o, -12345);
    output_add(o, str_of(""));
}

static void
table_has_a_head_and_columns_as_wide_as_their_cells(void **state)
{
    struct output o;

    (void)state;
    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    stdout_begin();
    output_init(&o, "who n what", true);
    add_rows(&o);
    output_fini(&o);
    stdout_expect("WHO     N       WHAT\n"
                  "ann     7       one\\x09two\n"
                  "\xe4\xbd\xa0\xe5\xa5\xbd\xe5\x90\x97  -12345  \n");
}

static void
lines_of_a_pipe_have_tabs_and_no_head(void **state)
{
    struct output o;

    (void)state;
    stdout_begin();
    output_init(&o, "who n what", false);
    add_rows(&o);
    output_fini(&o);
    stdout_expect("ann\t7\tone\\ttwo\n\xe4\xbd\xa0\xe5\xa5\xbd\xe5\x90\x97\t-12345\t\n");
}

static void
table_without_rows_is_nothing(void **state)
{
    struct output o;

    (void)state;
    stdout_begin();
    output_init(&o, "who n", true);
    output_fini(&o);
    stdout_expect("");
}

static void
long_table_is_written_by_blocks_with_one_head(void **state)
{
    struct output o;
    struct text wanted;

    (void)state;
    text_init(&wanted);
    text_add_str(&wanted, "N  X\n");
    stdout_begin();
    output_init(&o, "n x", true);
    for (int i = 0; i < 2 * OUTPUT_BLOCK + 1; i++) {
        output_add_int(&o, i % 10);
        output_add(&o, str_of("x"));
        text_add_int(&wanted, i % 10);
        text_add_str(&wanted, "  x\n");
    }
    output_fini(&o);
    stdout_expect(wanted.bytes);
    text_fini(&wanted);
}

static void
time_is_a_date_in_a_table_alone(void **state)
{
    struct output o;

    (void)state;
    setenv("TZ", "UTC", 1);
    stdout_begin();
    output_init(&o, "ts", true);
    output_add_time(&o, INT64_C(1648368380132));
    output_add_time(&o, 0);
    output_fini(&o);
    output_init(&o, "ts", false);
    output_add_time(&o, INT64_C(1648368380132));
    output_add_time(&o, 0);
    output_fini(&o);
    stdout_expect("TS\n2022-03-27 08:06:20\nfor ever\n1648368380132\n0\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_has_a_head_and_columns_as_wide_as_their_cells),
        cmocka_unit_test(lines_of_a_pipe_have_tabs_and_no_head),
        cmocka_unit_test(table_without_rows_is_nothing),
        cmocka_unit_test(long_table_is_written_by_blocks_with_one_head),
        cmocka_unit_test(time_is_a_date_in_a_table_alone),
    };

    return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
