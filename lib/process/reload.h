/* reload.h - reads the settings again while the program runs. */
#ifndef LIB_PROCESS_RELOAD_H
#define LIB_PROCESS_RELOAD_H

#include <stdbool.h>

#include "lib/config/config.h"

/* Reads the file into config: takes the settings that may change at run time, and logs which
 * changed and which need a restart. Returns false, and leaves config unchanged, if the file has
 * a mistake. */
bool reload_settings(struct config *config, const char *file);

/* SIGHUP ends a process that has no handler for it. Call this first of all: it waits then until
 * there is one (loop_on_signal()), or somebody waits for it (supervisor.h). Children begin as their
 * parents are. */
void reload_block_signal(void);

/* For a signal handler of an event loop; reload is a struct reload. A mistake is logged. */
struct reload {
    struct config *config;
    const char *file;
};
void reload_on_signal(void *reload);

#endif
