/* held.h - messages that came while the members of a room waited to catch up, kept in their order. */
#ifndef PUSH_HELD_H
#define PUSH_HELD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/str.h"

struct held {
    struct held *prev;
    struct held *next;
    bool after_mark; /* of the snapshot under way */
    size_t length;
    char bytes[];
};

/* All zero: empty. */
struct held_list {
    struct held *head;
    size_t bytes;
};

void held_add(struct held_list *list, struct str payload, bool after_mark);
void
held_rewind(struct held_list *list); /* another snapshot is asked for: all are before its mark */
void held_clear(struct held_list *list);

#endif
