/* node.h - one Redis, or one node of a cluster: its connection, and what is logged of it. */
#ifndef API_STORE_NODE_H
#define API_STORE_NODE_H

#include "fcgi-api/store/wire.h"
#include "lib/log_once.h"

struct node {
    struct wire wire;         /* also its last reply */
    bool may_have_run;        /* node_ask() failed, and Redis may have carried out the command */
    uint64_t down;            /* fingerprint of the reason logged last; 0: it is up */
    struct log_once refusals; /* errors logged since it is up */
    uint64_t turn;            /* nodes.c: when it was asked last */
};

/* place: of a node of a cluster; NULL: the Redis of the settings. */
void node_init(struct node *n, const struct config *config, const struct place *place);
void node_fini(struct node *n);

/* How a command is to be sent. */
struct node_how {
    bool may_repeat; /* if the kept connection breaks: a second time it would do the same */
    bool *clean;     /* not NULL: it is a WATCH, and this is set as wire_watch() has it */
    bool is_asking;  /* behind ASKING: its slot is on the move */
};

/* Sends the command, on a new connection if there is none, and waits for its reply until
 * n->wire.deadline_ms: n->wire.reply, which may be an error. Returns false if there is none; logs
 * why, each cause once. May make an EVALSHA an EVAL. */
bool node_ask(struct node *n, struct argv *argv, const struct node_how *how);

/* Logs the error that it has replied, each once. */
void node_log_refusal(struct node *n);

/* The same if its reply to CLUSTER NODES is no map. */
void node_log_no_map(struct node *n);

#endif
