/* answers.h - what the nodes of a cluster have answered to CLUSTER NODES; for topology.c alone. */
#ifndef LIB_CLUSTER_ANSWERS_H
#define LIB_CLUSTER_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cluster/place.h"
#include "lib/cluster/view.h"

enum {
    ANSWER_MS = 10000 /* an answer, or a MOVED, counts so long beside newer ones */
};

struct answer {
    struct view view;
    struct place asked;
    int64_t at_ms;
    uint64_t turn; /* of all answers and MOVEDs: which came first? */
};

/* All zero: none. */
struct answers {
    struct answer *all;
    size_t count;
};

/* The node that has given it, as it sees itself. */
static inline const struct view_node *
answer_myself(const struct answer *a)
{
    return &a->view.nodes[a->view.myself];
}

/* Takes the newest answer over. Those that it replaces go: of the same node, of the same place, too
 * old. */
void answers_put(struct answers *a, const struct answer *newest);

/* Does an answer that came later than that turn say that this node has failed, or that it has
 * become a replica? Or that the node at that place has failed? */
bool answers_say_over(const struct answers *a, const struct view_node *n, uint64_t since);
bool answers_say_failed_at(const struct answers *a, const struct place *place, uint64_t since);

/* NULL: the node at that place has not answered. */
struct answer *answers_of(const struct answers *a, const struct place *place);

void answers_fini(struct answers *a);

#endif
