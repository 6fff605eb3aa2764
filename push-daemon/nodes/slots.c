/* slots.c - the node of each slot. Neighbouring slots have one node, mostly. */
#include "push-daemon/nodes/slots.h"

#include <stddef.h>

#include "push-daemon/nodes/set.h"

int
slots_count(struct node *const of[SLOT_COUNT], bool (*is_well)(const struct node *))
{
    const struct node *last = NULL;
    bool last_is_well = false;
    int well = 0;

    for (int slot = 0; slot < SLOT_COUNT; slot++) {
        if (of[slot] != last) {
            last = of[slot];
            last_is_well = last != NULL && is_well(last);
        }
        well += last_is_well;
    }
    return well;
}

void
slots_use(struct node *const of[SLOT_COUNT], struct nodes *set)
{
    const struct node *last = NULL;

    for (int slot = 0; slot < SLOT_COUNT; slot++) {
        if (of[slot] != last) {
            last = of[slot];
            set_use(set, last);
        }
    }
}
