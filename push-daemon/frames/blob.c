/* blob.c - whole frames that several clients share. */
#include "push-daemon/frames/blob.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "push-daemon/frames/frame.h"

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
blob_of(struct str frames)
{
    struct blob *b = mem_alloc(sizeof(*b) + frames.len);

    b->references = 1;
    b->length = frames.len;
    memcpy(b->bytes, frames.p, frames.len);
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
