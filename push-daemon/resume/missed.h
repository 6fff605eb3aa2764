/* missed.h - what resume.lua answered, as frames: those behind a position, or the list anew. */
#ifndef PUSH_RESUME_MISSED_H
#define PUSH_RESUME_MISSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/config/config.h"
#include "lib/redis/commands.h"
#include "lib/str.h"
#include "lib/text.h"
#include "push-daemon/frames/position.h"
#include "push-daemon/resume/trail.h"
#include "push-daemon/room/newest.h"

struct blob;
struct form;
struct garbage;
struct reply;

/* A durable frame. Its JSON ends at that place in json, and begins where the one before it ends. */
struct missed_frame {
    size_t end;
    int64_t at;  /* the position behind it */
    bool counts; /* it is a message that has that number */
};

/* A list that was asked for in one piece. */
enum {
    MISSED_ENTRIES_MAX = 10000, /* also of one that has what is no message */
    MISSED_BYTES_MAX = 1 << 20  /* likewise */
};

/* All zero: nothing was answered. */
struct missed {
    struct position from; /* that was asked for */
    bool in_one;          /* likewise: a list is to be what one answer has, perhaps less than all */
    struct position now;  /* of the group, when it was read */
    bool proven;          /* nothing but `frames` was missed since `from` */
    bool exact;           /* certainly nothing came behind what has the number now.at */
    int64_t total;        /* the list's length */
    struct text json;     /* of all frames; if not proven: the frame `list`, once it is whole */
    struct missed_frame *frames;
    size_t count; /* of frames; if not proven: of messages in the list */

    /* If not proven, until the list is whole: what its pieces brought. */
    bool lacks;           /* entries before them are to be asked for */
    struct newest newest; /* messages */
    int64_t newest_ts;    /* 0: there is none */
    struct trail trail;
};

/* What is needed to read an answer. */
struct missed_reader {
    struct str group;
    struct garbage *garbage;
    enum config_encoding encoding;
    size_t list_num;  /* messages of a list, at most */
    int64_t redis_ms; /* Redis' clock */
};

/* m: zero but what was asked. False: it is no answer of the script. If m->lacks then, trail_find()
 * says what to ask list_more.lua for, and missed_add() takes its answer. */
bool missed_read(struct missed *m, const struct missed_reader *r, const struct reply *reply);
/* False: it is no answer, or what was read last is gone. Then all is to be asked anew. */
bool missed_add(struct missed *m, const struct missed_reader *r, const struct reply *reply);
void missed_fini(struct missed *m);

/* Which frame is the first that a client at that position has missed? m->count: none. SIZE_MAX: the
 * answer does not tell. */
size_t missed_find(const struct missed *m, const struct position *position);

/* The frames from one on, in that form; NULL if there are none. Of an answer that is not proven:
 * the list. The caller gets a reference. */
struct blob *missed_blob(const struct missed *m, size_t from, const struct form *form);

/* Likewise adds each of them as a frame of its own: add() gets its JSON and the position behind
 * it. */
void missed_each(const struct missed *m, size_t from,
                 void (*add)(void *arg, struct str json, int64_t at), void *arg);

#endif
