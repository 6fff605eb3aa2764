/* listener.h - the unix socket on which FastCGI processes wait for a web server (unix(7)). */
#ifndef API_SPAWN_LISTENER_H
#define API_SPAWN_LISTENER_H

#include <stdbool.h>
#include <sys/stat.h>

struct listener {
    int fd;
    const char *path; /* must outlive the listener; NULL: a service manager's socket */
    struct stat made; /* identifies the file */
};

/* Makes the socket, mode 0660, for this user and group (names; "" leaves them as they are).
 * Replaces a socket that a dead process has left at that path. Returns false, and logs why, if
 * that fails. */
bool listener_open(struct listener *l, const char *path, const char *user, const char *group);

/* Checks that a descriptor of a service manager's is a unix socket that listens, and sets
 * close-on-exec. Returns false, and logs why, if it is not. */
bool listener_take(int fd);

/* Closes it, and removes the file if it is still the one that was made. */
void listener_close(struct listener *l);

#endif
