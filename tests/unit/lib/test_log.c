/* test_log.c - what reaches stderr, seen through a pipe in its place. */
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/capture.h"

static void
log_writes_level_then_event_on_one_line(void **state)
{
    struct capture c = capture_begin();

    (void)state;
    log_error("redis-down reason=%s", "refused");
    log_warn("slow n=%d", 7);
    log_info("listening address=%s", "127.0.0.1:9001");
    assert_string_equal(capture_end(c), "error redis-down reason=refused\n"
                                        "warn slow n=7\n"
                                        "info listening address=127.0.0.1:9001\n");
}

static void
log_leaves_out_what_is_above_its_level(void **state)
{
    static const char *const wanted[LOG_LEVEL__MAX] = {
        [LOG_ERROR] = "error e\n",
        [LOG_WARN] = "error e\nwarn w\n",
        [LOG_INFO] = "error e\nwarn w\ninfo i\n",
        [LOG_DEBUG] = "error e\nwarn w\ninfo i\ndebug d\n",
    };

    (void)state;
    for (int level = 0; level < LOG_LEVEL__MAX; level++) {
        struct capture c = capture_begin();

        log_set_level((enum log_level)level);
        log_error("e");
        log_warn("w");
        log_info("i");
        log_debug("d");
        assert_string_equal(capture_end(c), wanted[level]);
    }
    log_set_level(LOG_INFO);
}

static void
log_debug_does_not_even_compute_what_is_left_out(void **state)
{
    int computed = 0;

    (void)state;
    log_debug("n=%d", ++computed);
    assert_int_equal(computed, 0);
}

static void
log_lets_no_control_byte_through(void **state)
{
    struct capture c;
    char one[2] = "?", wanted[64];

    (void)state;
    for (int byte = 1; byte < 0x80; byte++) {
        if (byte >= 0x20 && byte != 0x7f) {
            continue;
        }
        one[0] = (char)byte;
        c = capture_begin();
        log_info("x%sy", one);
        snprintf(wanted, sizeof(wanted), "info x\\x%02xy\n", byte);
        assert_string_equal(capture_end(c), wanted);
    }
}

/* C1 controls are commands of terminals, as those that begin with ESC; the others turn text round
 * or break lines in viewers. */
static void
log_lets_nothing_through_that_a_terminal_obeys(void **state)
{
    static const struct {
        const char *bytes;
        const char *logged;
    } rows[] = {
        {"\xc2\x80", "\\xc2\\x80"}, /* U+0080 */
        {"\xc2\x9b"
         "31m",
         "\\xc2\\x9b"
         "31m"}, /* CSI: red */
        {"\xc2\x9f", "\\xc2\\x9f"},
        {"\xd8\x9c", "\\xd8\\x9c"},
        {"\xe2\x80\x8e", "\\xe2\\x80\\x8e"}, /* U+200E, U+200F */
        {"\xe2\x80\x8f", "\\xe2\\x80\\x8f"},
        {"\xe2\x80\xa8", "\\xe2\\x80\\xa8"}, /* U+2028 to U+202E */
        {"\xe2\x80\xae", "\\xe2\\x80\\xae"},
        {"\xe2\x81\xa6", "\\xe2\\x81\\xa6"}, /* U+2066 to U+2069 */
        {"\xe2\x81\xa9", "\\xe2\\x81\\xa9"},
        /* What stands beside them is shown: U+00A0, U+200D, U+2010, U+202F, U+2065, U+206A. */
        {"\xc2\xa0", "\xc2\xa0"},
        {"\xe2\x80\x8d", "\xe2\x80\x8d"},
        {"\xe2\x80\x90", "\xe2\x80\x90"},
        {"\xe2\x80\xaf", "\xe2\x80\xaf"},
        {"\xe2\x81\xa5", "\xe2\x81\xa5"},
        {"\xe2\x81\xaa", "\xe2\x81\xaa"},
        {"\xe7\xbe\xa4\xf0\x9f\x98\x80", "\xe7\xbe\xa4\xf0\x9f\x98\x80"},
        {"\xe4\xbd", "\xe4\xbd"}, /* cut */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct capture c = capture_begin();
        char wanted[64];

        log_info("user=%s", log_quote(str_of(rows[i].bytes)).text);
        snprintf(wanted, sizeof(wanted), "info user=\"%s\"\n", rows[i].logged);
        assert_string_equal(capture_end(c), wanted);
    }
}

static void
log_lets_nobody_forge_a_line(void **state)
{
    struct capture c = capture_begin();

    (void)state;
    log_info("join group=%s", log_quote(str_of("a\" b=\"\\\nerror fire")).text);
    assert_string_equal(capture_end(c), "info join group=\"a\\\" b=\\\"\\\\\\x0aerror fire\"\n");
}

static void
log_quote_shows_nul_bytes_and_what_follows(void **state)
{
    struct capture c = capture_begin();

    (void)state;
    log_info("%s", log_quote(BYTES("a\0b")).text);
    assert_string_equal(capture_end(c), "info \"a\\x00b\"\n");
}

static void
log_quote_shows_the_longest_id_whole_and_cuts_what_is_longer(void **state)
{
    char quotes[1000];
    struct log_quoted q;

    (void)state;
    memset(quotes, '"', sizeof(quotes));
    q = log_quote(str_make(quotes, 128));
    assert_int_equal(strlen(q.text), 2 * 128 + 2);
    for (size_t len = 128; len <= sizeof(quotes); len++) {
        q = log_quote(str_make(quotes, len));
        assert_true(strlen(q.text) < sizeof(q.text));
        assert_int_equal(q.text[strlen(q.text) - 1], '"');
    }
}

static void
log_keeps_utf8_readable(void **state)
{
    struct capture c = capture_begin();

    (void)state;
    log_info("group=%s", log_quote(str_of("\xe7\xbe\xa4")).text);
    assert_string_equal(capture_end(c), "info group=\"\xe7\xbe\xa4\"\n");
}

static void
log_cuts_a_line_that_is_too_long_and_ends_it(void **state)
{
    static char endless[5000];
    struct capture c;
    size_t len;

    (void)state;
    memset(endless, '\n', sizeof(endless) - 1); /* each becomes four bytes */
    c = capture_begin();
    log_info("%s", endless);
    len = strlen(capture_end(c));
    assert_in_range(len, 1000, 9000);
    assert_ptr_equal(strchr(seen, '\n'), seen + len - 1);
}

static void
log_keeps_errno(void **state)
{
    struct capture c = capture_begin();

    (void)state;
    close(STDERR_FILENO); /* so that write() fails with EBADF */
    errno = ENOENT;
    log_error("x");
    assert_int_equal(errno, ENOENT);
    (void)capture_end(c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_writes_level_then_event_on_one_line),
        cmocka_unit_test(log_leaves_out_what_is_above_its_level),
        cmocka_unit_test(log_debug_does_not_even_compute_what_is_left_out),
        cmocka_unit_test(log_lets_no_control_byte_through),
        cmocka_unit_test(log_lets_nothing_through_that_a_terminal_obeys),
        cmocka_unit_test(log_lets_nobody_forge_a_line),
        cmocka_unit_test(log_quote_shows_nul_bytes_and_what_follows),
        cmocka_unit_test(log_quote_shows_the_longest_id_whole_and_cuts_what_is_longer),
        cmocka_unit_test(log_keeps_utf8_readable),
        cmocka_unit_test(log_cuts_a_line_that_is_too_long_and_ends_it),
        cmocka_unit_test(log_keeps_errno),
    };

    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
