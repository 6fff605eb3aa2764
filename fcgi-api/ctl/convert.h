/* convert.h - all that stands in Redis becomes plain, or as the Java original has it. */
#ifndef API_CTL_CONVERT_H
#define API_CTL_CONVERT_H

#include "fcgi-api/ctl/args.h"

enum ctl_exit convert_command(struct ctl *ctl, const struct args *args);

#endif
