/* deadline.c - the latest time at which a request must have been read. */
#include "fcgi-api/http/deadline.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/time.h>

static volatile sig_atomic_t late_fd = -1; /* the connection that is being read */

static void
deadline_on_alarm(int number)
{
    int error = errno;

    (void)number;
    if (late_fd >= 0) {
        shutdown(late_fd, SHUT_RDWR);
    }
    errno = error;
}

/* The handler is set anew each time, as a login module may have used alarm(3). */
void
deadline_start(int fd, int ms)
{
    const struct sigaction action = {.sa_handler = deadline_on_alarm, .sa_flags = SA_RESTART};
    const struct itimerval timer = {{0, 0}, {ms / 1000, ms % 1000 * 1000}};

    late_fd = fd;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

void
deadline_stop(void)
{
    const struct itimerval never = {{0, 0}, {0, 0}};

    setitimer(ITIMER_REAL, &never, NULL);
    late_fd = -1;
    signal(SIGALRM, SIG_DFL);
}
