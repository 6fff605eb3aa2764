/* tail.h - the newest messages of a group, then each new one. */
#ifndef API_CTL_TAIL_H
#define API_CTL_TAIL_H

#include "fcgi-api/ctl/args.h"

/* Begins to listen, then reads the list, then asks for a mark on its own channel: what comes before
 * the mark may be in the list already, what comes behind it is new. So nothing is lost or doubled
 * that was stored and published in one step. If the connection breaks, it begins to listen again,
 * and goes on in the list behind what it has written. Ends only if Redis fails at the begin, or if
 * the output cannot be written. */
enum ctl_exit tail_command(struct ctl *ctl, const struct args *args);

#endif
