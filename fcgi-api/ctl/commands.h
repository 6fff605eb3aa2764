/* commands.h - what fastimctl can do. */
#ifndef API_CTL_COMMANDS_H
#define API_CTL_COMMANDS_H

#include <stdio.h>

#include "fcgi-api/ctl/args.h"

extern const struct command command_table[]; /* ends in a row without a name */

/* Writes all of them, and the options. */
void commands_help(FILE *out);

#endif
