/* test_decoder.c - the frames that a WebSocket client sends, as they come in. */
#include "push-daemon/net/decoder.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/text.h"
#include "tests/unit/unit.h"

/* What a decoder tells of bytes that come in portions of that size: messages as <text>, or
 * <bbinary>; control frames as (ping …), (pong …), (close …); ! for a violation. */
static const char *
decode(struct str bytes, size_t portion)
{
    static char told[4096];
    static const char *const controls[] = {"ping ", "pong ", "close "};
    struct decoder d = {0};
    struct text out;

    text_init(&out);
    for (size_t from = 0; from < bytes.len; from += portion) {
        size_t length = bytes.len - from < portion ? bytes.len - from : portion;
        char *copy = malloc(length), *at = copy; /* of its own size, for valgrind */
        enum decoder_event event;
        struct ws_piece piece;

        memcpy(copy, bytes.p + from, length);
        while ((event = decoder_next(&d, &at, copy + length, &piece)) != DECODER_MORE) {
            if (event == DECODER_VIOLATION) {
                text_add_str(&out, "!");
                break;
            }
            if (event != DECODER_PIECE) {
                text_add_str(&out, "(");
                text_add_str(&out, controls[event - DECODER_PING]);
                text_add(&out, piece.bytes.p, piece.bytes.len);
                text_add_str(&out, ")");
                continue;
            }
            text_add_str(&out, piece.first ? "<" : "");
            text_add_str(&out, piece.first && piece.binary ? "b" : "");
            text_add(&out, piece.bytes.p, piece.bytes.len);
            text_add_str(&out, piece.last ? ">" : "");
        }
        assert_true(event == DECODER_VIOLATION || at == copy + length);
        free(copy);
        if (event == DECODER_VIOLATION) {
            break;
        }
    }
    decoder_fini(&d);
    assert_in_range(out.len, 0, sizeof(told) - 1);
    memcpy(told, out.bytes != NULL ? out.bytes : "", out.len + 1);
    text_fini(&out);
    return told;
}

/* In portions of every size it is told the same. */
static void
assert_decoded(struct str bytes, const char *wanted)
{
    for (size_t portion = 1; portion <= bytes.len; portion++) {
        assert_string_equal(decode(bytes, portion), wanted);
    }
}

#define MASK "\1\2\3\4"
#define ZERO "\0\0\0\0"

static void
frames_become_pieces(void **state)
{
    (void)state;
    /* RFC 6455, section 5.7 */
    assert_decoded(BYTES("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), "<Hello>");
    assert_decoded(BYTES("\x81\x80" MASK), "<>");
    assert_decoded(BYTES("\x82\x81" ZERO "x"), "<bx>");
    assert_decoded(BYTES("\x01\x81" ZERO "a\x00\x81" ZERO "b\x80\x81" ZERO "c\x81\x81" ZERO "d"),
                   "<abc><d>");
    assert_decoded(BYTES("\x02\x81" ZERO "a\x80\x80" ZERO "\x81\x81" ZERO "d"), "<ba><d>");
    assert_decoded(BYTES("\x01\x80" ZERO "\x80\x80" ZERO), "<>");
}

static void
control_frames_come_between_fragments(void **state)
{
    (void)state;
    assert_decoded(BYTES("\x01\x81" ZERO "a\x89\x81\x01\x02\x03\x04yy"
                         "\x80\x00"),
                   "<a(ping x)!");
    assert_decoded(BYTES("\x01\x81" ZERO "a\x89\x82" ZERO "hi\x8a\x80" ZERO "\x80\x81" ZERO "b"
                         "\x88\x82" ZERO "ok"),
                   "<a(ping hi)(pong )b>(close ok)");
}

static void
lengths_are_read(void **state)
{
    static const size_t lengths[] = {125, 126, 127, 1000};
    char bytes[1100], wanted[1100];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        size_t length = lengths[i], head = length < 126 ? 6 : 8;

        memcpy(bytes, length < 126 ? "\x81\xfd" ZERO : "\x81\xfe\x00\x00" ZERO, head);
        if (length >= 126) {
            bytes[2] = (char)(length >> 8);
            bytes[3] = (char)length;
        }
        memset(bytes + head, 'x', length);
        snprintf(wanted, sizeof(wanted), "<%.*s>", (int)length, bytes + head);
        assert_decoded(str_make(bytes, head + length), wanted);
    }
    assert_decoded(BYTES("\x81\xff\0\0\0\0\0\0\0\x01" ZERO "x"), "<x>");
    assert_decoded(BYTES("\x81\xfe\0\x01" ZERO "x"), "<x>");
}

/* Any length and place of the payload is unmasked. */
static void
payloads_are_unmasked(void **state)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz012345";
    char bytes[100] = "\x81\xa0\x11\x22\x33\x44", wanted[100];

    (void)state;
    for (size_t i = 0; i < 32; i++) {
        bytes[6 + i] = (char)(plain[i] ^ bytes[2 + i % 4]);
    }
    snprintf(wanted, sizeof(wanted), "<%s>", plain);
    assert_decoded(str_make(bytes, 38), wanted);
}

static void
what_breaks_the_rules_is_told(void **state)
{
    const struct str rows[] = {
        BYTES("\x81\x01x"),     /* not masked */
        BYTES("\xc1\x80" ZERO), /* reserved bits */
        BYTES("\xa1\x80" ZERO),
        BYTES("\x91\x80" ZERO),
        BYTES("\x83\x80" ZERO), /* opcodes */
        BYTES("\x87\x80" ZERO),
        BYTES("\x8b\x80" ZERO),
        BYTES("\x8f\x80" ZERO),
        BYTES("\x80\x80" ZERO),       /* nothing to continue */
        BYTES("\x09\x80" ZERO),       /* a control frame in fragments */
        BYTES("\x89\xfe\0\x7e" ZERO), /* one of 126 bytes */
        BYTES("\x88\xfe\0\x7e" ZERO),
        BYTES("\x81\xff\x80\0\0\0\0\0\0\0" ZERO), /* a length of 64 bits */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_decoded(rows[i], "!");
    }
    assert_decoded(BYTES("\x01\x81" ZERO "a\x81\x81" ZERO "b"),
                   "<a!"); /* a new message within one */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_become_pieces),
        cmocka_unit_test(control_frames_come_between_fragments),
        cmocka_unit_test(lengths_are_read),
        cmocka_unit_test(payloads_are_unmasked),
        cmocka_unit_test(what_breaks_the_rules_is_told),
    };

    return cmocka_run_group_tests_name("decoder", tests, NULL, NULL);
}
