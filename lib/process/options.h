/* options.h - the command line that both programs share. */
#ifndef LIB_PROCESS_OPTIONS_H
#define LIB_PROCESS_OPTIONS_H

#include <stdbool.h>

#include "lib/config/config.h"

struct program {
    const char *name;    /* fastim-api */
    const char *purpose; /* one line for -h */

    /* Options of its own; all NULL: it has none. */
    const char *letters; /* as getopt(3) takes them: "s:n:" */
    const char *help;    /* a line each */
    /* One of them. False: it is wrong, and why was said on stderr. */
    bool (*option)(void *arg, int letter, const char *value);
    void *arg;

    /* What only this program can say of the settings, for -t. False: they are wrong; why was logged. */
    bool (*check)(const struct config *config); /* NULL: nothing */
};

/* Reads -c FILE, -t, -T, -V, -h and the program's own, and loads the settings; *file is where from.
 * NULL: the program is to end with *exit_code, all there is to say having been said. */
struct config *options_load(const struct program *program, int argc, char **argv, const char **file,
                            int *exit_code);

#endif
