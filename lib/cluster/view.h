/* view.h - what one node of a cluster says of all of them: its answer to CLUSTER NODES (Redis 7.0
 * and later, Valkey; a text of lines). */
#ifndef LIB_CLUSTER_VIEW_H
#define LIB_CLUSTER_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cluster/place.h"
#include "lib/str.h"

enum {
    VIEW_NODES_MAX = 1024, /* Redis' own limit is about 1000 */
    VIEW_ID_SIZE = 41
};

struct view_range {
    int first, last; /* slots */
};

struct view_node {
    char id[VIEW_ID_SIZE];
    struct place place; /* all zero: nobody knows it */
    int64_t epoch;      /* config epoch: of two that claim a slot the higher one is right */
    bool is_master;
    bool is_failed;             /* the majority of masters says so, or its place is not known */
    size_t first_range, ranges; /* its slots: of the view's ranges */
};

/* A slot that is on the move, from or to the node that answered. */
struct view_open {
    int slot;
    bool is_taken; /* to it; else from it */
};

/* All zero: empty. */
struct view {
    struct view_node *nodes;
    size_t count;
    size_t myself; /* of nodes: the one that answered */
    struct view_range *ranges;
    size_t range_count, range_room;
    struct view_open *open;
    size_t open_count, open_room;
};

/* Reads the answer of the node at that place. Returns false, with an empty view, if it is no such
 * text. The view, which is empty before, goes to view_fini(). */
bool view_read(struct view *v, struct str text, const struct place *asked);
void view_fini(struct view *v);

/* Adds an open slot. */
void view_add_open(struct view *v, int slot, bool is_taken);

#endif
