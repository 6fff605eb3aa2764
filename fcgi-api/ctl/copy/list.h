/* list.h - the messages of a group go to the cluster: a large list piece by piece, so that neither
 * side holds it twice, nor is held for long. */
#ifndef API_CTL_COPY_LIST_H
#define API_CTL_COPY_LIST_H

#include "fcgi-api/ctl/copy/value.h"

/* As value_copy(). */
enum ctl_exit list_copy(struct peer *source, struct target *target, const struct name *name,
                        enum value_result *result);

#endif
