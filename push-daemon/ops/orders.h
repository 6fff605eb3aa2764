/* orders.h - what all daemons are told (on fim:ev:), handed to the part that does it. */
#ifndef PUSH_OPS_ORDERS_H
#define PUSH_OPS_ORDERS_H

#include "lib/str.h"

struct auth;
struct words;

/* All of it is the caller's. */
struct orders {
    struct auth *auth;
    struct words *words;
};

/* An event came. What this version does not know is passed over. */
void orders_on_event(struct orders *o, struct str json);

#endif
