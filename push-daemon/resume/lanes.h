/* lanes.h - the rooms of a group's stream: one for each form of frames, with a log of its own. */
#ifndef PUSH_RESUME_LANES_H
#define PUSH_RESUME_LANES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"
#include "push-daemon/core/close_reason.h"
#include "push-daemon/frames/position.h"
#include "push-daemon/room/room.h"

struct blob;
struct env;
struct flusher;
struct form;
struct session;

enum {
    LANES = 2 /* forms: lanes.c lists them */
};

/* The list that clients of a lane got last, as long as it is on its way to one of them. */
struct lanes_list {
    struct blob *frame; /* no reference, see blob_watch(); NULL: all have taken it */
    struct position at; /* of the group, when it was read */
    int64_t made_ms;
};

struct lanes {
    const struct env *env;
    struct flusher *flusher;
    struct str group; /* the caller keeps the bytes */
    void (*on_leave)(void *ctx);
    void *ctx;
    struct room rooms[LANES];
    struct lanes_list lists[LANES];
};

/* The form of a lane's frames. */
const struct form *lanes_form(size_t lane);

/* on_leave: a client left a room. */
void lanes_init(struct lanes *l, const struct env *env, struct flusher *flusher, struct str group,
                void (*on_leave)(void *ctx), void *ctx);
void lanes_fini(struct lanes *l);

bool lanes_are_empty(const struct lanes *l);
bool lanes_have_members(const struct lanes *l);
bool lanes_have_waiting(const struct lanes *l);

/* As room_each(), in all rooms. */
void lanes_each(const struct lanes *l, void (*fn)(void *arg, struct session *s), void *arg);

/* A client waits, in the room of its kind's form. */
void lanes_wait(struct lanes *l, struct session *s);
void lanes_close_waiting(struct lanes *l, enum close_reason reason);

/* What was read of the group is not to be given to others any more. */
void lanes_forget_lists(struct lanes *l);

/* A frame for all members; position: where they stand behind it, NULL if that does not change. */
void lanes_append(struct lanes *l, struct str json, const struct position *position);

/* Notes where each log ends. A flush keeps the logs from there on, until lanes_keep_nothing(). */
void lanes_mark(const struct lanes *l, uint64_t offsets[LANES]);
void lanes_keep(struct lanes *l, const uint64_t offsets[LANES]);
void lanes_keep_nothing(struct lanes *l);

#endif
