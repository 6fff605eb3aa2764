/* door.h - may a visitor come in: by its page's origin, by how many are here, by how fast they come.
 *
 * Counts are those of this daemon (of one worker, where there are several). */
#ifndef PUSH_DOOR_H
#define PUSH_DOOR_H

#include <stddef.h>

#include "lib/config/config.h"

struct door;
struct loop;
struct metrics;
struct visitor;

/* What a connection takes up of the limits; handed back when it is gone. */
struct pass {
    struct guest *user;    /* NULL: not counted */
    struct guest *address; /* likewise */
};

/* most: connections, whatever else. */
struct door *door_create(struct loop *loop, const struct config *config, size_t most,
                         struct metrics *metrics);
void door_destroy(struct door *door); /* NULL is fine */

/* Nobody comes in any more. */
void door_shut(struct door *door);

/* 0: it may; else the HTTP status that refuses it: 403, 429, 503. Counts as an attempt of its address. */
int door_ask(struct door *door, const struct visitor *v);

/* It came in, and it went. */
struct pass door_enter(struct door *door, const struct visitor *v);
void door_leave(struct door *door, const struct pass *pass);

#endif
