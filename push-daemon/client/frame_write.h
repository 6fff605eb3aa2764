/* frame_write.h - writes whole frames of a group's log to a client. */
#ifndef PUSH_CLIENT_FRAME_WRITE_H
#define PUSH_CLIENT_FRAME_WRITE_H

#include <stddef.h>

#include "lib/str.h"

struct reader;
struct ws;

/* frames: those of reader_next(). The socket takes them up to somewhere within one; of that one a
 * copy of the rest is kept. Returns how many bytes were taken so: whole frames, and none if
 * something is kept already. */
size_t frame_write(struct ws *ws, const struct reader *reader, struct str frames);

#endif
