/* blob.h - whole frames that several clients share; counted references. */
#ifndef PUSH_FRAMES_BLOB_H
#define PUSH_FRAMES_BLOB_H

#include <stddef.h>

#include "lib/str.h"

struct blob {
    unsigned references;
    size_t length;
    char bytes[];
};

/* One text frame with that payload; the caller holds one reference. */
struct blob *blob_text_frame(struct str payload);
struct blob *blob_of(struct str frames); /* a copy of frames that are there; not empty */
struct blob *blob_ref(struct blob *b);
void blob_unref(struct blob *b); /* NULL is fine */

size_t blob_bytes_held(void); /* of all blobs that there are, each counted once */

#endif
