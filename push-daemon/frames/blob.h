/* blob.h - whole frames that several clients share; counted references. */
#ifndef PUSH_FRAMES_BLOB_H
#define PUSH_FRAMES_BLOB_H

#include <stddef.h>

#include "lib/str.h"

struct blob {
    unsigned references;
    size_t length;
    struct blob **place; /* that blob_watch() was told; or NULL */
    char bytes[];
};

/* One text frame with that payload; the caller holds one reference. */
struct blob *blob_text_frame(struct str payload);
struct blob *blob_of(struct str frames); /* a copy of frames that are there; not empty */
struct blob *blob_ref(struct blob *b);
void blob_unref(struct blob *b); /* NULL is fine */

/* *place points to it, without a reference: it becomes NULL when the blob goes, or another place is
 * named. Who frees the place forgets the blob first. */
void blob_watch(struct blob *b, struct blob **place);
void blob_forget(struct blob **place); /* *place becomes NULL; it may be already */

size_t blob_bytes_held(void); /* of all blobs that there are, each counted once */

#endif
