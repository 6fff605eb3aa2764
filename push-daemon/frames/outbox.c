/* outbox.c - frames for one client alone, waiting for its socket. */
#include "push-daemon/frames/outbox.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/mem.h"

struct outbox_item {
    struct outbox_item *prev;
    struct outbox_item *next;
    struct blob *blob;
    size_t sent; /* bytes of it */
};

static size_t
outbox_left_of_first(const struct outbox *o)
{
    return o->head != NULL ? o->head->blob->length - o->head->sent : 0;
}

void
outbox_sent(struct outbox *o, size_t bytes)
{
    struct outbox_item *item = o->head;

    item->sent += bytes;
    o->bytes -= bytes;
    if (item->sent == item->blob->length) {
        DL_DELETE(o->head, item);
        o->count--;
        blob_unref(item->blob);
        free(item);
    }
}

void
outbox_clear(struct outbox *o)
{
    while (o->head != NULL) {
        outbox_sent(o, outbox_left_of_first(o));
    }
}

/* A blob is held as long as one client has not sent it, so frames are counted in bytes as well. */
bool
outbox_push(struct outbox *o, struct blob *b)
{
    struct outbox_item *item;

    if (o->count >= OUTBOX_MAX_FRAMES ||
        (o->count > 0 && o->bytes - outbox_left_of_first(o) + b->length > OUTBOX_MAX_BYTES)) {
        return false;
    }
    item = mem_zalloc(sizeof(*item));
    item->blob = blob_ref(b);
    DL_APPEND(o->head, item);
    o->count++;
    o->bytes += b->length;
    return true;
}

struct str
outbox_next(const struct outbox *o)
{
    size_t left = outbox_left_of_first(o);

    return left > 0 ? str_make(o->head->blob->bytes + o->head->sent,
                               left < OUTBOX_PIECE_BYTES ? left : OUTBOX_PIECE_BYTES)
                    : str_make("", 0);
}

bool
outbox_is_large(const struct outbox *o)
{
    return o->head != NULL && o->head->blob->length > OUTBOX_PIECE_BYTES;
}

bool
outbox_is_inside(const struct outbox *o)
{
    return o->head != NULL && o->head->sent > 0;
}
