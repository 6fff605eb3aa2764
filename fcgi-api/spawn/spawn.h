/* spawn.h - runs FastCGI processes for web servers that start none (nginx, mod_proxy_fcgi).
 *
 * Each process is this program again, with the listening socket as descriptor 0, just as a web
 * server would start it. So a reload brings new settings, and a new version of the program. */
#ifndef API_SPAWN_SPAWN_H
#define API_SPAWN_SPAWN_H

#include <stdbool.h>

#include "lib/config/config.h"

struct spawn {
    const char *socket; /* path of the unix socket; NULL: that of the service manager */
    int processes;      /* 0: http.processes of the settings */
};

/* Takes -s and -n. arg is a struct spawn. Returns false, and says so, if the value is wrong. */
bool spawn_option(void *arg, int letter, const char *value);
extern const char spawn_help[];

/* Is this program to spawn, because of -s or of a service manager's socket? */
bool spawn_is_asked(const struct spawn *spawn);

/* Runs until SIGTERM. file: that of the settings. Returns the exit code. */
int spawn_run(const struct spawn *spawn, const struct config *config, const char *file);

#endif
