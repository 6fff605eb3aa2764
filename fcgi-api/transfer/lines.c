/* lines.c - lines of a file or a pipe, one after the other. */
#include "fcgi-api/transfer/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"

enum {
    ROOM_FIRST = 256 << 10
};

void
lines_init(struct lines *l, int fd)
{
    *l = (struct lines){.fd = fd, .bytes = mem_alloc(ROOM_FIRST), .room = ROOM_FIRST};
}

void
lines_fini(struct lines *l)
{
    free(l->bytes);
    l->bytes = NULL;
}

bool
lines_rewind(struct lines *l)
{
    if (lseek(l->fd, 0, SEEK_SET) != 0) {
        return false;
    }
    l->from = l->to = 0;
    l->at_end = false;
    l->number = 0;
    return true;
}

/* Reads once, with room for it. Returns false if that failed. */
static bool
lines_fill(struct lines *l)
{
    ssize_t n;

    if (l->from > 0) {
        memmove(l->bytes, l->bytes + l->from, l->to - l->from);
        l->to -= l->from;
        l->from = 0;
    }
    if (l->to == l->room) {
        l->room *= 2;
        l->bytes = mem_resize(l->bytes, l->room);
    }
    do {
        n = read(l->fd, l->bytes + l->to, l->room - l->to);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return false;
    }
    l->at_end = n == 0;
    l->to += (size_t)n;
    return true;
}

static enum lines_result
lines_take(struct lines *l, size_t length, size_t with_end, struct str *line)
{
    *line = str_make(l->bytes + l->from, length);
    l->from += with_end;
    return LINES_LINE;
}

enum lines_result
lines_next(struct lines *l, struct str *line)
{
    size_t seen = 0; /* of them it is known that no end is among them */

    l->number++;
    for (;;) {
        const char *begin = l->bytes + l->from;
        size_t have = l->to - l->from;
        const char *end = have > seen ? memchr(begin + seen, '\n', have - seen) : NULL;
        size_t length = end != NULL ? (size_t)(end - begin) : have;

        if (length > LINES_MAX_BYTES) {
            return LINES_TOO_LONG;
        }
        if (end != NULL) {
            return lines_take(l, length, length + 1, line);
        }
        if (l->at_end) {
            return have == 0 ? LINES_END : lines_take(l, have, have, line);
        }
        seen = have;
        if (!lines_fill(l)) {
            return LINES_BROKEN;
        }
    }
}
