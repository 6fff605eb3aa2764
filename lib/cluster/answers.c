/* answers.c - what the nodes of a cluster have answered to CLUSTER NODES. */
#include "lib/cluster/answers.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

static bool
answer_is_replaced(const struct answer *a, const struct answer *newest)
{
    return newest->at_ms - a->at_ms > ANSWER_MS || place_is_same(&a->asked, &newest->asked) ||
           strcmp(answer_myself(a)->id, answer_myself(newest)->id) == 0;
}

void
answers_put(struct answers *a, const struct answer *newest)
{
    size_t kept = 0;

    for (size_t i = 0; i < a->count; i++) {
        if (answer_is_replaced(&a->all[i], newest)) {
            view_fini(&a->all[i].view);
        } else {
            a->all[kept++] = a->all[i];
        }
    }
    a->all = mem_resize(a->all, (kept + 1) * sizeof(*a->all));
    a->all[kept] = *newest;
    a->count = kept + 1;
}

/* Who has not heard yet that it became a master shows it with an older epoch. */
bool
answers_say_over(const struct answers *a, const struct view_node *n, uint64_t since)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct answer *later = &a->all[i];

        for (size_t k = 0; later->turn > since && k < later->view.count; k++) {
            const struct view_node *told = &later->view.nodes[k];

            if ((told->is_failed || (!told->is_master && told->epoch >= n->epoch)) &&
                strcmp(told->id, n->id) == 0) {
                return true;
            }
        }
    }
    return false;
}

bool
answers_say_failed_at(const struct answers *a, const struct place *place, uint64_t since)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct answer *later = &a->all[i];

        for (size_t k = 0; later->turn > since && k < later->view.count; k++) {
            if (later->view.nodes[k].is_failed &&
                place_is_same(&later->view.nodes[k].place, place)) {
                return true;
            }
        }
    }
    return false;
}

struct answer *
answers_of(const struct answers *a, const struct place *place)
{
    for (size_t i = 0; i < a->count; i++) {
        if (place_is_same(&answer_myself(&a->all[i])->place, place)) {
            return &a->all[i];
        }
    }
    return NULL;
}

void
answers_fini(struct answers *a)
{
    for (size_t i = 0; i < a->count; i++) {
        view_fini(&a->all[i].view);
    }
    free(a->all);
}
