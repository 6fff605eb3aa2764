/* drain.h - the end of a daemon: its clients leave one after the other.
 *
 * So they do not all come to the other hosts in the same moment. */
#ifndef PUSH_OPS_DRAIN_H
#define PUSH_OPS_DRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chat;
struct drain;
struct env;
struct flusher;
struct presence;
struct sessions;

/* The messages of clients whose outcome is not known yet (chat.h); and the daemon's users, who
 * are to be gone from all groups (presence.h). */
struct drain_hooks {
    struct chat *chat;
    size_t (*open_count)(const struct chat *);
    struct presence *presence;
    bool (*leave_groups)(struct presence *);
};

/* All arguments are the caller's. */
struct drain *drain_create(const struct env *env, struct sessions *sessions,
                           struct flusher *flusher, const struct drain_hooks *hooks);
void drain_destroy(struct drain *d); /* NULL is fine */

/* Closes all clients with 1001, evenly over so many milliseconds (0: at once). What their groups
 * have for them goes first. Once nothing is open it stops the loop, at the latest 1.5 s after that
 * time. Called again it may only shorten the time. */
void drain_begin(struct drain *d, int64_t span_ms);
bool drain_has_begun(const struct drain *d);

#endif
