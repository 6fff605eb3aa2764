/* test_inbox.c - what comes in from one client: put together, or kept for later. */
#include "push-daemon/client/inbox.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

enum {
    MAX = 10
};

/* A row's pieces stand behind each other, as "he,l,lo": the last one is the end of the message. */
static enum inbox_result
add_all(struct inbox *in, const char *pieces, struct str *text)
{
    for (bool last = false;; pieces += strcspn(pieces, ",") + 1) {
        /* A copy of exactly its size: nobody may use it once the next piece comes. */
        size_t len = strcspn(pieces, ",");
        char *copy = malloc(len + 1);
        enum inbox_result result;

        last = pieces[len] == '\0';
        memcpy(copy, pieces, len);
        result = inbox_add(in, &(struct ws_piece){.bytes = {copy, len}, .last = last}, MAX, text);
        if (result == INBOX_TEXT && len > 0 && text->p == copy) {
            *text = str_make(pieces, text->len); /* it was not copied */
        }
        free(copy);
        if (result != INBOX_MORE || last) {
            return result;
        }
    }
}

static void
inbox_puts_pieces_together(void **state)
{
    static const struct {
        const char *pieces;
        enum inbox_result result;
        const char *text;
    } rows[] = {
        {"hello", INBOX_TEXT, "hello"},
        {"he,l,lo", INBOX_TEXT, "hello"},
        {",hello", INBOX_TEXT, "hello"},
        {"hello,", INBOX_TEXT, "hello"},
        {"he,,llo", INBOX_TEXT, "hello"},
        {"", INBOX_TEXT, ""},
        {",,", INBOX_TEXT, ""},
        {"0123456789", INBOX_TEXT, "0123456789"},
        {"01234,56789", INBOX_TEXT, "0123456789"},
        {"0123456789,", INBOX_TEXT, "0123456789"},
        {"0123456789x", INBOX_TOO_BIG, ""},
        {"01234,56789x,y", INBOX_TOO_BIG, ""},
        {"0123456789,x", INBOX_TOO_BIG, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct inbox in = {0};
        struct str text = BYTES("");

        assert_int_equal(add_all(&in, rows[i].pieces, &text), rows[i].result);
        if (rows[i].result == INBOX_TEXT) {
            assert_bytes(text, str_of(rows[i].text));
        }
        inbox_next(&in);
        assert_int_equal(add_all(&in, "ab,c", &text),
                         INBOX_TEXT); /* nothing is left of the last one */
        assert_bytes(text, BYTES("abc"));
        inbox_clear(&in);
        assert_null(in.partial);
    }
}

static void
inbox_keeps_pieces_in_order_as_they_came(void **state)
{
    struct inbox in = {0};
    char bytes[] = "one";
    struct ws_piece piece = {.bytes = {bytes, 3}, .first = true};
    struct preauth *kept;

    (void)state;
    assert_false(inbox_has_kept(&in));
    inbox_keep(&in, &piece);
    bytes[0] = 'x';
    inbox_keep(&in, &(struct ws_piece){.bytes = {NULL, 0}, .last = true, .binary = true});
    assert_true(inbox_has_kept(&in));

    kept = inbox_take_kept(&in, &piece);
    assert_bytes(piece.bytes, BYTES("one"));
    assert_true(piece.first && !piece.last && !piece.binary);
    inbox_free_kept(kept);
    kept = inbox_take_kept(&in, &piece);
    assert_bytes(piece.bytes, BYTES(""));
    assert_true(!piece.first && piece.last && piece.binary);
    inbox_free_kept(kept);
    assert_null(inbox_take_kept(&in, &piece));
    assert_false(inbox_has_kept(&in));
}

static void
inbox_forgets_all_when_cleared(void **state)
{
    struct inbox in = {0};
    struct str text;

    (void)state;
    inbox_keep(&in, &(struct ws_piece){.bytes = BYTES("kept")});
    assert_int_equal(inbox_add(&in, &(struct ws_piece){.bytes = BYTES("par")}, MAX, &text),
                     INBOX_MORE);
    inbox_clear(&in);
    assert_false(inbox_has_kept(&in));
    assert_int_equal(add_all(&in, "whole", &text), INBOX_TEXT);
    assert_bytes(text, BYTES("whole"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inbox_puts_pieces_together),
        cmocka_unit_test(inbox_keeps_pieces_in_order_as_they_came),
        cmocka_unit_test(inbox_forgets_all_when_cleared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
