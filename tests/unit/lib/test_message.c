/* test_message.c - a chat message and its JSON form. */
#include "lib/message.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/unit.h"

/* ---- what message_add() writes ---- */

static void
message_is_written_in_the_contracts_form(void **state)
{
    struct text t;

    (void)state;
    text_init(&t);
    message_add(&t, str_of("1"), str_of("3"), str_of("hello"), INT64_C(1648368380132));
    assert_string_equal(
        t.bytes, "{\"groupId\":\"1\",\"userId\":\"3\",\"info\":\"hello\",\"ts\":1648368380132}");
    text_fini(&t);
}

static void
message_is_its_head_the_digits_and_the_tail(void **state)
{
    struct text whole, parts;

    (void)state;
    text_init(&whole);
    text_init(&parts);
    message_add(&whole, str_of("g\""), str_of("\xe4\xbd\xa0"), str_of("a\nb"), MESSAGE_TS_MAX);
    message_add_head(&parts, str_of("g\""), str_of("\xe4\xbd\xa0"), str_of("a\nb"));
    text_add_str(&parts, "9007199254740992" MESSAGE_TAIL);
    assert_bytes(text_str(&parts), text_str(&whole));
    text_fini(&whole);
    text_fini(&parts);
}

/* ---- what message_recode() takes ---- */

static void
assert_recoded(struct str group, struct str stored, struct str wanted, int64_t wanted_ts)
{
    struct text out;
    int64_t ts = -1;

    text_init(&out);
    text_add_str(&out, "before ");
    if (!message_recode(&out, group, stored, &ts)) {
        fail_msg("refused: %.*s", (int)stored.len, stored.p);
    }
    assert_bytes(str_make(out.bytes + 7, out.len - 7), wanted);
    assert_int_equal(ts, wanted_ts);
    text_fini(&out);
}

static void
assert_refused(struct str stored)
{
    struct text out;

    text_init(&out);
    text_add_str(&out, "before");
    if (message_recode(&out, str_of("1"), stored, NULL)) {
        fail_msg("taken: %.*s", (int)stored.len, stored.p);
    }
    assert_bytes(text_str(&out), str_of("before"));
    text_fini(&out);
}

static void
assert_ts(const char *written, int64_t ts)
{
    char stored[200], wanted[200];

    snprintf(stored, sizeof(stored), "{\"userId\":\"u\",\"info\":\"x\",\"ts\":%s}", written);
    if (ts < 0) {
        assert_refused(str_of(stored));
        return;
    }
    snprintf(wanted, sizeof(wanted),
             "{\"groupId\":\"1\",\"userId\":\"u\",\"info\":\"x\",\"ts\":%" PRId64 "}", ts);
    assert_recoded(str_of("1"), str_of(stored), str_of(wanted), ts);
    snprintf(stored, sizeof(stored),
             "{\"groupId\":\"1\",\"userId\":\"u\",\"info\":\"x\",\"ts\":%s}", written);
    assert_recoded(str_of("1"), str_of(stored), str_of(wanted), ts);
}

static void
message_takes_a_ts_from_0_to_2_53(void **state)
{
    (void)state;
    assert_ts("0", 0);
    assert_ts("1", 1);
    assert_ts("9007199254740991", MESSAGE_TS_MAX - 1);
    assert_ts("9007199254740992", MESSAGE_TS_MAX);
}

static void
message_refuses_a_ts_above_2_53(void **state)
{
    (void)state;
    assert_ts("9007199254740993", -1);
    assert_ts("90071992547409920", -1);
    assert_ts("9223372036854775807", -1);
    assert_ts("18446744073709551616", -1);
    assert_ts("9007199254740994.0", -1);
    assert_ts("1e400", -1);
}

static void
message_refuses_a_ts_that_is_negative_or_no_integer(void **state)
{
    (void)state;
    assert_ts("-1", -1);
    assert_ts("-9223372036854775808", -1);
    assert_ts("1.5", -1);
    assert_ts("1e-1", -1);
    assert_ts("\"5\"", -1);
    assert_ts("null", -1);
    assert_ts("007", -1);
    assert_ts("", -1);
}

static void
message_takes_a_whole_number_however_it_is_written(void **state)
{
    (void)state;
    assert_ts("1.0", 1);
    assert_ts("1e3", 1000);
    assert_ts("1.5e1", 15);
    assert_ts("-0", 0);
    assert_ts("9007199254740992.0", MESSAGE_TS_MAX);
}

/* Rounded to 64 bits it would be another user. */
static void
message_refuses_an_integer_user_beyond_64_bits(void **state)
{
    static const char *const users[] = {"9223372036854775808",
                                        "18446744073709551615",
                                        "18446744073709551616",
                                        "-9223372036854775809",
                                        "123456789012345678901234567890",
                                        "1e19",
                                        "-1e30"};
    char stored[100];

    (void)state;
    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        snprintf(stored, sizeof(stored), "{\"userId\":%s,\"info\":\"x\",\"ts\":1}", users[i]);
        assert_refused(str_of(stored));
    }
    assert_recoded(
        str_of("1"), str_of("{\"userId\":9223372036854775807,\"info\":\"x\",\"ts\":1}"),
        str_of("{\"groupId\":\"1\",\"userId\":\"9223372036854775807\",\"info\":\"x\",\"ts\":1}"),
        1);
    assert_recoded(
        str_of("1"), str_of("{\"userId\":-9223372036854775807,\"info\":\"x\",\"ts\":1}"),
        str_of("{\"groupId\":\"1\",\"userId\":\"-9223372036854775807\",\"info\":\"x\",\"ts\":1}"),
        1);
}

static void
message_group_is_that_of_the_key(void **state)
{
    (void)state;
    assert_recoded(str_of("g\"1"),
                   str_of("{\"groupId\":\"other\",\"userId\":\"u\",\"info\":\"x\",\"ts\":1}"),
                   str_of("{\"groupId\":\"g\\\"1\",\"userId\":\"u\",\"info\":\"x\",\"ts\":1}"), 1);
    assert_recoded(str_of("2"),
                   str_of("{\"groupId\":\"22\",\"userId\":\"u\",\"info\":\"x\",\"ts\":1}"),
                   str_of("{\"groupId\":\"2\",\"userId\":\"u\",\"info\":\"x\",\"ts\":1}"), 1);
}

static void
message_other_keys_are_dropped_and_the_order_is_ours(void **state)
{
    (void)state;
    assert_recoded(
        str_of("1"),
        str_of(" {\"ts\":7, \"x\":{\"ts\":8,\"info\":[\"y\"]}, \"info\":\"\\u4f60\\/\", "
               "\"id\":1, \"userId\":12} \n"),
        str_of("{\"groupId\":\"1\",\"userId\":\"12\",\"info\":\"\xe4\xbd\xa0/\",\"ts\":7}"), 7);
}

static void
message_escapes_are_written_our_way(void **state)
{
    (void)state;
    assert_recoded(
        str_of("1"),
        str_of("{\"groupId\":\"1\",\"userId\":\"u\","
               "\"info\":\"\\u0022\\u000A\\u001F\\u0000\\ud83d\\ude00\\u2028\",\"ts\":1}"),
        str_of("{\"groupId\":\"1\",\"userId\":\"u\","
               "\"info\":\"\\\"\\n\\u001f\\u0000\xf0\x9f\x98\x80\xe2\x80\xa8\",\"ts\":1}"),
        1);
}

/* json-c 0.16 makes U+FFFD of them. */
static void
message_pairs_whose_character_ends_like_a_half_are_kept(void **state)
{
    (void)state;
    assert_recoded(
        str_of("1"),
        str_of("{\"userId\":\"u\",\"info\":\"\\ud876\\udc00\\\\ud876\\uD837\\uDFFF\",\"ts\":1}"),
        str_of("{\"groupId\":\"1\",\"userId\":\"u\",\"info\":\"\xf0\xad\xa0\x80\\\\ud876"
               "\xf0\x9d\xbf\xbf\",\"ts\":1}"),
        1);
}

static void
message_half_a_surrogate_pair_becomes_the_replacement_character(void **state)
{
    (void)state;
    assert_recoded(str_of("1"), str_of("{\"userId\":\"u\",\"info\":\"\\ud83d!\\ude00\",\"ts\":1}"),
                   str_of("{\"groupId\":\"1\",\"userId\":\"u\","
                          "\"info\":\"\xef\xbf\xbd!\xef\xbf\xbd\",\"ts\":1}"),
                   1);
}

static void
message_group_of_128_control_like_bytes_fits_the_fast_way(void **state)
{
    char group[129];
    struct text stored;

    (void)state;
    text_init(&stored);
    for (size_t len = 127; len <= 129; len++) {
        memset(group, 1, sizeof(group));
        text_clear(&stored);
        message_add(&stored, str_make(group, len), str_of("u"), str_of("x"), 1);
        assert_recoded(str_make(group, len), text_str(&stored), text_str(&stored), 1);
    }
    text_fini(&stored);
}

static void
message_nested_within_1000_is_taken_and_deeper_is_not(void **state)
{
    static const char before[] = "{\"userId\":\"u\",\"info\":\"x\",\"ts\":1,\"d\":";
    char *stored = malloc(300000);

    (void)state;
    for (size_t depth = 1; depth < 100000; depth *= 3) {
        size_t len = (size_t)sprintf(stored, "%s", before);

        memset(stored + len, '[', depth);
        memset(stored + len + depth, ']', depth);
        strcpy(stored + len + 2 * depth, "}");
        if (depth < 1000) {
            assert_recoded(str_of("1"), str_of(stored),
                           str_of("{\"groupId\":\"1\",\"userId\":\"u\",\"info\":\"x\",\"ts\":1}"),
                           1);
        } else {
            assert_refused(str_of(stored));
        }
    }
    free(stored);
}

static void
message_refuses_nothing_at_all(void **state)
{
    (void)state;
    assert_refused(str_make(NULL, 0));
    assert_refused(str_of(""));
}

static void
message_refuses_every_truncation(void **state)
{
    static const char whole[] =
        "{\"groupId\":\"1\",\"userId\":\"u\",\"info\":\"\\n\\u0001x\",\"ts\":12}";
    char *exact;

    (void)state;
    for (size_t len = 0; len < sizeof(whole) - 1; len++) {
        exact = malloc(len > 0 ? len : 1); /* to the byte, for the sanitizer */
        memcpy(exact, whole, len);
        assert_refused(str_make(exact, len));
        free(exact);
    }
}

/* ---- tests/vectors/messages.txt, which the Lua scripts are held to as well ---- */

/* Percent-decodes in place. */
static struct str
decode(char *field)
{
    size_t n = 0;

    for (char *p = field; *p != '\0'; p++) {
        char hex[3] = "";

        if (*p == '%') {
            memcpy(hex, p + 1, 2);
            p += 2;
        }
        field[n++] = *hex != '\0' ? (char)strtol(hex, NULL, 16) : *p;
    }
    return str_make(field, n);
}

static void
check_vector(char *line)
{
    char *user = line, *ts = strchr(line, '\t') + 1, *stored = strchr(ts, '\t') + 1;
    struct text head, out;
    struct str given;
    int64_t got;

    ts[-1] = stored[-1] = '\0';
    stored[strcspn(stored, "\n")] = '\0';
    given = decode(stored);
    if (strcmp(ts, "-") == 0) {
        assert_refused(given);
        return;
    }
    text_init(&head);
    text_init(&out);
    message_add_head(&head, str_of("1"), decode(user), str_of(""));
    head.len -= strlen("\",\"ts\":"); /* up to the info, which the file does not give */
    assert_true(message_recode(&out, str_of("1"), given, &got));
    assert_true(out.len > head.len);
    assert_bytes(str_make(out.bytes, head.len), text_str(&head));
    assert_int_equal(got, strtoll(ts, NULL, 10));
    text_fini(&head);
    text_fini(&out);
}

static void
message_is_judged_as_the_vectors_say(void **state)
{
    FILE *file = fopen("tests/vectors/messages.txt", "r");
    char line[1000];
    int vectors = 0;

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        if (*line != '#' && *line != '\n') {
            check_vector(line);
            vectors++;
        }
    }
    fclose(file);
    assert_in_range(vectors, 150, 1000);
}

/* The same user has the same bytes, whatever the writer's form. */
static void
message_names_its_user_as_json(void **state)
{
    static const char *const rows[][2] = {
        {"{\"userId\":\"\\u0061\\\"b\",\"info\":\"\\\"\",\"ts\":5}", "\"a\\\"b\""},
        {"{\"info\":\"\",\"ts\":5,\"userId\":17}", "\"17\""},
        {"{\"groupId\":\"1\",\"userId\":\"\",\"info\":\"x\",\"ts\":5}", "\"\""},
    };
    struct text out;

    (void)state;
    text_init(&out);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        text_clear(&out);
        assert_true(message_recode(&out, str_of("\\\""), str_of(rows[i][0]), NULL));
        assert_bytes(message_quoted_user(text_str(&out)), str_of(rows[i][1]));
    }
    assert_int_equal(message_quoted_user(str_of("garbage")).len, 0);
    text_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_is_written_in_the_contracts_form),
        cmocka_unit_test(message_is_its_head_the_digits_and_the_tail),
        cmocka_unit_test(message_takes_a_ts_from_0_to_2_53),
        cmocka_unit_test(message_refuses_a_ts_above_2_53),
        cmocka_unit_test(message_refuses_a_ts_that_is_negative_or_no_integer),
        cmocka_unit_test(message_takes_a_whole_number_however_it_is_written),
        cmocka_unit_test(message_refuses_an_integer_user_beyond_64_bits),
        cmocka_unit_test(message_group_is_that_of_the_key),
        cmocka_unit_test(message_other_keys_are_dropped_and_the_order_is_ours),
        cmocka_unit_test(message_escapes_are_written_our_way),
        cmocka_unit_test(message_pairs_whose_character_ends_like_a_half_are_kept),
        cmocka_unit_test(message_half_a_surrogate_pair_becomes_the_replacement_character),
        cmocka_unit_test(message_group_of_128_control_like_bytes_fits_the_fast_way),
        cmocka_unit_test(message_nested_within_1000_is_taken_and_deeper_is_not),
        cmocka_unit_test(message_refuses_nothing_at_all),
        cmocka_unit_test(message_refuses_every_truncation),
        cmocka_unit_test(message_names_its_user_as_json),
        cmocka_unit_test(message_is_judged_as_the_vectors_say),
    };

    return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
