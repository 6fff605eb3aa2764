/* options.h - the command line that both programs share. */
#ifndef LIB_OPTIONS_H
#define LIB_OPTIONS_H

#include "lib/config.h"

struct program {
    const char *name;    /* fastim-api */
    const char *purpose; /* one line for -h */
};

/* Reads -c FILE, -t, -T, -V and -h, and loads the settings. NULL: the program is to end with
 * *exit_code, all there is to say having been said. */
struct config *options_load(const struct program *program, int argc, char **argv, int *exit_code);

#endif
