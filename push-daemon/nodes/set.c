/* set.c - the members of a set of nodes. */
#include "push-daemon/nodes/set.h"

#include "lib/mem.h"
#include "lib/redis/argv.h"
#include "push-daemon/core/env.h"

int
set_slot_of(const struct nodes *set, enum key_kind kind, struct str id)
{
    struct argv name;
    int slot;

    argv_init(&name);
    argv_add_key(&name, &set->env->config->redis, kind, id);
    slot = name.slot;
    argv_fini(&name);
    return slot;
}

void
set_add(struct nodes *set, struct node *node)
{
    set->members = mem_resize(set->members, (set->count + 1) * sizeof(*set->members));
    set->members[set->count++] = (struct member){.node = node};
}

struct node *
set_find(const struct nodes *set, const struct place *place)
{
    for (size_t i = 0; i < set->count; i++) {
        if (place_is_same(node_place(set->members[i].node), place)) {
            return set->members[i].node;
        }
    }
    return NULL;
}

void
set_begin_count(struct nodes *set, int64_t now_ms)
{
    for (size_t i = 0; i < set->count; i++) {
        struct member *m = &set->members[i];

        m->unused_ms = m->unused_ms != 0 ? m->unused_ms : now_ms;
    }
}

void
set_use(struct nodes *set, const struct node *node)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->members[i].node == node) {
            set->members[i].unused_ms = 0;
        }
    }
}
