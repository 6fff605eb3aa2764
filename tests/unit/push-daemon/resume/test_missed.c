/* test_missed.c - what resume.lua answered, as frames: merged by their numbers, or the list. */
#include "push-daemon/resume/missed.h"

#include <stdlib.h>

#include "lib/garbage.h"
#include "lib/log.h"
#include "push-daemon/frames/form.h"
#include "tests/unit/push-daemon/replies.h"

enum {
    NOW_MS = 1000000, /* Redis' clock */
    PARTS_MAX = 8
};

#define ENTRY(ts) "{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"i\",\"ts\":" #ts "}"
#define JAVA_ENTRY(ts)                                                                             \
    "\"{\\\"groupId\\\":\\\"g\\\",\\\"userId\\\":\\\"u\\\",\\\"info\\\":\\\"i\\\",\\\"ts\\\":" #ts \
    "}\""
#define NEW(ts)                                                                                    \
    "{\"type\":\"message\",\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"i\",\"ts\":" #ts
#define FOREIGN(ts)   "{ \"ts\": " #ts ", \"info\": \"i\", \"userId\": \"u\" }"
#define AHEAD         87400000 /* a day ahead */
#define AHEAD_ENTRY   ENTRY(87400000)
#define AHEAD_NEW     NEW(87400000)
#define CLEAR(number) "{\"type\":\"clear\",\"at\":" #number "}"

/* An answer: what is missing is NULL. */
struct answer {
    const char *epoch, *at, *total, *proven;
    const char *entries[PARTS_MAX], *events[PARTS_MAX]; /* events: member, number, member... */
};

static enum config_encoding encoding; /* of what is read */

static void
add_texts(struct text *wire, const char *const *texts)
{
    size_t count = 0;

    while (count < PARTS_MAX && texts[count] != NULL) {
        count++;
    }
    text_add_str(wire, "*");
    text_add_int(wire, (int64_t)count);
    text_add_str(wire, "\r\n");
    for (size_t i = 0; i < count; i++) {
        text_add_str(wire, "$");
        text_add_int(wire, (int64_t)strlen(texts[i]));
        text_add_str(wire, "\r\n");
        text_add_str(wire, texts[i]);
        text_add_str(wire, "\r\n");
    }
}

static bool
read_wire(struct missed *m, const char *wire, size_t list_num)
{
    struct garbage garbage = {0};
    const struct missed_reader r = {.group = str_of("g"),
                                    .garbage = &garbage,
                                    .encoding = encoding,
                                    .list_num = list_num,
                                    .redis_ms = NOW_MS};
    struct reply *reply = wire != NULL ? reply_parse(wire) : NULL;
    bool ok = missed_read(m, &r, reply);

    reply_free(reply);
    return ok;
}

/* A further piece of a list. */
static bool
add_wire(struct missed *m, const char *wire, size_t list_num)
{
    struct garbage garbage = {0};
    const struct missed_reader r = {.group = str_of("g"),
                                    .garbage = &garbage,
                                    .encoding = encoding,
                                    .list_num = list_num,
                                    .redis_ms = NOW_MS};
    struct reply *reply = wire != NULL ? reply_parse(wire) : NULL;
    bool ok = missed_add(m, &r, reply);

    reply_free(reply);
    return ok;
}

/* Behind 9f3a01c4-`from`. */
static void
read_answer(struct missed *m, const struct answer *a, int64_t from, size_t list_num)
{
    struct text wire;

    *m = (struct missed){.from = position_make(BYTES("9f3a01c4"), from)};
    text_init(&wire);
    text_add_str(&wire, "*6\r\n$8\r\n");
    text_add_str(&wire, a->epoch != NULL ? a->epoch : "9f3a01c4");
    text_add_str(&wire, "\r\n:");
    text_add_str(&wire, a->at);
    text_add_str(&wire, "\r\n:");
    text_add_str(&wire, a->total != NULL ? a->total : "9");
    text_add_str(&wire, "\r\n:");
    text_add_str(&wire, a->proven != NULL ? a->proven : "1");
    text_add_str(&wire, "\r\n");
    add_texts(&wire, a->entries);
    add_texts(&wire, a->events);
    assert_true(read_wire(m, wire.bytes, list_num));
    text_fini(&wire);
}

/* Adds it as "AT JSON" and a line end. */
static void
note(void *arg, struct str json, int64_t at)
{
    text_add_int(arg, at);
    text_add_str(arg, " ");
    text_add(arg, json.p, json.len);
    text_add_str(arg, "\n");
}

static void
assert_frames(const struct missed *m, const char *wanted, size_t row)
{
    struct text all;

    text_init(&all);
    text_add_str(&all, "");
    missed_each(m, 0, note, &all);
    if (strcmp(all.bytes, wanted) != 0) {
        fail_msg("row %zu: got\n%swanted\n%s", row, all.bytes, wanted);
    }
    text_fini(&all);
}

static void
messages_and_events_are_merged_by_their_numbers(void **state)
{
    static const struct {
        struct answer answer;
        const char *frames;
        bool exact;
    } rows[] = {
        {{.at = "100"}, "", true},
        {{.at = "102", .entries = {ENTRY(101), ENTRY(102)}},
         "101 " NEW(101) "}\n102 " NEW(102) "}\n",
         true},
        {{.at = "103", .events = {"100 - " CLEAR(103), "103"}}, "103 " CLEAR(103) "\n", true},
        /* An event comes before the first message with a higher ts. */
        {{.at = "105",
          .entries = {ENTRY(101), ENTRY(104)},
          .events = {"101 - " CLEAR(102), "102", "101 7 " CLEAR(103), "103", "104 - " CLEAR(105),
                     "105"}},
         "101 " NEW(101) "}\n102 " CLEAR(102) "\n103 " CLEAR(103) "\n104 " NEW(104) "}\n"
                                                                                    "105 " CLEAR(
                                                                                        105) "\n",
         true},
        /* One with the same ts, of another writer, is not above the event. */
        {{.at = "102", .entries = {ENTRY(102)}, .events = {"101 - " CLEAR(102), "102"}},
         "102 " CLEAR(102) "\n102 " NEW(102) ",\"at\":102}\n",
         false},
        /* Late messages of other writers stay where they stand in the list. */
        {{.at = "102", .entries = {ENTRY(5), ENTRY(102), ENTRY(7)}},
         "100 " NEW(5) ",\"at\":100}\n102 " NEW(102) "}\n102 " NEW(7) ",\"at\":102}\n",
         false},
        {{.at = "103", .entries = {ENTRY(5)}, .events = {"0 - " CLEAR(103), "103"}},
         "100 " NEW(5) ",\"at\":100}\n103 " CLEAR(103) "\n",
         false}, /* it may have come behind the event */
        {{.at = "103", .entries = {ENTRY(5), ENTRY(102)}, .events = {"0 - " CLEAR(103), "103"}},
         "100 " NEW(5) ",\"at\":100}\n102 " NEW(102) "}\n103 " CLEAR(103) "\n",
         true},
        {{.at = "102", .entries = {AHEAD_ENTRY, ENTRY(102)}},
         "100 " AHEAD_NEW ",\"at\":100}\n102 " NEW(102) "}\n",
         true},
        /* Entries that are no message are passed over; those of others are made ours. */
        {{.at = "102", .entries = {"no", "", FOREIGN(101), "{}", ENTRY(102), "[]"}},
         "101 " NEW(101) "}\n102 " NEW(102) "}\n",
         true},
        {{.at = "102", .entries = {"no"}, .events = {"0 - " CLEAR(102), "102"}},
         "102 " CLEAR(102) "\n",
         true},
        /* What Redis would never say harms nobody. */
        {{.at = "103", .events = {"0 - " CLEAR(99), "99", "", "102", "x", "103", "odd"}},
         "100 " CLEAR(99) "\n102 \n103 \n",
         true},
    };

    (void)state;
    log_set_level(LOG_ERROR);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct missed m;

        read_answer(&m, &rows[i].answer, 100, 50);
        assert_true(m.proven);
        assert_frames(&m, rows[i].frames, i);
        assert_int_equal(m.exact, rows[i].exact);
        missed_fini(&m);
    }
}

#define LIST(at, messages)                                                                         \
    "{\"type\":\"list\",\"epoch\":\"9f3a01c4\",\"at\":" #at ",\"total\":9,\"list\":[" messages "]" \
    "}"

static void
what_is_not_proven_is_the_list(void **state)
{
    static const struct {
        struct answer answer;
        size_t list_num;
        const char *list;
        size_t count;
        bool exact;
    } rows[] = {
        {{.at = "0"}, 50, LIST(0, ""), 0, true},
        {{.at = "7"}, 50, LIST(7, ""), 0, false}, /* it was a recall, perhaps */
        {{.at = "2", .entries = {ENTRY(1), ENTRY(2)}}, 50, LIST(2, ENTRY(1) "," ENTRY(2)), 2, true},
        {{.at = "3", .entries = {ENTRY(1), ENTRY(2), ENTRY(3)}},
         2,
         LIST(3, ENTRY(2) "," ENTRY(3)),
         2,
         true},
        {{.at = "3", .entries = {ENTRY(3)}}, 0, LIST(3, ""), 0, false},
        {{.at = "3", .entries = {ENTRY(1), "no", ENTRY(3), "no"}},
         2,
         LIST(3, ENTRY(1) "," ENTRY(3)),
         2,
         true},
        {{.at = "3", .entries = {ENTRY(3), ENTRY(2)}}, 2, LIST(3, ENTRY(3) "," ENTRY(2)), 2, false},
        {{.at = "3", .entries = {ENTRY(3), ENTRY(2), "{\"userId\":{},\"info\":\"\",\"ts\":3}"}},
         2,
         LIST(3, ENTRY(3) "," ENTRY(2)),
         2,
         false},
        {{.at = "3", .entries = {FOREIGN(3)}}, 2, LIST(3, ENTRY(3)), 1, true},
    };

    (void)state;
    log_set_level(LOG_ERROR);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct answer answer = rows[i].answer;
        struct missed m;
        struct text wanted;

        answer.proven = "0";
        read_answer(&m, &answer, 100, rows[i].list_num);
        assert_false(m.proven);
        if (m.lacks) { /* there are older entries, which are no message */
            assert_true(add_wire(&m, "*3\r\n:0\r\n:0\r\n*1\r\n$2\r\nno\r\n", rows[i].list_num));
        }
        assert_false(m.lacks);
        assert_int_equal(m.count, rows[i].count);
        assert_int_equal(m.total, 9);
        assert_int_equal(m.exact, rows[i].exact);
        text_init(&wanted);
        note(&wanted, str_of(rows[i].list), m.now.at);
        assert_frames(&m, wanted.bytes, i);
        text_fini(&wanted);
        missed_fini(&m);
    }
}

static void
expect_place(const struct missed *m, int64_t position, const char *entry, size_t known)
{
    size_t length = strlen(entry), cut = length - CMD_PLACE_BYTES;
    struct trail_place next;

    assert_true(m->lacks);
    assert_true(trail_find(&m->trail, &next));
    assert_int_equal(next.place.position, position);
    assert_int_equal(next.place.step, -1);
    assert_int_equal(next.place.end, 0);
    assert_bytes(next.place.entry, str_of(entry + cut));
    assert_int_equal(next.known, known);
}

/* The next piece is asked for by the end of the oldest message, so what stands before that comes
 * again. */
static void
a_list_may_come_in_pieces(void **state)
{
    static const struct answer first = {
        .at = "8", .proven = "0", .entries = {"no", ENTRY(7), ENTRY(8)}};
    struct missed m;

    (void)state;
    log_set_level(LOG_ERROR);
    read_answer(&m, &first, 100, 4);
    expect_place(&m, 7, ENTRY(7), 1);
    assert_false(add_wire(&m, NULL, 4));
    assert_false(add_wire(&m, "-ERR no\r\n", 4));
    assert_false(add_wire(&m, "*3\r\n:0\r\n:0\r\n*0\r\n", 4)); /* the message is gone */
    assert_false(add_wire(&m, "*3\r\n:5\r\n:0\r\n*2\r\n$2\r\nxx\r\n$2\r\nno\r\n", 4));
    assert_true(add_wire(&m, "*3\r\n:3\r\n:0\r\n*2\r\n$2\r\nno\r\n$50\r\n" ENTRY(55555) "\r\n", 4));
    expect_place(&m, 3, ENTRY(55555), 0);
    assert_true(
        add_wire(&m, "*3\r\n:1\r\n:0\r\n*2\r\n$46\r\n" ENTRY(5) "\r\n$46\r\n" ENTRY(4) "\r\n", 4));
    assert_false(m.lacks);
    assert_int_equal(m.count, 4);
    assert_frames(&m, "8 " LIST(8, ENTRY(5) "," ENTRY(55555) "," ENTRY(7) "," ENTRY(8)) "\n", 0);
    missed_fini(&m);
}

/* One that was asked for so is what the answer has. */
static void
a_list_in_one_lacks_nothing(void **state)
{
    struct missed m = {.in_one = true};

    (void)state;
    assert_true(read_wire(
        &m, "*6\r\n$8\r\n9f3a01c4\r\n:8\r\n:9\r\n:0\r\n*1\r\n$46\r\n" ENTRY(8) "\r\n*0\r\n", 50));
    assert_false(m.lacks);
    assert_frames(&m, "8 " LIST(8, ENTRY(8)) "\n", 0);
    missed_fini(&m);
}

/* A string of JSON in which a message stands. */
static void
entries_may_be_those_of_java(void **state)
{
    static const struct answer list = {.at = "8", .proven = "0", .entries = {JAVA_ENTRY(8)}};
    static const struct answer proven = {.at = "101", .entries = {JAVA_ENTRY(101)}};
    struct missed m;

    (void)state;
    encoding = ENCODING_JAVA;
    read_answer(&m, &list, 100, 2);
    assert_true(m.lacks);
    assert_true(add_wire(&m, "*3\r\n:0\r\n:0\r\n*1\r\n$62\r\n" JAVA_ENTRY(7) "\r\n", 2));
    assert_frames(&m, "8 " LIST(8, ENTRY(7) "," ENTRY(8)) "\n", 0);
    missed_fini(&m);
    read_answer(&m, &proven, 100, 50);
    assert_frames(&m, "101 " NEW(101) "}\n", 1);
    missed_fini(&m);
    encoding = ENCODING_PLAIN;
}

static void
only_an_answer_of_the_script_is_read(void **state)
{
    static const char *const others[] = {
        NULL,
        "-ERR no\r\n",
        ":3\r\n",
        "$-1\r\n",
        "*0\r\n",
        "*5\r\n$8\r\n9f3a01c4\r\n:1\r\n:1\r\n:0\r\n*0\r\n",
        "*7\r\n$8\r\n9f3a01c4\r\n:1\r\n:1\r\n:0\r\n*0\r\n*0\r\n*0\r\n",
        "*6\r\n$8\r\n9f3a01cX\r\n:1\r\n:1\r\n:0\r\n*0\r\n*0\r\n",
        "*6\r\n$-1\r\n:1\r\n:1\r\n:0\r\n*0\r\n*0\r\n",
        "*6\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct missed m = {0};

        assert_false(read_wire(&m, others[i], 50));
        missed_fini(&m);
    }
}

/* ---- for whom it is ---- */

static const struct answer three = {
    .at = "104",
    .entries = {ENTRY(101), ENTRY(3), ENTRY(104)},
    .events = {"101 - " CLEAR(103), "103"},
};

/* Only at a message whose number is its ts is it certain what a client has. */
static void
a_client_lacks_what_stands_behind_its_position(void **state)
{
    static const struct {
        const char *epoch;
        int64_t at;
        size_t first; /* SIZE_MAX: the answer does not tell */
    } rows[] = {
        {"9f3a01c4", 100, 0},        {"9f3a01c4", 101, 1},        {"9f3a01c4", 104, 4},
        {"9f3a01c4", 103, SIZE_MAX}, /* an event: late messages may stand around it */
        {"9f3a01c4", 3, SIZE_MAX},   {"9f3a01c4", 99, SIZE_MAX},  {"9f3a01c4", 105, SIZE_MAX},
        {"9f3a01c5", 100, SIZE_MAX}, {"9f3a01c5", 101, SIZE_MAX}, {"", 0, SIZE_MAX},
    };
    struct answer list = three;
    struct missed m;

    (void)state;
    read_answer(&m, &three, 100, 50);
    assert_int_equal(m.count, 4);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct position p = position_make(str_of(rows[i].epoch), rows[i].at);

        assert_true(missed_find(&m, &p) == rows[i].first);
    }
    missed_fini(&m);
    list.proven = "0";
    read_answer(&m, &list, 100, 50);
    assert_true(missed_find(&m, &m.from) == SIZE_MAX);
    missed_fini(&m);
}

static void
expect_blob(const struct missed *m, size_t from, struct str wanted)
{
    struct blob *blob = missed_blob(m, from, &form_v2);

    assert_non_null(blob);
    assert_bytes(str_make(blob->bytes, blob->length), wanted);
    blob_unref(blob);
}

static void
the_frames_from_one_on_are_one_blob(void **state)
{
    static const struct answer list = {.at = "0", .proven = "0"};
    struct missed m;

    (void)state;
    read_answer(&m, &three, 100, 50);
    expect_blob(&m, 3, BYTES("\x81\x41" NEW(104) "}"));
    expect_blob(&m, 1,
                BYTES("\x81\x48" NEW(3) ",\"at\":101}\x81\x19" CLEAR(103) "\x81\x41" NEW(104) "}"));
    assert_null(missed_blob(&m, 4, &form_v2));
    missed_fini(&m);
    read_answer(&m, &list, 100, 50);
    expect_blob(&m, 0, BYTES("\x81\x3d" LIST(0, "")));
    missed_fini(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_and_events_are_merged_by_their_numbers),
        cmocka_unit_test(what_is_not_proven_is_the_list),
        cmocka_unit_test(a_list_may_come_in_pieces),
        cmocka_unit_test(a_list_in_one_lacks_nothing),
        cmocka_unit_test(entries_may_be_those_of_java),
        cmocka_unit_test(only_an_answer_of_the_script_is_read),
        cmocka_unit_test(a_client_lacks_what_stands_behind_its_position),
        cmocka_unit_test(the_frames_from_one_on_are_one_blob),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
