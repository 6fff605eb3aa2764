/* value.h - one name of Redis with its value and its expiry goes to the cluster. */
#ifndef API_CTL_COPY_VALUE_H
#define API_CTL_COPY_VALUE_H

#include "fcgi-api/ctl/copy/names.h"
#include "fcgi-api/ctl/copy/peer.h"
#include "fcgi-api/ctl/copy/target.h"

enum value_result {
    VALUE_COPIED,
    VALUE_GONE,    /* it has expired meanwhile */
    VALUE_STRANGE, /* of a type that fastim does not give it */
    VALUE_RESULT__MAX
};

/* Each replaces what the cluster has under that name. *result counts if they return CTL_DONE. */
enum ctl_exit value_copy(struct peer *source, struct target *target, const struct name *name,
                         enum value_result *result);
/* The last ts: a string in Redis, a field of a hash on the cluster. */
enum ctl_exit value_copy_ts(struct peer *source, struct target *target, const struct name *name,
                            enum value_result *result);

/* Asks for the milliseconds until it expires; *ms: -1: it does not, 0: it has. */
enum ctl_exit value_expiry(struct peer *source, const struct name *name, int64_t *ms);

/* Begins a command for that name. */
void value_begin(struct argv *argv, const struct config *config, const char *verb,
                 const struct name *name);

#endif
