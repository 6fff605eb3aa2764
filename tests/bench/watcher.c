/* watcher.c - the servers' CPU time and resident memory, at marks of the run. */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/load.h"
#include "tests/bench/stamp.h"

struct reading {
    double cpu_s;
    double rss_kb;
};

static struct reading readings[MARK__MAX][WATCHED_MAX];
static uint64_t marked_ns[MARK__MAX];
static double own_s[MARK__MAX]; /* how busy the generator itself was */

static double
cpu_of(int pid)
{
    clockid_t clock;
    struct timespec t;

    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0) {
        fail("no process %d to watch", pid);
    }
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
rss_of(int pid)
{
    char path[64];
    long pages = 0;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/statm", pid);
    f = fopen(path, "r");
    if (f == NULL || fscanf(f, "%*d %ld", &pages) != 1) {
        fail("%s cannot be read", path);
    }
    fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

void
watcher_mark(unsigned mark)
{
    for (unsigned i = 0; i < options->watched_count; i++) {
        const struct watched *w = &options->watched[i];
        struct reading *r = &readings[mark][i];

        *r = (struct reading){0, 0};
        for (int p = 0; p < w->pid_count; p++) {
            r->cpu_s += cpu_of(w->pids[p]);
            r->rss_kb += rss_of(w->pids[p]);
        }
    }
    marked_ns[mark] = now_ns();
    own_s[mark] = cpu_of(getpid());
}

void
watcher_print(void)
{
    double seconds = (double)(marked_ns[MARK_END] - marked_ns[MARK_BEGIN]) / 1e9;

    printf(" measured_s=%.3f cpu_load=%.6f", seconds, own_s[MARK_END] - own_s[MARK_BEGIN]);
    for (unsigned i = 0; i < options->watched_count; i++) {
        const char *name = options->watched[i].name;

        printf(" cpu_%s=%.6f open_cpu_%s=%.6f rss_before_%s=%.0f rss_%s=%.0f", name,
               readings[MARK_END][i].cpu_s - readings[MARK_BEGIN][i].cpu_s, name,
               readings[MARK_SETTLED][i].cpu_s - readings[MARK_BEFORE][i].cpu_s, name,
               readings[MARK_BEFORE][i].rss_kb, name, readings[MARK_SETTLED][i].rss_kb);
    }
}
