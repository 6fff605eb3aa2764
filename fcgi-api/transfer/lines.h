/* lines.h - lines of a file or a pipe, one after the other. */
#ifndef API_TRANSFER_LINES_H
#define API_TRANSFER_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/str.h"

enum {
    LINES_MAX_BYTES = 16 << 20 /* of one line */
};

enum lines_result {
    LINES_LINE,
    LINES_END,
    LINES_TOO_LONG, /* the line has more than LINES_MAX_BYTES */
    LINES_BROKEN,   /* it cannot be read: errno says why */
    LINES_RESULT__MAX
};

struct lines {
    int fd;
    char *bytes;
    size_t from, to, room; /* bytes that were read and not taken, and room for more */
    bool at_end;
    int64_t number; /* of the line that was taken last, from 1 on */
};

void lines_init(struct lines *l, int fd);
void lines_fini(struct lines *l); /* leaves fd open */

/* Takes the next line, without its end; it lives until the next call. The last one need not have
 * an end. */
enum lines_result lines_next(struct lines *l, struct str *line);

/* Begins anew, at the begin of the file. Returns false if that cannot be: it is a pipe. */
bool lines_rewind(struct lines *l);

#endif
