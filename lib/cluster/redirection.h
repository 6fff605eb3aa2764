/* redirection.h - the errors by which a node of a cluster says that a command has to go elsewhere,
 * or to come again. After each of them the command was not carried out. */
#ifndef LIB_CLUSTER_REDIRECTION_H
#define LIB_CLUSTER_REDIRECTION_H

#include "lib/cluster/place.h"
#include "lib/str.h"

enum redirection_kind {
    REDIRECTION_NONE,     /* any other error */
    REDIRECTION_MOVED,    /* the slot is at another node: to be learned */
    REDIRECTION_ASK,      /* this command alone, behind ASKING: the slot is on the move */
    REDIRECTION_TRYAGAIN, /* the command's keys are at two nodes: the slot is on the move */
    REDIRECTION_DOWN,     /* the cluster, or this slot, is not served now */
    REDIRECTION__MAX
};

struct redirection {
    enum redirection_kind kind;
    int slot;           /* of MOVED and ASK */
    struct place place; /* likewise */
};

/* Reads the text of an error that came from that place. What begins as MOVED or ASK and is none has
 * kind REDIRECTION_NONE. */
struct redirection redirection_read(struct str error, const struct place *from);

#endif
