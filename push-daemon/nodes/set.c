/* set.c - the members of a set of nodes. */
#include "push-daemon/nodes/set.h"

#include "lib/mem.h"

void
set_add(struct nodes *set, struct node *node)
{
    set->members = mem_resize(set->members, (set->count + 1) * sizeof(*set->members));
    set->members[set->count++] = (struct member){.node = node};
}
