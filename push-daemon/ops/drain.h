/* drain.h - the end of a daemon: its clients leave one after the other.
 *
 * So they do not all come to the other hosts in the same moment. */
#ifndef PUSH_OPS_DRAIN_H
#define PUSH_OPS_DRAIN_H

#include <stdint.h>

struct drain;
struct env;
struct flusher;
struct sessions;

/* All arguments are the caller's. */
struct drain *drain_create(const struct env *env, struct sessions *sessions,
                           struct flusher *flusher);
void drain_destroy(struct drain *d); /* NULL is fine */

/* Closes all clients with 1001, evenly over so many milliseconds (0: at once). What their
 * groups have for them goes first. A second call may shorten that time, but not lengthen it. */
void drain_begin(struct drain *d, int64_t span_ms);

#endif
