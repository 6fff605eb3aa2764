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
    REST_MS = 5000,   /* longest wait before a child that dies at once is started again */
    STEADY_MS = 10000 /* who has lived so long did not die of its start */
};

/* One place for a child; count of them, and behind these whoever is on its way out. */
struct place {
    pid_t pid;           /* 0: nobody */
    bool leaving;        /* was told to end; the place goes with it */
    int64_t began_ms;    /* of its start, or of its being told */
    int64_t start_at_ms; /* of the next one, where there is nobody */
    struct backoff backoff;
};

struct keeping {
    struct supervisor *s;
    struct place *places;
    size_t used;
    bool stopping;
    unsigned stops;  /* how often it was told */
    sigset_t before; /* the mask of whoever called us */
};

static bool
is_due(const struct place *p, const struct keeping *k)
{
    return p->pid == 0 && !p->leaving && !k->stopping;
}

/* ---- children ---- */

static void
become_child(const struct keeping *k, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* nobody would look after it any more */
    if (getppid() != parent) {
        _exit(0);
    }
    sigprocmask(SIG_SETMASK, &k->before, NULL);
    service_forget();
    k->s->child(k->s->arg);
    _exit(1);
}

static void
start(struct keeping *k, struct place *p)
{
    pid_t parent = getpid(), pid = fork();

    if (pid == 0) {
        become_child(k, parent);
    }
    p->began_ms = clock_ms();
    if (pid < 0) {
        p->start_at_ms = p->began_ms + backoff_next_ms(&p->backoff, REST_MS);
        log_error("%s cannot be started reason=\"%s\"", k->s->name, strerror(errno));
        return;
    }
    p->pid = pid;
    log_debug("%s started pid=%d", k->s->name, (int)pid);
}

/* Who is on its way out already gets no more time by it. */
static void
dismiss(struct place *p, int number)
{
    if (p->leaving) {
        return;
    }
    if (p->pid != 0) {
        kill(p->pid, number);
    }
    p->leaving = true;
    p->began_ms = clock_ms();
}

/* A place whose child is gone: the next one comes at once after a long life, else after a while. */
static void
refill(struct keeping *k, struct place *p, int status)
{
    int64_t now = clock_ms();

    if (now - p->began_ms >= STEADY_MS) {
        backoff_reset(&p->backoff);
        p->start_at_ms = now;
    } else {
        p->start_at_ms = now + backoff_next_ms(&p->backoff, REST_MS);
    }
    log_warn("%s died pid=%d %s=%d again-in-ms=%lld", k->s->name, (int)p->pid,
             WIFSIGNALED(status) ? "signal" : "status",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
             (long long)(p->start_at_ms - now));
    p->pid = 0;
}

static void
reap(struct keeping *k)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (size_t i = 0; i < k->used; i++) {
            struct place *p = &k->places[i];

            if (p->pid != pid) {
                continue;
            }
            if (p->leaving) {
                log_debug("%s ended pid=%d", k->s->name, (int)pid);
                p->pid = 0;
            } else {
                refill(k, p, status);
            }
            break;
        }
    }
}

/* ---- all of them ---- */

static void
add_places(struct keeping *k)
{
    size_t more = (size_t)k->s->count;

    k->places = mem_resize(k->places, (k->used + more) * sizeof(*k->places));
    memset(k->places + k->used, 0, more * sizeof(*k->places));
    k->used += more;
}

/* Who is due is started; who takes too long to leave is killed; places of those who have left go. */
static void
keep(struct keeping *k)
{
    int64_t now = clock_ms();
    size_t kept = 0;

    for (size_t i = 0; i < k->used; i++) {
        struct place *p = &k->places[i];

        if (is_due(p, k) && p->start_at_ms <= now) {
            start(k, p);
        }
        if (p->leaving && p->pid != 0 && now - p->began_ms >= k->s->stop_ms) {
            log_warn("%s does not end, killed pid=%d", k->s->name, (int)p->pid);
            kill(p->pid, SIGKILL);
            p->began_ms = now;
        }
        if (p->pid != 0 || is_due(p, k)) {
            k->places[kept++] = *p;
        }
    }
    k->used = kept;
}

static void
stop(struct keeping *k)
{
    log_info("stopping");
    service_notify("STOPPING=1");
    k->stopping = true;
    if (k->s->stopping != NULL) {
        k->s->stopping(k->s->arg);
    }
    for (size_t i = 0; i < k->used; i++) {
        dismiss(&k->places[i], k->s->stop_signal);
    }
}

static void
signal_all(const struct keeping *k, int number)
{
    for (size_t i = 0; i < k->used; i++) {
        if (k->places[i].pid != 0) {
            kill(k->places[i].pid, number);
        }
    }
}

static void
replace_all(struct keeping *k)
{
    size_t old = k->used;

    add_places(k);
    for (size_t i = old; i < k->used; i++) {
        start(k, &k->places[i]);
    }
    for (size_t i = 0; i < old; i++) {
        dismiss(&k->places[i], SIGUSR1);
    }
    log_info("reloaded processes=%d", k->s->count);
}

static void
reload(struct keeping *k)
{
    switch (k->s->reload(k->s)) {
    case SUPERVISOR_KEEP:
        log_error("not reloaded: the %ss stay as they are", k->s->name);
        break;
    case SUPERVISOR_REPLACE:
        replace_all(k);
        break;
    case SUPERVISOR_PASS_ON:
        signal_all(k, SIGHUP);
        break;
    }
}

/* ---- signals ---- */

/* How long until something is due by itself. */
static struct timespec
next_due(const struct keeping *k)
{
    int64_t now = clock_ms(), wait = 60000;

    for (size_t i = 0; i < k->used; i++) {
        const struct place *p = &k->places[i];
        int64_t at = is_due(p, k) ? p->start_at_ms : p->began_ms + k->s->stop_ms;

        if ((is_due(p, k) || p->leaving) && at - now < wait) {
            wait = at > now ? at - now : 0;
        }
    }
    return (struct timespec){wait / 1000, wait % 1000 * 1000000};
}

static void
on_signal(struct keeping *k, int number)
{
    if (number == SIGHUP && !k->stopping) {
        service_notify("STATUS=Reloading");
        reload(k);
        service_notify("READY=1\nSTATUS=");
    } else if ((number == SIGTERM || number == SIGINT) && ++k->stops == 1) {
        stop(k);
    } else if (number == SIGTERM || number == SIGINT) {
        signal_all(k, k->stops == 2 ? k->s->hurry_signal : SIGKILL);
    }
}

/* All signals of ours are blocked and waited for, so none is lost and no handler runs. */
static void
block_signals(struct keeping *k, sigset_t *ours)
{
    sigemptyset(ours);
    sigaddset(ours, SIGCHLD);
    sigaddset(ours, SIGHUP);
    sigaddset(ours, SIGTERM);
    sigaddset(ours, SIGINT);
    sigprocmask(SIG_BLOCK, ours, &k->before);
    signal(SIGCHLD, SIG_DFL); /* where it is ignored, children vanish unseen */
}

void
supervisor_run(struct supervisor *s)
{
    struct keeping k = {.s = s};
    sigset_t ours;

    block_signals(&k, &ours);
    add_places(&k);
    keep(&k);
    log_info("started processes=%d", s->count);
    service_notify("READY=1");
    while (k.used > 0) {
        struct timespec wait = next_due(&k);

        on_signal(&k, sigtimedwait(&ours, NULL, &wait));
        reap(&k);
        keep(&k);
    }
    log_info("stopped");
    free(k.places);
}
