/* inbox.c - what comes in from one client. */
#include "push-daemon/client/inbox.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/mem.h"

struct preauth {
    struct preauth *next;
    struct ws_piece piece; /* its bytes stand below */
    char bytes[];
};

/* Usually a message comes in one piece. Then it is not copied. */
enum inbox_result
inbox_add(struct inbox *in, const struct ws_piece *piece, size_t max, struct str *text)
{
    if (in->partial_len + piece->bytes.len > max) {
        return INBOX_TOO_BIG;
    }
    if (piece->last && in->partial_len == 0) {
        *text = piece->bytes;
        return INBOX_TEXT;
    }
    if (piece->bytes.len > 0) {
        in->partial = mem_resize(in->partial, in->partial_len + piece->bytes.len);
        memcpy(in->partial + in->partial_len, piece->bytes.p, piece->bytes.len);
        in->partial_len += piece->bytes.len;
    }
    if (!piece->last) {
        return INBOX_MORE;
    }
    *text = str_make(in->partial, in->partial_len);
    return INBOX_TEXT;
}

void
inbox_next(struct inbox *in)
{
    free(in->partial);
    in->partial = NULL;
    in->partial_len = 0;
}

void
inbox_keep(struct inbox *in, const struct ws_piece *piece)
{
    struct preauth *kept = mem_alloc(sizeof(*kept) + piece->bytes.len);

    kept->piece = *piece;
    kept->piece.bytes.p = kept->bytes;
    if (piece->bytes.len > 0) {
        memcpy(kept->bytes, piece->bytes.p, piece->bytes.len);
    }
    LL_APPEND(in->preauth, kept);
}

struct preauth *
inbox_take_kept(struct inbox *in, struct ws_piece *piece)
{
    struct preauth *kept = in->preauth;

    if (kept != NULL) {
        in->preauth = kept->next;
        *piece = kept->piece;
    }
    return kept;
}

void
inbox_free_kept(struct preauth *kept)
{
    free(kept);
}

void
inbox_clear(struct inbox *in)
{
    struct ws_piece piece;
    struct preauth *kept;

    while ((kept = inbox_take_kept(in, &piece)) != NULL) {
        free(kept);
    }
    inbox_next(in);
}
