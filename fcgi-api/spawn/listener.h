/* listener.h - the unix socket on which FastCGI processes wait for a web server (unix(7)). */
#ifndef API_SPAWN_LISTENER_H
#define API_SPAWN_LISTENER_H

#include <stdbool.h>
#include <sys/stat.h>

struct listener {
    int fd;
    const char *path; /* the caller's; NULL: not made by us, nothing to remove */
    struct stat made; /* which file it is */
};

/* Makes the socket, mode 0660, for this user and group (names; "" leaves them as they are). What a dead
 * process has left at that path is replaced. False: why was said. */
bool listener_open(struct listener *l, const char *path, const char *user, const char *group);

/* Is it a unix socket that listens, as handed over by a service manager? From then on it is closed by exec(3). False:
 * why was said. */
bool listener_take(int fd);

/* Closes it, and removes the file if it is still ours. */
void listener_close(struct listener *l);

#endif
