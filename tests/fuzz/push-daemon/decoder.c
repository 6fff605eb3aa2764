/* decoder.c - any bytes as the frames of a client: however they are cut on their way, the same
 * messages and control frames come of them.
 *
 * The first byte says how large the portions are. */
#include "push-daemon/net/decoder.h"

#include "tests/fuzz/fuzz.h"

/* What is told of the bytes, in portions of that size: each event, its bytes, and the ends. */
static void
tell(struct text *out, struct str bytes, size_t portion)
{
    struct decoder d = {0};
    enum decoder_event event = DECODER_MORE;

    for (size_t from = 0; from < bytes.len && event != DECODER_VIOLATION; from += portion) {
        size_t length = bytes.len - from < portion ? bytes.len - from : portion;
        char *copy = malloc(length), *at = copy;
        struct ws_piece piece;

        memcpy(copy, bytes.p + from, length);
        while ((event = decoder_next(&d, &at, copy + length, &piece)) != DECODER_MORE) {
            CHECK(at <= copy + length);
            if (event == DECODER_VIOLATION) {
                text_add_str(out, "violation");
                break;
            }
            if (event != DECODER_PIECE) {
                CHECK(piece.bytes.len <= DECODER_CONTROL_MAX && piece.first && piece.last);
                text_add_int(out, event);
            }
            text_add_str(out, event == DECODER_PIECE && piece.first ? "<" : "");
            text_add_str(out, event == DECODER_PIECE && piece.first && piece.binary ? "b" : "");
            text_add(out, piece.bytes.p, piece.bytes.len);
            text_add_str(out, piece.last ? ">" : "");
        }
        CHECK(event == DECODER_VIOLATION || at == copy + length);
        free(copy);
    }
    decoder_fini(&d);
}

static void
fuzz(struct str input)
{
    struct text at_once, cut;
    struct str bytes;

    if (input.len < 2) {
        return;
    }
    bytes = str_make(input.p + 1, input.len - 1);
    text_init(&at_once);
    text_init(&cut);
    tell(&at_once, bytes, bytes.len);
    tell(&cut, bytes, (size_t)(unsigned char)input.p[0] + 1);
    CHECK(str_equal(text_str(&at_once), text_str(&cut)));
    text_fini(&at_once);
    text_fini(&cut);
}
