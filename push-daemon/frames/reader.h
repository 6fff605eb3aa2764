/* reader.h - one client's position in its group's log: a cursor, and the messages it skips. */
#ifndef PUSH_FRAMES_READER_H
#define PUSH_FRAMES_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/str.h"
#include "push-daemon/frames/framelog.h"

/* All zero: it reads no log. */
struct reader {
    struct framelog *log; /* NULL: none */
    uint64_t cursor;      /* an offset in the log at which a frame begins */
    struct skip *skips;   /* spans of the log that are not for this client, in order */
};

/* Begins to read the log at cursor, which must not be beyond its end. Detach it before the log
 * goes. */
void reader_attach(struct reader *r, struct framelog *log, uint64_t cursor);
void reader_detach(struct reader *r); /* frees the skips; a reader of no log is fine */

static inline bool
reader_is_attached(const struct reader *r)
{
    return r->log != NULL;
}

/* The frames in log[from, to) are not for this client. from: not before the cursor, nor before the
 * `from` of an earlier call. */
void reader_skip(struct reader *r, uint64_t from, uint64_t to);

/* True if the log has dropped frames that this client has not read. */
bool reader_fell_off(const struct reader *r);

/* The next whole frames for this client: at most `most` bytes, unless one frame alone is
 * larger. Empty at the end of the log. Valid until the log changes. */
struct str reader_next(struct reader *r, size_t most);

/* So many bytes of reader_next() are to be whole frames: returns them, and what is left of the last
 * one. */
size_t reader_whole(const struct reader *r, size_t bytes);

/* The same bytes as a blob that other readers of the log share. */
struct blob *reader_share(struct reader *r, struct str span);

/* So many bytes of reader_next() were sent: whole frames. Returns how many frames. */
size_t reader_advance(struct reader *r, size_t bytes);

#endif
