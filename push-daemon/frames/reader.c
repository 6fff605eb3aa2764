/* reader.c - one client's position in its group's log. */
#include "push-daemon/frames/reader.h"

#include <stdlib.h>

#include "lib/mem.h"

struct skip {
    struct skip *next;
    uint64_t from;
    uint64_t to;
};

static void
reader_drop_skip(struct reader *r)
{
    struct skip *skip = r->skips;

    r->skips = skip->next;
    free(skip);
}

void
reader_attach(struct reader *r, struct framelog *log, uint64_t cursor)
{
    r->log = log;
    r->cursor = cursor;
}

void
reader_detach(struct reader *r)
{
    while (r->skips != NULL) {
        reader_drop_skip(r);
    }
    r->log = NULL;
}

void
reader_skip(struct reader *r, uint64_t from, uint64_t to)
{
    struct skip *skip = mem_alloc(sizeof(*skip)), **at = &r->skips;

    *skip = (struct skip){NULL, from, to};
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = skip;
}

bool
reader_fell_off(const struct reader *r)
{
    return r->log != NULL && r->cursor < framelog_base(r->log);
}

struct str
reader_next(struct reader *r, size_t most)
{
    struct str span;

    while (r->skips != NULL && r->skips->from == r->cursor) {
        r->cursor = r->skips->to;
        reader_drop_skip(r);
    }
    span = framelog_span(r->log, r->cursor, most);
    if (r->skips != NULL && r->skips->from < r->cursor + span.len) {
        span.len = (size_t)(r->skips->from - r->cursor);
    }
    return span;
}

size_t
reader_whole(const struct reader *r, size_t bytes)
{
    return (size_t)(framelog_frame_end(r->log, r->cursor + bytes) - r->cursor);
}

struct blob *
reader_share(struct reader *r, struct str span)
{
    return framelog_share(r->log, r->cursor, span);
}

size_t
reader_advance(struct reader *r, size_t bytes)
{
    size_t frames = framelog_count(r->log, r->cursor, r->cursor + bytes);

    r->cursor += bytes;
    return frames;
}
