/* a_frame.h - WebSocket text frames for logs and rooms. */
#ifndef TESTS_UNIT_PUSHD_A_FRAME_H
#define TESTS_UNIT_PUSHD_A_FRAME_H

#include "push-daemon/frames/form.h"
#include "push-daemon/frames/framelog.h"

struct room;
void room_append(struct room *room, struct str frame, uint64_t hash, size_t max_bytes);

static inline void
append_text(struct framelog *log, struct str payload)
{
    struct blob *frame = form_blob(&form_v1, payload, NULL);

    framelog_append(log, str_make(frame->bytes, frame->length));
    blob_unref(frame);
}

static inline void
append_text_to_room(struct room *room, struct str payload, uint64_t hash, size_t max_bytes)
{
    struct blob *frame = form_blob(&form_v1, payload, NULL);

    room_append(room, str_make(frame->bytes, frame->length), hash, max_bytes);
    blob_unref(frame);
}

#endif
