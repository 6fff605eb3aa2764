/* reload.h - settings read again while a program goes by them. */
#ifndef LIB_PROCESS_RELOAD_H
#define LIB_PROCESS_RELOAD_H

#include <stdbool.h>

#include "lib/config/config.h"

/* Reads the file again: what can change at run time is taken over, a mistake leaves everything as it is. The log says
 * which settings changed, and which want a restart. False: there was a mistake. */
bool reload_settings(struct config *config, const char *file);

#endif
