/* walk.c - goes through the groups of some users, one after the other. */
#include "push-daemon/grouplist/walk.h"

#include "push-daemon/grouplist/index.h"

enum {
    LOOK_MAX = 10000 /* groups and users that are looked at in one go */
};

struct index_group *
walk_next(struct group_walk *w, bool (*wants)(const void *ctx, const struct index_group *g),
          const void *ctx)
{
    for (int i = 0; w->user != NULL && i < LOOK_MAX; i++) {
        bool is_passed_over = w->ledgers_only && w->user->ledger == NULL;

        if (w->at == w->user->group_count || is_passed_over) {
            w->user = w->user->next;
            w->at = 0;
        } else if (wants(ctx, w->user->groups[w->at])) {
            return w->user->groups[w->at];
        } else {
            w->at++;
        }
    }
    return NULL;
}

size_t
walk_count(const struct index_user *users)
{
    size_t count = 0;

    for (const struct index_user *u = users; u != NULL; u = u->next) {
        count += u->group_count;
    }
    return count;
}
