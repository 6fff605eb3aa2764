/* options.h - the command line that both programs share. */
#ifndef LIB_PROCESS_OPTIONS_H
#define LIB_PROCESS_OPTIONS_H

#include <stdbool.h>

#include "lib/config/config.h"

struct program {
    const char *name;    /* fastim-api */
    const char *purpose; /* one line for -h */

    /* Options of the program's own; all NULL: it has none. */
    const char *letters; /* as getopt(3) takes them: "s:n:" */
    const char *help;    /* a line each */
    /* Takes one of them. Returns false if it is wrong, and says why on stderr. */
    bool (*option)(void *arg, int letter, const char *value);
    void *arg;

    /* Checks, for -t, what only this program knows of the settings. Returns false if they are
     * wrong, and logs why. NULL: nothing to check. */
    bool (*check)(const struct config *config);
};

/* Reads -c FILE, -t, -T, -V, -h and the program's own options, then loads the settings from *file.
 * The result goes to settings_destroy().
 * Returns NULL if the program is to end with *exit_code; everything was said then. */
struct config *options_load(const struct program *program, int argc, char **argv, const char **file,
                            int *exit_code);

#endif
