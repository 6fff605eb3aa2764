/* outbox.c - frames for one client alone, waiting for its socket. */
#include "push-daemon/frames/outbox.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "lib/mem.h"
#include "push-daemon/frames/frame.h"

struct outbox_item {
    struct outbox_item *prev;
    struct outbox_item *next;
    struct blob *blob;
};

struct blob *
blob_text_frame(struct str payload)
{
    unsigned char head[FRAME_HEAD_MAX];
    size_t head_length = frame_text_head(head, payload.len);
    struct blob *b = mem_alloc(sizeof(*b) + head_length + payload.len);

    b->references = 1;
    b->length = head_length + payload.len;
    memcpy(b->bytes, head, head_length);
    if (payload.len > 0) {
        memcpy(b->bytes + head_length, payload.p, payload.len);
    }
    return b;
}

struct blob *
blob_close_frame(int code)
{
    struct blob *b = mem_alloc(sizeof(*b) + FRAME_CLOSE_BYTES);

    b->references = 1;
    b->length = FRAME_CLOSE_BYTES;
    frame_close((unsigned char *)b->bytes, code);
    return b;
}

struct blob *
blob_ref(struct blob *b)
{
    b->references++;
    return b;
}

void
blob_unref(struct blob *b)
{
    if (b != NULL && --b->references == 0) {
        free(b);
    }
}

void
outbox_sent(struct outbox *o)
{
    struct outbox_item *item = o->head;

    DL_DELETE(o->head, item);
    o->count--;
    blob_unref(item->blob);
    free(item);
}

void
outbox_clear(struct outbox *o)
{
    while (o->head != NULL) {
        outbox_sent(o);
    }
}

bool
outbox_push(struct outbox *o, struct blob *b)
{
    struct outbox_item *item;

    if (o->count >= OUTBOX_MAX_FRAMES) {
        return false;
    }
    item = mem_zalloc(sizeof(*item));
    item->blob = blob_ref(b);
    DL_APPEND(o->head, item);
    o->count++;
    return true;
}

struct str
outbox_next(const struct outbox *o)
{
    return o->head != NULL ? str_make(o->head->blob->bytes, o->head->blob->length)
                           : str_make("", 0);
}
