/* deadline.c - the latest time at which a request must have been read. */
#include "fcgi-api/http/deadline.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/time.h>

static volatile sig_atomic_t late_fd = -1; /* the connection that is being read */
static volatile sig_atomic_t more_ms;      /* that it has when the timer fires */

static void
deadline_set_timer(int ms)
{
    const struct itimerval timer = {{0, 0}, {ms / 1000, ms % 1000 * 1000}};

    setitimer(ITIMER_REAL, &timer, NULL);
}

static void
deadline_on_alarm(int number)
{
    int error = errno;

    (void)number;
    if (more_ms > 0) {
        deadline_set_timer(more_ms);
        more_ms = 0;
    } else if (late_fd >= 0) {
        shutdown(late_fd, SHUT_RDWR);
    }
    errno = error;
}

/* The handler is set anew each time, as a login module may have used alarm(3). */
void
deadline_start(int fd, int ms)
{
    const struct sigaction action = {.sa_handler = deadline_on_alarm, .sa_flags = SA_RESTART};

    late_fd = fd;
    more_ms = 0;
    sigaction(SIGALRM, &action, NULL);
    deadline_set_timer(ms);
}

void
deadline_extend(int ms)
{
    more_ms += ms;
}

void
deadline_stop(void)
{
    if (late_fd >= 0) {
        deadline_set_timer(0);
        late_fd = -1;
        signal(SIGALRM, SIG_DFL);
    }
}
