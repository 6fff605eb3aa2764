/* import.h - the messages of an export go into a group. */
#ifndef API_CTL_IMPORT_H
#define API_CTL_IMPORT_H

#include "fcgi-api/ctl/args.h"

/* Reads lines of JSON from standard input, as messages_export() writes them, and stores them in
 * their order, with their ts. The group must be empty, but for --append, and nobody may be in it.
 * If standard input is a file, all lines are checked before one is stored. If it stops, it says
 * which lines are stored. */
enum ctl_exit import_command(struct ctl *ctl, const struct args *args);

#endif
