/* spawn.h - runs FastCGI processes for web servers that start none (nginx, Apache's mod_proxy_fcgi).
 *
 * Each process is this program again, with the listening socket as descriptor 0, as any web server would
 * start it: so a reload brings new settings as well as a new program. */
#ifndef API_SPAWN_SPAWN_H
#define API_SPAWN_SPAWN_H

#include <stdbool.h>

#include "lib/config/config.h"

struct spawn {
    const char
        *socket;   /* path of the unix socket; NULL: the one that the service manager hands us */
    int processes; /* 0: http.processes of the settings */
};

/* -s and -n. False: the value is wrong; said. arg is a struct spawn. */
bool spawn_option(void *arg, int letter, const char *value);
extern const char spawn_help[];

/* Was it asked for, by -s or by a service manager's socket? */
bool spawn_is_asked(const struct spawn *spawn);

/* Until SIGTERM. file is where the settings came from. Returns the exit code. */
int spawn_run(const struct spawn *spawn, const struct config *config, const char *file);

#endif
