/* lanes.c - the rooms of a group's stream: one for each form of frames. */
#include "push-daemon/resume/lanes.h"

#include "push-daemon/client/session.h"
#include "push-daemon/frames/blob.h"
#include "push-daemon/frames/form.h"
#include "push-daemon/room/flusher.h"

static const struct form *const forms[LANES] = {&form_v2, &form_sse};

const struct form *
lanes_form(size_t lane)
{
    return forms[lane];
}

/* A flush drops what nobody needs of the logs. */
static void
lanes_on_leave(void *ctx)
{
    struct lanes *l = ctx;

    for (size_t i = 0; i < LANES; i++) {
        flusher_add(l->flusher, &l->rooms[i]);
    }
    l->on_leave(l->ctx);
}

void
lanes_init(struct lanes *l, const struct env *env, struct flusher *flusher, struct str group,
           void (*on_leave)(void *ctx), void *ctx)
{
    l->env = env;
    l->flusher = flusher;
    l->group = group;
    l->on_leave = on_leave;
    l->ctx = ctx;
    for (size_t i = 0; i < LANES; i++) {
        room_init(&l->rooms[i], env, group, lanes_on_leave, l);
    }
}

void
lanes_fini(struct lanes *l)
{
    lanes_forget_lists(l);
    for (size_t i = 0; i < LANES; i++) {
        flusher_remove(l->flusher, &l->rooms[i]);
        room_fini(&l->rooms[i]);
    }
}

/* ---- clients ---- */

void
lanes_each(const struct lanes *l, void (*fn)(void *arg, struct session *s), void *arg)
{
    for (size_t i = 0; i < LANES; i++) {
        room_each(&l->rooms[i], fn, arg);
    }
}

bool
lanes_have_members(const struct lanes *l)
{
    for (size_t i = 0; i < LANES; i++) {
        if (l->rooms[i].members != NULL) {
            return true;
        }
    }
    return false;
}

bool
lanes_have_waiting(const struct lanes *l)
{
    for (size_t i = 0; i < LANES; i++) {
        if (l->rooms[i].waiting != NULL) {
            return true;
        }
    }
    return false;
}

bool
lanes_are_empty(const struct lanes *l)
{
    return !lanes_have_members(l) && !lanes_have_waiting(l);
}

void
lanes_wait(struct lanes *l, struct session *s)
{
    size_t lane = 0;

    while (lane + 1 < LANES && forms[lane] != s->kind->form) {
        lane++;
    }
    room_wait(&l->rooms[lane], s);
}

void
lanes_close_waiting(struct lanes *l, enum close_reason reason)
{
    for (size_t i = 0; i < LANES; i++) {
        room_close_waiting(&l->rooms[i], reason);
    }
}

/* ---- frames ---- */

void
lanes_forget_lists(struct lanes *l)
{
    for (size_t i = 0; i < LANES; i++) {
        blob_forget(&l->lists[i].frame);
    }
}

/* Is anybody to read the log from here on? */
static bool
lanes_is_read(const struct room *room)
{
    return room->members != NULL || room->keep_from != ROOM_KEEP_NOTHING;
}

void
lanes_append(struct lanes *l, struct str json, const struct position *position)
{
    struct text frame;

    text_init(&frame);
    for (size_t i = 0; i < LANES; i++) {
        if (lanes_is_read(&l->rooms[i])) {
            text_clear(&frame);
            forms[i]->add(&frame, json, position);
            flusher_append(l->flusher, &l->rooms[i], text_str(&frame), 0);
        }
    }
    text_fini(&frame);
}

/* ---- offsets ---- */

void
lanes_mark(const struct lanes *l, uint64_t offsets[LANES])
{
    for (size_t i = 0; i < LANES; i++) {
        offsets[i] = framelog_end(&l->rooms[i].log);
    }
}

void
lanes_keep(struct lanes *l, const uint64_t offsets[LANES])
{
    for (size_t i = 0; i < LANES; i++) {
        room_keep_from(&l->rooms[i], offsets[i]);
    }
}

void
lanes_keep_nothing(struct lanes *l)
{
    for (size_t i = 0; i < LANES; i++) {
        room_keep_from(&l->rooms[i], ROOM_KEEP_NOTHING);
    }
}
