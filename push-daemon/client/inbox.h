/* inbox.h - what comes in from one client: puts pieces together, or keeps them for later. */
#ifndef PUSH_CLIENT_INBOX_H
#define PUSH_CLIENT_INBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/str.h"
#include "push-daemon/net/ws_piece.h"

/* All zero: empty. */
struct inbox {
    struct preauth *preauth; /* pieces that came before the client was let in, in order */
    char *partial;           /* the message that is not whole yet */
    size_t partial_len;
};

enum inbox_result {
    INBOX_MORE,   /* the message is not whole yet */
    INBOX_TEXT,   /* it is whole */
    INBOX_TOO_BIG /* it is longer than max bytes */
};

/* Takes the next piece of a message. INBOX_TEXT: *text is the whole message. It is valid until
 * inbox_next() is called, or until the bytes of the piece are gone. */
enum inbox_result inbox_add(struct inbox *in, const struct ws_piece *piece, size_t max,
                            struct str *text);
void inbox_next(struct inbox *in);

/* Keeps a copy of a piece for later. */
void inbox_keep(struct inbox *in, const struct ws_piece *piece);

/* Takes out the oldest kept piece, for inbox_free_kept(). NULL: there is none. */
struct preauth *inbox_take_kept(struct inbox *in, struct ws_piece *piece);
void inbox_free_kept(struct preauth *kept);

static inline bool
inbox_has_kept(const struct inbox *in)
{
    return in->preauth != NULL;
}

void inbox_clear(struct inbox *in);

#endif
