/* producer.h - who a daemon is as a writer of messages: its name and epoch, and its last seq. */
#ifndef PUSH_APPEND_PRODUCER_H
#define PUSH_APPEND_PRODUCER_H

#include <stdint.h>
#include <stdio.h>

#include "lib/str.h"

struct producer {
    struct str daemon_id; /* this daemon's name at Redis */
    int64_t last_seq;     /* of this epoch */
    char name[64];        /* DAEMON_ID:EPOCH */
};

/* From here on seq begins at 1. No other epoch of this daemon has that number. */
static inline void
producer_begin_epoch(struct producer *p, unsigned epoch)
{
    snprintf(p->name, sizeof(p->name), "%.*s:%u", (int)p->daemon_id.len, p->daemon_id.p, epoch);
    p->last_seq = 0;
}

#endif
