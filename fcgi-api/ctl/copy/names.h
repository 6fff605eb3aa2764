/* names.h - what fastim keeps in Redis, told by its names: by those of one Redis, and by those of a
 * cluster.
 *
 * What running programs tell each other is not of it: who is online, which daemons live, which
 * appends they have under way. */
#ifndef API_CTL_COPY_NAMES_H
#define API_CTL_COPY_NAMES_H

#include "lib/redis/argv.h"

/* Points into the text that it was read from. */
struct name {
    enum key_kind kind;
    struct str id;     /* empty: it has none */
    struct str second; /* p is NULL: it has one id at most */
};

enum name_result {
    NAME_KEPT,
    NAME_STRANGE, /* begins as such a name, but what follows is no id */
    NAME_OTHER,   /* of a running program, or of none of fastim's */
    NAME_RESULT__MAX
};

/* Reads a name as it stands in the Redis, or on the cluster, of these settings. */
enum name_result name_read(struct name *name, const struct config_redis *redis, struct str full);

/* Adds the name as it is called there, as a word of a command. */
void name_add(struct argv *argv, const struct config_redis *redis, const struct name *name);

#endif
