/* form.h - the forms in which clients get their frames: Part 1, fastim.v2.
 *
 * A form is a table of functions. Room, sync and session write frames by it, and know no
 * protocol. */
#ifndef PUSH_FRAMES_FORM_H
#define PUSH_FRAMES_FORM_H

#include <stdint.h>

#include "lib/str.h"
#include "lib/text.h"
#include "push-daemon/core/close_reason.h"
#include "push-daemon/frames/blob.h"

/* Where a client of fastim.v2 stands when it has taken a frame (section 2 of the contract). */
struct form_position {
    struct str epoch;
    int64_t at;
};

struct form {
    const char *name;
    /* Adds one frame. position: NULL if the frame does not change it. */
    void (*add)(struct text *out, struct str json, const struct form_position *position);
    /* The last that a client gets, for this reason; NULL: nothing. The caller gets a reference. */
    struct blob *(*goodbye)(enum close_reason reason);
    const struct close_told *(*told)(enum close_reason reason);
    struct str ping; /* asks for a sign of life */
};

extern const struct form form_v1;
extern const struct form form_v2;

/* One frame for some clients; the caller holds one reference. */
struct blob *form_blob(const struct form *form, struct str json,
                       const struct form_position *position);

#endif
