/* supervisor.c - keeps a number of child processes running. */
#include "lib/process/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/backoff.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/process/service.h"

enum {
    REST_MS = 5000,   /* longest wait before a child that died at once is started again */
    STEADY_MS = 10000 /* a child that has lived so long did not die of its start */
};

/* Holds one child. Times are those of clock_ms(). */
struct slot {
    pid_t pid;           /* 0: no child */
    bool leaving;        /* the child was told to end; the slot goes with it */
    int64_t began_ms;    /* when the child was started or, if it leaves, told to */
    int64_t start_at_ms; /* when to start the next child, if there is none */
    struct backoff backoff;
};

struct keeping {
    struct supervisor *s;
    struct slot *slots;
    size_t used;
    bool stopping;
    unsigned stops;  /* stop signals so far */
    sigset_t before; /* the caller's signal mask */
};

static bool
slot_is_due(const struct slot *slot, const struct keeping *k)
{
    return slot->pid == 0 && !slot->leaving && !k->stopping;
}

/* ---- children ---- */

static void
slot_become_child(const struct keeping *k, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* else it would outlive a killed supervisor */
    if (getppid() != parent) {
        _exit(0);
    }
    sigprocmask(SIG_SETMASK, &k->before, NULL);
    service_forget();
    k->s->child(k->s->arg);
    _exit(1);
}

static void
slot_start(struct keeping *k, struct slot *slot)
{
    pid_t parent = getpid(), pid = fork();

    if (pid == 0) {
        slot_become_child(k, parent);
    }
    slot->began_ms = clock_ms();
    if (pid < 0) {
        slot->start_at_ms = slot->began_ms + backoff_next_ms(&slot->backoff, REST_MS);
        log_error("%s cannot be started reason=\"%s\"", k->s->name, strerror(errno));
        return;
    }
    slot->pid = pid;
    log_debug("%s started pid=%d", k->s->name, (int)pid);
}

/* Tells a child to end. A child that was told before gets no more time. */
static void
slot_dismiss(struct slot *slot, int number)
{
    if (slot->leaving) {
        return;
    }
    if (slot->pid != 0) {
        kill(slot->pid, number);
    }
    slot->leaving = true;
    slot->began_ms = clock_ms();
}

/* The child of this slot has died: the next one starts at once after a long life, else later. */
static void
slot_refill(struct keeping *k, struct slot *slot, int status)
{
    int64_t now = clock_ms();

    if (now - slot->began_ms >= STEADY_MS) {
        backoff_reset(&slot->backoff);
        slot->start_at_ms = now;
    } else {
        slot->start_at_ms = now + backoff_next_ms(&slot->backoff, REST_MS);
    }
    log_warn("%s died pid=%d %s=%d again-in-ms=%lld", k->s->name, (int)slot->pid,
             WIFSIGNALED(status) ? "signal" : "status",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
             (long long)(slot->start_at_ms - now));
    slot->pid = 0;
}

static void
supervisor_reap(struct keeping *k)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (size_t i = 0; i < k->used; i++) {
            struct slot *slot = &k->slots[i];

            if (slot->pid != pid) {
                continue;
            }
            if (slot->leaving) {
                log_debug("%s ended pid=%d", k->s->name, (int)pid);
                slot->pid = 0;
            } else {
                slot_refill(k, slot, status);
            }
            break;
        }
    }
}

/* ---- all of them ---- */

static void
supervisor_add_slots(struct keeping *k)
{
    size_t more = (size_t)k->s->count;

    k->slots = mem_resize(k->slots, (k->used + more) * sizeof(*k->slots));
    memset(k->slots + k->used, 0, more * sizeof(*k->slots));
    k->used += more;
}

/* Starts children that are due, kills those that leave too slowly, drops empty slots. */
static void
supervisor_keep(struct keeping *k)
{
    int64_t now = clock_ms();
    size_t kept = 0;

    for (size_t i = 0; i < k->used; i++) {
        struct slot *slot = &k->slots[i];

        if (slot_is_due(slot, k) && slot->start_at_ms <= now) {
            slot_start(k, slot);
        }
        if (slot->leaving && slot->pid != 0 && now - slot->began_ms >= k->s->stop_ms) {
            log_warn("%s does not end, killed pid=%d", k->s->name, (int)slot->pid);
            kill(slot->pid, SIGKILL);
            slot->began_ms = now;
        }
        if (slot->pid != 0 || slot_is_due(slot, k)) {
            k->slots[kept++] = *slot;
        }
    }
    k->used = kept;
}

static void
supervisor_stop(struct keeping *k)
{
    log_info("stopping");
    service_notify_stopping(k->s->stop_ms);
    k->stopping = true;
    if (k->s->stopping != NULL) {
        k->s->stopping(k->s->arg);
    }
    for (size_t i = 0; i < k->used; i++) {
        slot_dismiss(&k->slots[i], k->s->stop_signal);
    }
}

static void
supervisor_signal_all(const struct keeping *k, int number)
{
    for (size_t i = 0; i < k->used; i++) {
        if (k->slots[i].pid != 0) {
            kill(k->slots[i].pid, number);
        }
    }
}

static void
supervisor_replace_all(struct keeping *k)
{
    size_t old = k->used;

    supervisor_add_slots(k);
    for (size_t i = old; i < k->used; i++) {
        slot_start(k, &k->slots[i]);
    }
    for (size_t i = 0; i < old; i++) {
        slot_dismiss(&k->slots[i], SIGUSR1);
    }
    log_info("reloaded processes=%d", k->s->count);
}

static void
supervisor_on_hup(struct keeping *k)
{
    switch (k->s->reload(k->s)) {
    case SUPERVISOR_KEEP:
        log_error("not reloaded: the %ss stay as they are", k->s->name);
        break;
    case SUPERVISOR_REPLACE:
        supervisor_replace_all(k);
        break;
    case SUPERVISOR_PASS_ON:
        supervisor_signal_all(k, SIGHUP);
        break;
    }
}

/* ---- signals ---- */

/* How long until a child is due to start or to be killed, or the manager wants to hear of us; a
 * minute at most. */
static struct timespec
supervisor_next_due(const struct keeping *k)
{
    int64_t now = clock_ms(), beat = service_watchdog_ms() / 4;
    int64_t wait = beat > 0 && beat < 60000 ? beat : 60000;

    for (size_t i = 0; i < k->used; i++) {
        const struct slot *slot = &k->slots[i];
        int64_t at = slot_is_due(slot, k) ? slot->start_at_ms : slot->began_ms + k->s->stop_ms;

        if ((slot_is_due(slot, k) || slot->leaving) && at - now < wait) {
            wait = at > now ? at - now : 0;
        }
    }
    return (struct timespec){wait / 1000, wait % 1000 * 1000000};
}

static void
supervisor_on_signal(struct keeping *k, int number)
{
    if (number == SIGHUP && !k->stopping) {
        service_notify("STATUS=Reloading");
        supervisor_on_hup(k);
        service_notify("READY=1\nSTATUS=");
    } else if ((number == SIGTERM || number == SIGINT) && ++k->stops == 1) {
        supervisor_stop(k);
    } else if (number == SIGTERM || number == SIGINT) {
        supervisor_signal_all(k, k->stops == 2 ? k->s->hurry_signal : SIGKILL);
    }
}

/* Half of what the manager allows is left to its own turn. */
static void
supervisor_beat(const struct keeping *k)
{
    int64_t watchdog_ms = service_watchdog_ms();

    if (watchdog_ms > 0 && (k->s->is_alive == NULL || k->s->is_alive(k->s->arg, watchdog_ms / 2))) {
        service_notify_alive();
    }
}

/* Blocks the signals that supervisor_run() waits for, so that none is lost and no handler runs. */
static void
supervisor_block_signals(struct keeping *k, sigset_t *ours)
{
    sigemptyset(ours);
    sigaddset(ours, SIGCHLD);
    sigaddset(ours, SIGHUP);
    sigaddset(ours, SIGTERM);
    sigaddset(ours, SIGINT);
    sigprocmask(SIG_BLOCK, ours, &k->before);
    signal(SIGCHLD, SIG_DFL); /* if it is ignored, children vanish without a signal */
}

void
supervisor_run(struct supervisor *s)
{
    struct keeping k = {.s = s};
    sigset_t ours;

    supervisor_block_signals(&k, &ours);
    supervisor_add_slots(&k);
    supervisor_keep(&k);
    log_info("started processes=%d", s->count);
    service_notify("READY=1");
    while (k.used > 0) {
        struct timespec wait = supervisor_next_due(&k);

        supervisor_on_signal(&k, sigtimedwait(&ours, NULL, &wait));
        supervisor_reap(&k);
        supervisor_keep(&k);
        supervisor_beat(&k);
    }
    log_info("stopped");
    free(k.slots);
}
