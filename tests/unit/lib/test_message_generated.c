/* test_message_generated.c - what holds for every message: tens of thousands, from a fixed seed. */
#include "lib/message.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

static uint64_t random_state;

static uint32_t
random_below(uint32_t n)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % n;
}

static struct str
random_text(char *out, uint32_t most)
{
    static const char *const pieces[] = {
        "a",          "b",
        "1",          "\"",
        "\\",         "\n",
        "\t",         "\x01",
        "\x1f",       "\x7f",
        "/",          "ts",
        "\xc3\xa9",   "\xe4\xbd\xa0",
        "{",          "}",
        "\",\"ts\":", "\xe2\x80\xa8",
        "u00",        "\xf0\x9f\x98\x80",
        " ",
    };
    size_t len = 0;

    for (uint32_t i = random_below(most); i > 0; i--) {
        const char *piece = pieces[random_below(sizeof(pieces) / sizeof(pieces[0]))];

        memcpy(out + len, piece, strlen(piece));
        len += strlen(piece);
    }
    if (random_below(8) == 0) {
        out[len++] = '\0';
    }
    return str_make(out, len);
}

static void
random_message(struct text *out, struct str *group, char *room)
{
    struct str user, info;

    *group = random_text(room, 8);
    user = random_text(room + 100, 8);
    info = random_text(room + 200, 20);
    text_clear(out);
    message_add(out, *group, user, info,
                ((int64_t)random_below(1u << 22) << 31 | random_below(1u << 31)) >>
                    random_below(53));
}

static void
assert_recoded(struct str group, struct str stored, struct str wanted, int64_t wanted_ts)
{
    struct text out;
    int64_t ts = -1;

    text_init(&out);
    assert_true(message_recode(&out, group, stored, &ts));
    assert_bytes(text_str(&out), wanted);
    assert_int_equal(ts, wanted_ts);
    text_fini(&out);
}

static void
message_that_we_wrote_recodes_to_itself_by_either_way(void **state)
{
    struct text ours, spaced;
    struct str group;
    char room[400];

    (void)state;
    random_state = 1;
    text_init(&ours);
    text_init(&spaced);
    for (int i = 0; i < 20000; i++) {
        int64_t ts;

        random_message(&ours, &group, room);
        ts = strtoll(strrchr(ours.bytes, ':') + 1, NULL, 10);
        assert_recoded(group, text_str(&ours), text_str(&ours), ts);
        text_clear(&spaced);
        text_add_str(&spaced, " "); /* this form is not ours: it goes the general way */
        text_add(&spaced, ours.bytes, ours.len);
        assert_recoded(group, text_str(&spaced), text_str(&ours), ts);
    }
    text_fini(&ours);
    text_fini(&spaced);
}

static void
mutate(struct text *t)
{
    static const char alphabet[] = "\"\\{}:,0123456789eE.-tsuinfx \n\x01\x80\xc3\xff";
    uint32_t times = 1 + random_below(3);

    while (times-- > 0 && t->len > 1) {
        uint32_t at = random_below((uint32_t)t->len);

        switch (random_below(4)) {
        case 0:
            t->bytes[at] = alphabet[random_below(sizeof(alphabet) - 1)];
            break;
        case 1:
            memmove(t->bytes + at, t->bytes + at + 1, t->len - at); /* with the NUL */
            t->len--;
            break;
        case 2:
            text_add(t, "", 1);
            memmove(t->bytes + at + 1, t->bytes + at, t->len - 1 - at);
            t->bytes[at] = alphabet[random_below(sizeof(alphabet) - 1)];
            break;
        default:
            t->bytes[at] = (char)random_below(256);
            break;
        }
    }
}

/* Whatever comes: refused by both ways, or taken by both with the same result, which is our
 * form. */
static void
message_with_bytes_changed_is_refused_or_comes_out_in_our_form(void **state)
{
    struct text given, spaced, by_fast, by_general, again;
    struct str group;
    char room[400];
    int taken = 0;

    (void)state;
    random_state = 2;
    text_init(&given);
    text_init(&spaced);
    text_init(&by_fast);
    text_init(&by_general);
    text_init(&again);
    for (int i = 0; i < 60000; i++) {
        int64_t fast_ts = -1, general_ts = -1;
        bool fast, general;

        random_message(&given, &group, room);
        mutate(&given);
        text_clear(&spaced);
        text_add_str(&spaced, " ");
        text_add(&spaced, given.bytes, given.len);
        text_clear(&by_fast);
        text_clear(&by_general);
        fast = message_recode(&by_fast, group, text_str(&given), &fast_ts);
        general = message_recode(&by_general, group, text_str(&spaced), &general_ts);
        if (fast != general) {
            fail_msg("fast %d, general %d: %.*s", fast, general, (int)given.len, given.bytes);
        }
        assert_bytes(text_str(&by_fast), text_str(&by_general));
        if (!fast) {
            assert_int_equal(by_fast.len, 0);
            continue;
        }
        taken++;
        assert_int_equal(fast_ts, general_ts);
        text_clear(&again);
        assert_true(message_recode(&again, group, text_str(&by_fast), NULL));
        assert_bytes(text_str(&again), text_str(&by_fast));
    }
    assert_in_range(taken, 5000, 55000); /* else the generator has lost its use */
    text_fini(&given);
    text_fini(&spaced);
    text_fini(&by_fast);
    text_fini(&by_general);
    text_fini(&again);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_that_we_wrote_recodes_to_itself_by_either_way),
        cmocka_unit_test(message_with_bytes_changed_is_refused_or_comes_out_in_our_form),
    };

    return cmocka_run_group_tests_name("message, generated", tests, NULL, NULL);
}
