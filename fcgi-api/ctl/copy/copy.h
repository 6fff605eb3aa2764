/* copy.h - all that fastim keeps in one Redis goes to a Redis Cluster, under the names there. */
#ifndef API_CTL_COPY_COPY_H
#define API_CTL_COPY_COPY_H

#include "fcgi-api/ctl/args.h"

enum ctl_exit copy_command(struct ctl *ctl, const struct args *args);

#endif
