/* actor.h - who changes a group: an operator or a moderator. */
#ifndef LIB_REDIS_ACTOR_H
#define LIB_REDIS_ACTOR_H

#include "lib/redis/standing.h"
#include "lib/str.h"

/* Pass a moderator only for what moderators may do; never for all groups. */
struct cmd_actor {
    struct str user;            /* the moderator; empty: an operator */
    struct str token;           /* of the moderator; empty: no check, as it had a JWT */
    enum cmd_standing standing; /* of the moderator */
    struct str name;            /* of the operator, for the audit */
};

#endif
