/* blob.c - whole frames that several clients share. */
#include "push-daemon/frames/blob.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "push-daemon/frames/frame.h"

static size_t bytes_held; /* by this process */

static struct blob *
blob_make(size_t length)
{
    struct blob *b = mem_alloc(sizeof(*b) + length);

    b->references = 1;
    b->length = length;
    b->place = NULL;
    bytes_held += length;
    return b;
}

struct blob *
blob_text_frame(struct str payload)
{
    unsigned char head[FRAME_HEAD_MAX];
    size_t head_length = frame_text_head(head, payload.len);
    struct blob *b = blob_make(head_length + payload.len);

    memcpy(b->bytes, head, head_length);
    if (payload.len > 0) {
        memcpy(b->bytes + head_length, payload.p, payload.len);
    }
    return b;
}

struct blob *
blob_of(struct str frames)
{
    struct blob *b = blob_make(frames.len);

    memcpy(b->bytes, frames.p, frames.len);
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
        if (b->place != NULL) {
            blob_forget(b->place);
        }
        bytes_held -= b->length;
        free(b);
    }
}

void
blob_forget(struct blob **place)
{
    if (*place != NULL) {
        (*place)->place = NULL;
        *place = NULL;
    }
}

void
blob_watch(struct blob *b, struct blob **place)
{
    blob_forget(place);
    if (b->place != NULL) {
        blob_forget(b->place);
    }
    b->place = place;
    *place = b;
}

size_t
blob_bytes_held(void)
{
    return bytes_held;
}
