/* metrics.c - the daemon's counters, for /metrics. */
#include "push-daemon/core/metrics.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/log.h"

struct metrics *
metrics_create(size_t workers)
{
    struct metrics *slots = mmap(NULL, workers * sizeof(*slots), PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (slots == MAP_FAILED) {
        log_error("metrics reason=\"out of memory\"");
        abort();
    }
    return slots;
}

static bool
metrics_try_claim(struct metrics *m)
{
    int64_t owner = __atomic_load_n(&m->owner, __ATOMIC_SEQ_CST);

    if (owner != 0 && (kill((pid_t)owner, 0) == 0 || errno != ESRCH)) {
        return false;
    }
    return __atomic_compare_exchange_n(&m->owner, &owner, getpid(), false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
}

struct metrics *
metrics_claim(struct metrics *slots, size_t count)
{
    size_t i = 0;

    while (!metrics_try_claim(&slots[i])) {
        i = (i + 1) % count; /* a dead daemon's slot becomes free once it is reaped */
    }
    memset((char *)&slots[i] + sizeof(slots[i].owner), 0,
           sizeof(slots[i]) - sizeof(slots[i].owner));
    slots[i].present = 1;
    return &slots[i];
}

bool
metrics_are_alive(const struct metrics *slots, size_t count, int64_t since_ms)
{
    for (size_t i = 0; i < count; i++) {
        int64_t beat_ms = __atomic_load_n(&slots[i].beat_ms, __ATOMIC_RELAXED);

        if (beat_ms != 0 && beat_ms < since_ms) {
            return false;
        }
    }
    return true;
}

void
metrics_count_refusal(struct metrics *m, int status)
{
    m->refusals[status - METRICS_STATUS_MIN]++;
}

void
metrics_observe(struct metrics_histogram *h, uint64_t value)
{
    uint64_t limit = 1;
    size_t i = 0;

    while (i < METRICS_BUCKETS - 1 && value > limit) {
        limit *= 4;
        i++;
    }
    h->buckets[i]++;
    h->count++;
    h->sum += value;
}

bool
metrics_are_ready(const struct metrics *slots, size_t count, const char **why)
{
    *why = "";
    for (size_t i = 0; i < count; i++) {
        if (slots[i].present == 0) {
            *why = "a worker is not there";
        } else if (slots[i].ready == 0) {
            *why = "Redis does not answer, or it stops";
        } else if (slots[i].late != 0) {
            *why = "Redis takes messages for too late";
        }
    }
    return **why == '\0';
}
