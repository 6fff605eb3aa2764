/* append_look.h - after a break of the connection: what has Redis taken of a producer's appends? */
#ifndef PUSH_APPEND_APPEND_LOOK_H
#define PUSH_APPEND_APPEND_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/str.h"
#include "push-daemon/append/append_message.h"

struct append_look;
struct env;
struct node;

struct append_look_handlers {
    /* This seq was refused by a rule. For each of them, before the other one. */
    void (*on_refused)(void *arg, int64_t seq, const struct append_outcome *outcome);
    /* Of the others, those up to this seq were stored, and none behind it. */
    void (*on_highest)(void *arg, int64_t seq);
};

struct append_look *append_look_create(const struct env *env,
                                       const struct append_look_handlers *handlers, void *arg);
void append_look_destroy(struct append_look *l); /* NULL is fine */

/* Asks the node until there is an answer, or the connection breaks. most: so many appends are in
 * doubt. group: on a cluster, that of all of them. Both names have to live as long. */
void append_look_begin(struct append_look *l, struct node *node, struct str group,
                       struct str producer, size_t most);
void append_look_stop(struct append_look *l);

/* Is there a question that has had no reply, nor lost it? */
bool append_look_is_under_way(const struct append_look *l);

/* Is it to be asked again soon? NULL: no. */
bool append_look_waits(const struct append_look *l);

#endif
