/* test_reader.c - a list that is read in steps, and changes between them.
 *
 * The list is in memory, behind a store_ask() of the test's own. */
#include "fcgi-api/transfer/reader.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/config/number.h"
#include "lib/config/settings.h"
#include "tests/unit/unit.h"

enum {
    LIST_MAX = 60000,
    RUNS = 400
};

/* Entries are known by their number, which is their ts as well. */
static int64_t list[LIST_MAX];
static size_t list_length;
static int64_t next_number;

/* What happens before a command; NULL: nothing. */
static void (*meanwhile)(void);
static int commands, failing_from; /* a command from this one on fails; 0: none does */
static struct reply *last_reply;
static uint32_t seed;

static uint32_t
draw(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

/* ---- the list ---- */

static void
append_entries(size_t count)
{
    while (count-- > 0 && list_length < LIST_MAX) {
        list[list_length++] = next_number++;
    }
}

static void
remove_entries(size_t at, size_t count)
{
    count = count < list_length - at ? count : list_length - at;
    memmove(list + at, list + at + count, (list_length - at - count) * sizeof(list[0]));
    list_length -= count;
}

static void
add_entry(struct text *out, int64_t number)
{
    char entry[120];
    int length =
        snprintf(entry, sizeof(entry),
                 "{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"x\",\"ts\":%d}", (int)number);
    char head[16];

    text_add(out, head, (size_t)snprintf(head, sizeof(head), "$%d\r\n", length));
    text_add(out, entry, (size_t)length);
    text_add_str(out, "\r\n");
}

static int64_t
word_int(const struct argv *argv, size_t i)
{
    int64_t n = 0;

    assert_true(number_parse(argv_word(argv, i), INT64_MIN, INT64_MAX, &n));
    return n;
}

static void
answer(struct text *out, const struct argv *argv)
{
    if (str_is(argv_word(argv, 0), "LLEN")) {
        text_add_str(out, ":");
        text_add_int(out, (int64_t)list_length);
        text_add_str(out, "\r\n");
        return;
    }
    int64_t first = word_int(argv, 2), last = word_int(argv, 3);

    assert_true(str_is(argv_word(argv, 0), "LRANGE") && first >= 0 && last >= first - 1);
    assert_true(last - first < 3 * READER_STEP_MAX);
    last = last < (int64_t)list_length ? last : (int64_t)list_length - 1;
    text_add_str(out, "*");
    text_add_int(out, last >= first ? last - first + 1 : 0);
    text_add_str(out, "\r\n");
    for (int64_t i = first; i <= last; i++) {
        add_entry(out, list[i]);
    }
}

enum store_result
store_ask(struct store *s, struct argv *argv, enum store_repeat repeat, const struct reply **reply)
{
    redisReader *parser = redisReaderCreate();
    struct text wire;
    void *parsed = NULL;

    (void)s;
    assert_int_equal(repeat, STORE_REPEAT);
    if (++commands == failing_from) {
        redisReaderFree(parser);
        return STORE_UNREACHABLE;
    }
    if (meanwhile != NULL && commands > 1) {
        meanwhile();
    }
    text_init(&wire);
    answer(&wire, argv);
    redisReaderFeed(parser, wire.bytes, wire.len);
    assert_int_equal(redisReaderGetReply(parser, &parsed), REDIS_OK);
    assert_non_null(parsed);
    redisReaderFree(parser);
    text_fini(&wire);
    reply_free(last_reply);
    last_reply = parsed;
    *reply = last_reply;
    return STORE_OK;
}

/* ---- reading ---- */

static struct config config;
static int64_t got[2 * LIST_MAX];
static size_t got_count;

static int64_t
number_of(struct str entry)
{
    const char *ts = memmem(entry.p, entry.len, "\"ts\":", 5);

    assert_non_null(ts);
    return strtoll(ts + 5, NULL, 10);
}

static enum reader_result
read_all(struct reader *r)
{
    enum reader_result result;

    while ((result = reader_next(r)) == READER_ENTRIES) {
        for (size_t i = 0; i < r->count; i++) {
            assert_true(got_count < 2 * LIST_MAX);
            got[got_count++] = number_of(reader_entry(r, i));
        }
    }
    return result;
}

static void
begin(struct reader *r, size_t length, int64_t newest)
{
    list_length = 0;
    next_number = 1;
    append_entries(length);
    got_count = 0;
    commands = 0;
    failing_from = 0;
    assert_true(reader_init(r, &config, NULL, str_of("g"), newest));
}

/* Each that was there from first to last, once; all in order. */
static void
expect_order(void)
{
    for (size_t i = 1; i < got_count; i++) {
        assert_true(got[i] > got[i - 1]);
    }
}

static void
expect_all_of(int64_t first, int64_t last)
{
    size_t at = 0;

    for (size_t i = 0; i < list_length; i++) { /* what has gone may have been read or not */
        if (list[i] < first || list[i] > last) {
            continue;
        }
        while (at < got_count && got[at] < list[i]) {
            at++;
        }
        if (at == got_count || got[at] != list[i]) {
            fail_msg("%d was not read", (int)list[i]);
        }
    }
}

static void
list_that_stays_is_read_whole_in_order(void **state)
{
    static const size_t lengths[] = {0, 1, 63, 64, 65, 1000, 5000};
    struct reader r;

    (void)state;
    meanwhile = NULL;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        begin(&r, lengths[i], -1);
        assert_int_equal(read_all(&r), READER_END);
        assert_int_equal(got_count, lengths[i]);
        expect_order();
        expect_all_of(1, INT64_MAX);
        assert_false(r.lost);
        reader_fini(&r);
    }
}

static void
newest_ones_are_read_alone(void **state)
{
    static const struct {
        int64_t newest;
        size_t count;
    } cases[] = {{0, 0}, {1, 1}, {50, 50}, {2999, 2999}, {3000, 3000}, {9999, 3000}};
    struct reader r;

    (void)state;
    meanwhile = NULL;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin(&r, 3000, cases[i].newest);
        assert_int_equal(read_all(&r), READER_END);
        assert_int_equal(got_count, cases[i].count);
        assert_true(got_count == 0 || got[got_count - 1] == 3000);
        expect_order();
        reader_fini(&r);
    }
}

/* Of all kinds, but none is cut off before it is read. */
static void
change_at_random(void)
{
    append_entries(draw(200));
    if (draw(3) == 0 && got_count > 0) {
        size_t may_go = 0; /* of what was read */

        while (may_go < list_length && list[may_go] < got[got_count - 1]) {
            may_go++;
        }
        remove_entries(0, draw((uint32_t)may_go + 1) * draw(2));
    }
    if (draw(3) == 0 && list_length > 0) {
        remove_entries(draw((uint32_t)list_length), draw(4) == 0 ? draw(40) : 1);
    }
}

static void
changes_lose_and_double_nothing(void **state)
{
    struct reader r;

    (void)state;
    for (seed = 1; seed <= RUNS; seed++) {
        uint32_t run = seed;
        size_t length = 500 + draw(6000);

        meanwhile = NULL;
        begin(&r, length, -1);
        meanwhile = change_at_random;
        assert_int_equal(read_all(&r), READER_END);
        meanwhile = NULL;
        expect_order();
        expect_all_of(1, (int64_t)length);
        assert_false(r.lost);
        reader_fini(&r);
        seed = run;
    }
}

/* As a full room does it: each message cuts the oldest one off. */
static void
append_and_cut(void)
{
    size_t count = 1 + draw(30);

    append_entries(count);
    remove_entries(0, count);
}

static void
full_room_is_read_though_it_moves(void **state)
{
    struct reader r;

    (void)state;
    for (seed = 1; seed <= RUNS / 10; seed++) {
        uint32_t run = seed;

        meanwhile = NULL;
        begin(&r, 10000, 9000); /* the head does not get there in time */
        meanwhile = append_and_cut;
        assert_int_equal(read_all(&r), READER_END);
        meanwhile = NULL;
        expect_order();
        expect_all_of(2000, 10000);
        assert_true(commands < 60); /* it does not search anew in each step */
        reader_fini(&r);
        seed = run;
    }
}

static void
cut_all_but_newest(void)
{
    if (commands == 3) {
        remove_entries(0, list_length - 100);
    }
}

static void
list_that_is_cut_beyond_the_reader_is_told_of(void **state)
{
    struct reader r;

    (void)state;
    meanwhile = NULL;
    begin(&r, 5000, -1);
    meanwhile = cut_all_but_newest;
    assert_int_equal(read_all(&r), READER_END);
    assert_true(r.lost);
    expect_order();
    expect_all_of(1, 5000);
    reader_fini(&r);
}

/* The entries that were read last have gone, those before them have not. */
static void
purge_behind(void)
{
    if (commands == 3) {
        size_t at = 0;

        while (list[at] < got[got_count - 1] - 30) {
            at++;
        }
        remove_entries(at, 31);
    }
}

static void
reader_finds_its_place_without_its_last_entries(void **state)
{
    struct reader r;

    (void)state;
    meanwhile = NULL;
    begin(&r, 5000, -1);
    meanwhile = purge_behind;
    assert_int_equal(read_all(&r), READER_END);
    assert_false(r.lost);
    assert_int_equal(got_count, 5000);
    expect_order();
    reader_fini(&r);
}

static void
clear_all(void)
{
    if (commands == 3) {
        list_length = 0;
    }
}

static void
list_that_is_cleared_ends(void **state)
{
    struct reader r;

    (void)state;
    meanwhile = NULL;
    begin(&r, 5000, -1);
    meanwhile = clear_all;
    assert_int_equal(read_all(&r), READER_END);
    expect_order();
    assert_true(commands < 10);
    reader_fini(&r);
}

static void
reader_goes_on_behind_what_it_knows(void **state)
{
    struct reader r;
    struct text entry;

    (void)state;
    meanwhile = NULL;
    begin(&r, 3000, 10);
    assert_true(reader_go_on(&r));
    assert_int_equal(read_all(&r), READER_END);
    assert_int_equal(got_count, 10);
    append_entries(2500);
    text_init(&entry);
    add_entry(&entry, 3001); /* it came another way */
    reader_note(&r, str_make(strchr(entry.bytes, '{'), strlen(strchr(entry.bytes, '{')) - 2));
    text_fini(&entry);
    remove_entries(0, 1000);
    assert_true(reader_go_on(&r));
    assert_int_equal(read_all(&r), READER_END);
    assert_int_equal(got_count, 10 + 2499);
    assert_int_equal(got[10], 3002);
    expect_order();
    assert_int_equal(read_all(&r), READER_END);
    assert_int_equal(got_count, 10 + 2499);
    reader_fini(&r);
}

static void
failure_ends_the_reading(void **state)
{
    struct reader r;

    (void)state;
    for (int from = 2; from < 8; from++) {
        meanwhile = NULL;
        begin(&r, 5000, -1);
        failing_from = from;
        assert_int_equal(read_all(&r), READER_FAILED);
        assert_true(r.away);
        reader_fini(&r);
    }
    commands = 0;
    failing_from = 1;
    assert_false(reader_init(&r, &config, NULL, str_of("g"), -1));
    assert_true(r.away);
    reader_fini(&r);
}

static int
set_up(void **state)
{
    (void)state;
    settings_set_defaults(&config);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    reply_free(last_reply);
    settings_free_strings(&config);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_that_stays_is_read_whole_in_order),
        cmocka_unit_test(newest_ones_are_read_alone),
        cmocka_unit_test(changes_lose_and_double_nothing),
        cmocka_unit_test(full_room_is_read_though_it_moves),
        cmocka_unit_test(list_that_is_cut_beyond_the_reader_is_told_of),
        cmocka_unit_test(reader_finds_its_place_without_its_last_entries),
        cmocka_unit_test(list_that_is_cleared_ends),
        cmocka_unit_test(reader_goes_on_behind_what_it_knows),
        cmocka_unit_test(failure_ends_the_reading),
    };

    return cmocka_run_group_tests_name("reader", tests, set_up, tear_down);
}
