/* frame_write.h - writes whole frames to a client. */
#ifndef PUSH_CLIENT_FRAME_WRITE_H
#define PUSH_CLIENT_FRAME_WRITE_H

#include <stddef.h>

#include "lib/str.h"

struct ws;

/* The socket takes the frames up to somewhere within one; of that one a copy of the rest is kept.
 * Returns how many bytes were taken so: whole frames, and none if something is kept already. */
size_t frame_write(struct ws *ws, struct str frames);

#endif
