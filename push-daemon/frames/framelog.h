/* framelog.h - a group's messages as ready-made frames, one behind the other.
 *
 *      dropped        |<---------- held ---------->|
 *     ................[frame][frame][frame][frame]..      offsets count all bytes ever appended
 *                     ^base         ^cursor        ^end
 *
 * A client is a cursor into it: an offset at which a frame begins. What lies between its cursor and
 * the end goes out in one call, be it one message or fifty. */
#ifndef PUSH_FRAMES_FRAMELOG_H
#define PUSH_FRAMES_FRAMELOG_H

#include <stddef.h>
#include <stdint.h>

#include "lib/str.h"
#include "push-daemon/frames/blob.h"

struct framelog {
    char *bytes; /* the held frames begin at bytes + start */
    size_t start;
    size_t length;  /* of the held frames */
    size_t room;    /* allocated */
    uint64_t base;  /* offset of the first held byte */
    uint64_t *ends; /* where each held frame ends, from ends[first_end] on */
    size_t first_end;
    size_t end_count;
    size_t end_room;
    struct blob *shared; /* of framelog_share(); or NULL */
    uint64_t shared_at;
};

void framelog_init(struct framelog *log);
void framelog_fini(struct framelog *log);

static inline uint64_t
framelog_base(const struct framelog *log)
{
    return log->base;
}

static inline uint64_t
framelog_end(const struct framelog *log)
{
    return log->base + log->length;
}

/* Appends one frame, ready-made (form.h). */
void framelog_append(struct framelog *log, struct str frame);

/* The frames from cursor on: as many as fit in most bytes, but at least one; empty at the end.
 * cursor must lie between base and end. Valid until the log is changed. */
struct str framelog_span(const struct framelog *log, uint64_t cursor, size_t most);

/* The span that framelog_span() has just given for cursor, as a blob; the caller gets a reference.
 * Clients that ask for the same frame share it, as long as the log holds the frame. */
struct blob *framelog_share(struct framelog *log, uint64_t cursor, struct str span);

/* Where the frame ends that holds the byte in front of offset, which is above base. */
uint64_t framelog_frame_end(const struct framelog *log, uint64_t offset);

/* How many frames end in (from, to]. */
size_t framelog_count(const struct framelog *log, uint64_t from, uint64_t to);

/* Drops the frames that end at or before offset. Gives memory back when none is left. */
void framelog_drop(struct framelog *log, uint64_t offset);

/* Drops the oldest frames until at most so many bytes are held. The newest one stays. */
void framelog_bound(struct framelog *log, size_t most);

#endif
