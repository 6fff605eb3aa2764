/* service.c - talks with the service manager. */
#include "lib/process/service.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/config/number.h"

int
service_listen_fds(void)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    int64_t n;

    if (pid == NULL || count == NULL || !number_parse(str_of(pid), getpid(), getpid(), &n) ||
        !number_parse(str_of(count), 0, 1000, &n)) {
        return 0; /* not meant for this process, but for its parent perhaps */
    }
    return (int)n;
}

void
service_notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t length = path != NULL ? strlen(path) : 0;
    int fd;

    if (length < 2 || length >= sizeof(to.sun_path) || strchr("/@", path[0]) == NULL) {
        return;
    }
    memcpy(to.sun_path, path, length);
    if (path[0] == '@') { /* an abstract name, which begins with a NUL (unix(7)) */
        to.sun_path[0] = '\0';
    }
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
                     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
        close(fd);
    }
}

void
service_notify_stopping(int64_t within_ms)
{
    char state[80];

    snprintf(state, sizeof(state), "STOPPING=1\nEXTEND_TIMEOUT_USEC=%" PRId64, within_ms * 1000);
    service_notify(state);
}

int64_t
service_watchdog_ms(void)
{
    const char *pid = getenv("WATCHDOG_PID"), *span = getenv("WATCHDOG_USEC");
    int64_t us, own;

    if (span == NULL || !number_parse(str_of(span), 1, INT64_MAX, &us) ||
        (pid != NULL && !number_parse(str_of(pid), getpid(), getpid(), &own))) {
        return 0;
    }
    return us < 1000 ? 1 : us / 1000;
}

void
service_notify_alive(void)
{
    if (service_watchdog_ms() > 0) {
        service_notify("WATCHDOG=1");
    }
}

void
service_forget(void)
{
    unsetenv("WATCHDOG_PID");
    unsetenv("WATCHDOG_USEC");
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    unsetenv("NOTIFY_SOCKET");
}
