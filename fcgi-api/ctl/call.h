/* call.h - a request to an endpoint, answered by this program itself, and what it answers. */
#ifndef API_CTL_CALL_H
#define API_CTL_CALL_H

#include "fcgi-api/ctl/args.h"

/* Calls the endpoint of the command, with its parameters; one call for each WORD. Writes what it
 * answers: rows; or with --json the answer as it is (fastim(7)), a line each. */
enum ctl_exit call_command(struct ctl *ctl, const struct args *args);

/* The same, and an answer that says that nothing was changed is as good as any. */
enum ctl_exit call_settings(struct ctl *ctl, const struct args *args);

/* The same for /admin/message; - as TEXT is what stands on standard input. */
enum ctl_exit call_send(struct ctl *ctl, const struct args *args);

#endif
