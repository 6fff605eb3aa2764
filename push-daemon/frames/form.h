/* form.h - the forms in which clients get their frames: Part 1, fastim.v2, and
 * its event stream.
 *
 * A form is a table of functions. Room, sync and session write frames by it, and know no
 * protocol. */
#ifndef PUSH_FRAMES_FORM_H
#define PUSH_FRAMES_FORM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"
#include "lib/text.h"
#include "push-daemon/core/close_reason.h"
#include "push-daemon/frames/blob.h"
#include "push-daemon/frames/position.h"

struct form {
    const char *name;
    /* Adds one frame. position: where a client stands that has taken it; NULL: where it stood. */
    void (*add)(struct text *out, struct str json, const struct position *position);
    /* The last that a client gets, for this reason; NULL: nothing. The caller gets a reference.
     * retry_ms: it may come again after so long; 0: that is not known. */
    struct blob *(*goodbye)(enum close_reason reason, int64_t retry_ms);
    const struct close_told *(*told)(enum close_reason reason);
    struct str ping; /* asks for a sign of life */
    bool is_one_way; /* its clients give none: that they take what they are sent has to do */
};

extern const struct form form_v1;
extern const struct form form_v2;
extern const struct form form_sse;

/* One frame for some clients; the caller holds one reference. */
struct blob *form_blob(const struct form *form, struct str json, const struct position *position);

#endif
