/* step_clock.c - preloaded into a program, moves its wall clock by what a file says.
 *
 * STEP_CLOCK names a file of eight bytes: milliseconds, of either sign. It is mapped, so a program
 * that runs sees a change at once. The monotonic clock stays what it is, as at a real step. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *step_clock_ms;

__attribute__((constructor)) static void
step_clock_begin(void)
{
    const char *path = getenv("STEP_CLOCK");
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *at = fd >= 0 ? mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;

    if (at == MAP_FAILED) {
        _exit(120); /* a test that believes in a step which is none is worse */
    }
    close(fd);
    step_clock_ms = at;
}

int
clock_gettime(clockid_t clock, struct timespec *at)
{
    int result = (int)syscall(SYS_clock_gettime, clock, at);

    if (result == 0 && step_clock_ms != NULL &&
        (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t ns = at->tv_nsec + *step_clock_ms % 1000 * 1000000 + 1000000000;

        at->tv_sec += *step_clock_ms / 1000 + ns / 1000000000 - 1;
        at->tv_nsec = ns % 1000000000;
    }
    return result;
}

int
gettimeofday(struct timeval *restrict at, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    *at = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}

time_t
time(time_t *at)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (at != NULL) {
        *at = now.tv_sec;
    }
    return now.tv_sec;
}
