/* test_show.c - what endpoints answer, as rows. */
#include "fcgi-api/ctl/show.h"

#include "lib/json.h"
#include "tests/unit/fcgi-api/ctl/a_stdout.h"

static void
data_of_each_form_becomes_rows(void **state)
{
    static const struct {
        const char *data, *columns, *rows;
    } cases[] = {
        {"null", "x", ""},
        {"7", "purged", "7\n"},
        {"\"text\"", "x", "text\n"},
        {"[]", "x", ""},
        {"[\"a\",\"b\\tc\"]", "word", "a\nb\\tc\n"},
        {"[{\"groupId\":\"1\",\"online\":2},{\"online\":0,\"groupId\":\"x\"}]", "groupId online",
         "1\t2\nx\t0\n"},
        {"[{\"when\":5,\"who\":\"me\",\"userId\":\"u\",\"seconds\":60}]", "when who groupId more",
         "5\tme\t\tuserId=u seconds=60\n"},
        {"{\"online\":2,\"users\":[\"a\",\"b\"],\"none\":[]}", "",
         "online\t2\nusers\ta\nusers\tb\n"},
        {"{\"settings\":{\"slow\":5,\"attrs\":{\"title\":\"x y\"}},"
         "\"bans\":[{\"userId\":\"u\",\"name\":\"n\"}]}",
         "", "settings.slow\t5\nsettings.attrs.title\tx y\nbans\tuserId=u name=n\n"},
        {"{\"a\":null,\"b\":true}", "", "a\tnull\nb\ttrue\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct json_object *data;

        assert_true(json_parse(&data, str_of(cases[i].data), 10));
        stdout_begin();
        show_data(data, cases[i].columns, false);
        stdout_expect(cases[i].rows);
        json_free(data);
    }
}

static void
times_are_dates_on_a_screen(void **state)
{
    struct json_object *data;

    (void)state;
    setenv("TZ", "UTC", 1);
    assert_true(json_parse(
        &data, BYTES("[{\"until\":1648368380132,\"who\":\"a\"},{\"until\":0,\"who\":\"b\"}]"), 10));
    stdout_begin();
    show_data(data, "until who", true);
    stdout_expect("UNTIL                WHO\n2022-03-27 08:06:20  a\nfor ever             b\n");
    json_free(data);
    assert_true(json_parse(&data, BYTES("{\"mutes\":[{\"userId\":\"a\",\"until\":-1}]}"), 10));
    stdout_begin();
    show_data(data, "", true);
    stdout_expect("NAME   VALUE\nmutes  userId=a until=for ever\n");
    json_free(data);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_of_each_form_becomes_rows),
        cmocka_unit_test(times_are_dates_on_a_screen),
    };

    return cmocka_run_group_tests_name("show", tests, NULL, NULL);
}
