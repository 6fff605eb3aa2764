/* load.c - the load generator: WebSocket clients of a server, what they say, and what reaches whom
 * when.
 *
 *   load port=PORT clients=1000 window=64 seconds=5 ...      `load help` lists the options
 *
 * One epoll loop (with processes=N, idle clients are spread over N of them). Every frame is parsed,
 * every message checked: each client has to get each message of each sender of its group once and
 * in order, all clients of a group in the same order; its time since it was said is taken from the
 * stamp in it. Prints one line of name=value; exits with 1 when anything was lost, doubled, out of
 * order or refused. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/load.h"
#include "tests/bench/stamp.h"

enum {
    DRAIN_S = 10,
    POLL_MS = 2
};

enum phase {
    PHASE_OPEN,
    PHASE_SETTLE,
    PHASE_WARM,
    PHASE_MEASURE,
    PHASE_DRAIN,
    PHASE__MAX
};

const struct options *options;
struct shared *shared;
struct tally *tally;
struct group *groups;
bool measuring;

static unsigned process;
static uint64_t opened_ns;

void
fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "load: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    if (shared != NULL) {
        shared->failed = true;
    }
    exit(1);
}

void *
checked(void *p)
{
    if (p == NULL) {
        fail("out of memory");
    }
    return p;
}

static void
create_groups(void)
{
    groups = checked(calloc(options->groups + 1, sizeof(*groups)));
    for (unsigned i = 0; i < options->groups; i++) {
        groups[i].id = i;
        groups[i].senders = checked(calloc(options->senders, sizeof(*groups[i].senders)));
        groups[i].next = checked(calloc(options->senders, sizeof(*groups[i].next)));
    }
}

/* ---- phases ---- */

void
load_turn(int timeout_ms)
{
    if (shared->failed || (double)(now_ns() - shared->began_ns) / 1e9 > options->limit) {
        fail("given up: %u of %u clients have joined, %llu messages were sent", clients_live(),
             clients_count(), (unsigned long long)tally->sent);
    }
    clients_turn(timeout_ms);
}

/* Goes on when all processes have come so far. */
static void
meet(enum phase phase)
{
    shared->arrived[phase]++;
    while (shared->arrived[phase] < options->processes) {
        load_turn(POLL_MS);
    }
}

static void
open_all(void)
{
    while (clients_live() < clients_count()) {
        clients_open_more();
        load_turn(100);
    }
    meet(PHASE_OPEN);
    opened_ns = now_ns();
}

static void
run_for(double seconds, bool talking)
{
    uint64_t end = now_ns() + (uint64_t)(seconds * 1e9), now;

    while ((now = now_ns()) < end) {
        int wait = (int)((end - now) / 1000000) + 1;

        if (talking && options->rate > 0) {
            int next = traffic_pace();

            next = options->gentle && next < 1 ? 1 : next;
            wait = next < wait ? next : wait;
        } else if (talking && options->window > 0) {
            traffic_flood();
        }
        load_turn(wait < 50 ? wait : 50);
    }
}

static void
drain(void)
{
    uint64_t end = now_ns() + (uint64_t)DRAIN_S * 1000000000u;

    while (!traffic_all_arrived() && now_ns() < end) {
        load_turn(10);
    }
}

static void
measure(bool talking)
{
    if (options->storm) {
        storm_run();
        return;
    }
    measuring = true;
    if (process == 0) {
        watcher_mark(MARK_BEGIN);
    }
    run_for(options->seconds, talking);
    measuring = false;
    if (process == 0) {
        watcher_mark(MARK_END);
    }
}

static void
work(void)
{
    bool talking = process == 0 && options->clients > 0;

    tally = &shared->tallies[process];
    create_groups();
    clients_create(process);
    if (talking) {
        traffic_create();
    }
    open_all();
    run_for(options->settle, false);
    if (process == 0) {
        watcher_mark(MARK_SETTLED);
    }
    if (talking) {
        traffic_start();
    }
    meet(PHASE_SETTLE);
    run_for(options->warm, talking);
    meet(PHASE_WARM);
    measure(talking);
    meet(PHASE_MEASURE);
    drain();
    meet(PHASE_DRAIN);
    clients_abort();
}

/* ---- results ---- */

static uint64_t
missing(void)
{
    uint64_t n = 0, wanted = tally->sent * options->list_fan;

    for (unsigned i = 0; i < options->groups; i++) {
        uint64_t all = groups[i].sent * groups[i].members;

        n += all > groups[i].received ? all - groups[i].received : 0;
    }
    return n + (wanted > tally->list_delivered ? wanted - tally->list_delivered : 0);
}

static void
print_hist(const char *name, const struct hist *h)
{
    printf(" %sp50_us=%.1f %sp99_us=%.1f %sp999_us=%.1f %smax_us=%.1f", name, hist_at(h, 0.5) / 1e3,
           name, hist_at(h, 0.99) / 1e3, name, hist_at(h, 0.999) / 1e3, name, (double)h->max / 1e3);
}

static bool
report(void)
{
    struct tally *t = &shared->tallies[0];
    uint64_t lost = missing();
    unsigned unlike = process == 0 ? clients_unlike() : 0;
    double open_s = (double)(opened_ns - shared->began_ns) / 1e9;

    for (unsigned p = 1; p < options->processes; p++) {
        t->pings += shared->tallies[p].pings;
        t->refused += shared->tallies[p].refused;
        t->strangers += shared->tallies[p].strangers;
    }
    printf("opened=%u open_s=%.3f open_rate=%.0f", shared->opened, open_s, shared->opened / open_s);
    print_hist("open_", &t->opening);
    printf(" sent=%llu delivered=%llu bytes=%llu pings=%llu", (unsigned long long)t->sent,
           (unsigned long long)t->delivered, (unsigned long long)t->bytes,
           (unsigned long long)t->pings);
    print_hist("", &t->latency);
    if (options->v2) {
        printf(" acks=%llu", (unsigned long long)t->ack.count);
        print_hist("ack_", &t->ack);
    }
    print_hist("echo_", &t->echo);
    if (options->storm) {
        print_hist("back_", &t->back);
        storm_print();
    }
    if (options->lists > 0) {
        printf(" list_frames=%llu list_delivered=%llu", (unsigned long long)t->list_frames,
               (unsigned long long)t->list_delivered);
        print_hist("list_", &t->list_latency);
    }
    printf(" gaps=%llu doubles=%llu unlike=%u strangers=%llu refused=%llu missing=%llu",
           (unsigned long long)t->gaps, (unsigned long long)t->doubles, unlike,
           (unsigned long long)t->strangers, (unsigned long long)t->refused,
           (unsigned long long)lost);
    watcher_print();
    printf("\n");
    return t->gaps + t->doubles + unlike + t->strangers + t->refused + lost == 0;
}

int
main(int argc, char **argv)
{
    static struct options o;
    struct rlimit files;
    int status, bad = 0;

    options_read(&o, argc, argv);
    options = &o;
    signal(SIGPIPE, SIG_IGN);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        fail("mmap: %s", strerror(errno));
    }
    watcher_mark(MARK_BEFORE);
    shared->began_ns = now_ns();
    for (unsigned p = 1; p < o.processes; p++) {
        pid_t child = fork();

        if (child < 0) {
            fail("fork: %s", strerror(errno));
        }
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            process = p;
            work();
            return 0;
        }
    }
    work();
    while (wait(&status) > 0) {
        bad |= status;
    }
    return report() && bad == 0 ? 0 : 1;
}
