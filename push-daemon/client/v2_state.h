/* v2_state.h - what a session of fastim.v2 has beside that of a Part 1 client. */
#ifndef PUSH_CLIENT_V2_STATE_H
#define PUSH_CLIENT_V2_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/ids.h"
#include "lib/jwt/jwt.h"
#include "lib/rate_limit.h"
#include "push-daemon/frames/position.h"

struct v2_state {
    bool awaits_auth;       /* its first frame has to be `auth` */
    bool asked_resume;      /* it said where it stood */
    bool asks_history;      /* an answer to `history` is under way */
    struct position resume; /* where it stood; nowhere: it gets the list */
    int64_t expires_ms;     /* of its JWT, Unix ms; 0: it has none */
    enum jwt_role role;     /* in its group, by its JWT */
    bool is_limited;        /* a group-list client that sees the groups of its JWT alone: */
    bool has_other_groups;  /* these have changed since it was told */
    struct jwt_claims claims;
    struct rate_limit history, recall, read, signal;
    char token[ID_MAX_BYTES]; /* by `auth` */
};

#endif
