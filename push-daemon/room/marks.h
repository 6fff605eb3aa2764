/* marks.h - scripts under way that read a group, and publish a mark in the same step.
 *
 * Marks are numbers. They come over the subscription, on the daemon's own channel, in order with
 * all messages: what comes before a mark is in what the script has read.
 *
 * Redis serves nobody else while a script reads a MiB, and a thousand clients may come at once,
 * each for a group of its own. So few scripts are at Redis together if they read much; the others
 * wait here. Their number grows while answers are small.
 *
 * What is read of groups whose slot is on the move has no marks: see polling.h. */
#ifndef PUSH_ROOM_MARKS_H
#define PUSH_ROOM_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/hash.h"
#include "lib/redis/argv.h"
#include "lib/str.h"

struct marks;
struct node;
struct nodes;
struct reply;

/* One of them: the first member of what its owner knows of it. on_mark and on_answer come in either
 * order; without marks, on_mark comes with the first answer, just before it. */
struct marked {
    void *owner; /* NULL: it was abandoned */
    void (*on_mark)(struct marked *m);
    void (*on_answer)(struct marked *m, const struct reply *reply);
    void (*destroy)(struct marked *m);
    bool answered; /* Redis has answered */

    /* For marks.c alone. */
    struct marks *all;
    UT_hash_handle hh;          /* by mark, until the mark has come */
    struct marked *prev, *next; /* until Redis has answered */
    struct argv command;        /* while it waits here */
    bool is_more;               /* what is asked now is one more question */
    int64_t mark;               /* 0: it has come, or nobody waits for it any more */
};

/* daemon_id: this daemon's name at Redis; the marks come on its channel. All arguments outlive
 * the result. */
struct marks *marks_create(struct node *node, struct str daemon_id);
/* Without marks: groups at any node are read, and an ASK is followed. */
struct marks *marks_create_polls(struct nodes *nodes, struct str daemon_id);
void marks_destroy(struct marks *all); /* those under way as well; NULL is fine */

/* What the command of the next request has to name. A mark of 0: it has none. */
struct str marks_daemon_id(const struct marks *all);
int64_t marks_next(const struct marks *all);

/* Sends the command, now or later. on_answer will come also if the reply is lost. The owner
 * destroys m, but not before on_answer. False: Redis cannot be asked now; m stays the caller's. */
bool marks_request(struct marks *all, struct marked *m, const struct argv *command);

/* From on_answer: one more question, which publishes no mark. on_answer will come once more. It is
 * sent behind all that wait. False: Redis cannot be asked now. */
bool marks_ask_more(struct marked *m, const struct argv *command);

/* The owner does not want it any more. Neither callback will come; it is destroyed. */
void marks_abandon(struct marked *m);

/* A mark came over the subscription. */
void marks_on_mark(struct marks *all, int64_t mark);

#endif
