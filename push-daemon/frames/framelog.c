/* framelog.c - a group's messages as ready-made frames, one behind the other. */
#include "push-daemon/frames/framelog.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

enum {
    KEEP_BYTES = 4096 /* an empty log holds on to no more memory than this */
};

void
framelog_init(struct framelog *log)
{
    memset(log, 0, sizeof(*log));
}

void
framelog_fini(struct framelog *log)
{
    free(log->bytes);
    free(log->ends);
    blob_unref(log->shared);
    framelog_init(log);
}

/* Makes room for more bytes behind the held ones: moves these to the front, or grows. */
static void
framelog_make_room(struct framelog *log, size_t more)
{
    if (log->start + log->length + more <= log->room) {
        return;
    }
    if (log->start > 0) {
        memmove(log->bytes, log->bytes + log->start, log->length);
        log->start = 0;
    }
    if (2 * (log->length + more) > log->room) { /* half of it free, so that moves stay rare */
        log->room = 2 * (log->length + more);
        log->bytes = mem_resize(log->bytes, log->room);
    }
}

static void
framelog_add_end(struct framelog *log)
{
    if (log->first_end + log->end_count == log->end_room) {
        if (log->first_end > 0) {
            memmove(log->ends, log->ends + log->first_end, log->end_count * sizeof(*log->ends));
            log->first_end = 0;
        }
        if (2 * log->end_count >= log->end_room) {
            log->end_room = log->end_room > 0 ? 2 * log->end_room : 16;
            log->ends = mem_resize(log->ends, log->end_room * sizeof(*log->ends));
        }
    }
    log->ends[log->first_end + log->end_count++] = framelog_end(log);
}

void
framelog_append(struct framelog *log, struct str frame)
{
    framelog_make_room(log, frame.len);
    memcpy(log->bytes + log->start + log->length, frame.p, frame.len);
    log->length += frame.len;
    framelog_add_end(log);
}

/* How many held frames end at or before offset. */
static size_t
framelog_frames_until(const struct framelog *log, uint64_t offset)
{
    size_t low = 0, high = log->end_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (log->ends[log->first_end + middle] <= offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct str
framelog_span(const struct framelog *log, uint64_t cursor, size_t most)
{
    size_t left = (size_t)(framelog_end(log) - cursor), index;
    const char *from;

    if (left == 0) { /* bytes may be NULL */
        return str_make("", 0);
    }
    from = log->bytes + log->start + (cursor - log->base);
    if (left <= most) {
        return str_make(from, left);
    }
    index = framelog_frames_until(log, cursor + most);
    if (index == 0 || log->ends[log->first_end + index - 1] <= cursor) {
        index++; /* not even one fits: it is sent alone */
    }
    return str_make(from, (size_t)(log->ends[log->first_end + index - 1] - cursor));
}

struct blob *
framelog_share(struct framelog *log, uint64_t cursor, struct str span)
{
    if (log->shared == NULL || log->shared_at != cursor || log->shared->length != span.len) {
        blob_unref(log->shared);
        log->shared = blob_of(span);
        log->shared_at = cursor;
    }
    return blob_ref(log->shared);
}

uint64_t
framelog_frame_end(const struct framelog *log, uint64_t offset)
{
    return log->ends[log->first_end + framelog_frames_until(log, offset - 1)];
}

size_t
framelog_count(const struct framelog *log, uint64_t from, uint64_t to)
{
    return framelog_frames_until(log, to) - framelog_frames_until(log, from);
}

static void
framelog_drop_frames(struct framelog *log, size_t count)
{
    size_t bytes;

    if (count == 0) {
        return;
    }
    bytes = (size_t)(log->ends[log->first_end + count - 1] - log->base);
    log->first_end += count;
    log->end_count -= count;
    log->start += bytes;
    log->length -= bytes;
    log->base += bytes;
    if (log->shared != NULL && log->shared_at < log->base) {
        blob_unref(log->shared);
        log->shared = NULL;
    }
    if (log->length > 0) {
        return;
    }
    log->start = 0;
    log->first_end = 0;
    if (log->room > KEEP_BYTES) {
        free(log->bytes);
        free(log->ends);
        log->bytes = NULL;
        log->ends = NULL;
        log->room = 0;
        log->end_room = 0;
    }
}

void
framelog_drop(struct framelog *log, uint64_t offset)
{
    framelog_drop_frames(log, framelog_frames_until(log, offset));
}

void
framelog_bound(struct framelog *log, size_t most)
{
    size_t count = 0;

    while (log->end_count - count > 1 &&
           framelog_end(log) - (count > 0 ? log->ends[log->first_end + count - 1] : log->base) >
               most) {
        count++;
    }
    framelog_drop_frames(log, count);
}
