/* holdback.h - messages that came before a room was in step, kept in their order. */
#ifndef PUSH_ROOM_HOLDBACK_H
#define PUSH_ROOM_HOLDBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/str.h"

struct held_message {
    struct held_message *prev;
    struct held_message *next;
    bool after_mark;  /* it came after the mark of the snapshot under way */
    int64_t event_at; /* 0: it is a message; else the number of an event */
    size_t length;
    char bytes[];
};

/* All zero: empty. */
struct holdback {
    struct held_message *head;
    size_t bytes;
};

void holdback_add(struct holdback *list, struct str payload, bool after_mark);

/* One that came after the mark: a message, or an event of that number. */
void holdback_add_event(struct holdback *list, struct str payload, int64_t event_at);

/* Another snapshot is asked for: all messages came before its mark. */
void holdback_rewind(struct holdback *list);

void holdback_clear(struct holdback *list);

#endif
