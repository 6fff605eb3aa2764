/* target.h - where a connection leads, and what for. */
#ifndef PUSH_REDIS_TARGET_H
#define PUSH_REDIS_TARGET_H

#include "lib/cluster/place.h"

enum target_kind {
    TARGET_REDIS,  /* that of the settings, or the master that the Sentinels name */
    TARGET_MASTER, /* a master of a cluster */
    TARGET_ANY     /* any node of a cluster */
};

struct target {
    enum target_kind kind;
    struct place place; /* of a node of a cluster */
    char name[32 +
              PLACE_TEXT_SIZE]; /* for the log: what for, and of a node of a cluster which one */
};

/* what: a word. place: that of a node of a cluster; NULL: as the settings say. */
struct target target_of(const char *what, enum target_kind kind, const struct place *place);

#endif
