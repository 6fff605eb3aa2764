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
