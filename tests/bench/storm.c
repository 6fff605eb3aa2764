/* storm.c - the server is killed: all its clients connect again, and resume.
 *
 * Who lost the connection waits a random time up to `spread`. If there is no server yet, it tries
 * again within a second, then two, and so on, as the contract has it. The measured time begins with
 * the first loss, and ends when all have what they missed. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/load.h"
#include "tests/bench/stamp.h"

enum {
    BACKOFF_MAX = 5,      /* doublings */
    AFTER_NS = 500000000, /* then messages must come as ever */
    LOOK_NS = 1000000
};

static struct client **lost;
static unsigned lost_count, ever_lost, back, members, retries;
static uint64_t began_ns, last_back_ns;
static bool raging;

static uint64_t
wait_ns(struct client *c)
{
    double most = options->spread;

    if (c->v2->attempts > 0) {
        most = 1u << (c->v2->attempts <= BACKOFF_MAX ? c->v2->attempts - 1 : BACKOFF_MAX);
    }
    return (uint64_t)(most * 1e9 * rand() / RAND_MAX);
}

bool
storm_take_loss(struct client *c)
{
    uint64_t now = now_ns();

    if (!raging || c->v2 == NULL || c->v2->said_ns != NULL) {
        return false;
    }
    if (began_ns == 0) {
        began_ns = now;
        watcher_mark(MARK_BEGIN);
        measuring = true;
    }
    ever_lost += c->v2->attempts == 0;
    retries += c->v2->attempts > 0;
    client_close(c);
    c->state = CLIENT_LOST;
    c->v2->owed = 0;
    c->v2->due_ns = now + wait_ns(c);
    c->v2->attempts++;
    lost[lost_count++] = c;
    return true;
}

void
storm_back(struct client *c, uint64_t now)
{
    if (c->v2->attempts > 0) {
        back++;
        last_back_ns = now;
        hist_add(&tally->back, now - c->began_ns);
    }
}

static void
reopen(void)
{
    static uint64_t looked_ns;
    uint64_t now = now_ns();
    unsigned left = 0;

    if (now - looked_ns < LOOK_NS) {
        return;
    }
    looked_ns = now;
    for (unsigned i = 0, count = lost_count; i < count; i++) {
        if (lost[i]->v2->due_ns <= now) {
            client_open(lost[i]);
        } else {
            lost[left++] = lost[i];
        }
    }
    lost_count = left;
}

static void
turn(void)
{
    (void)traffic_pace();
    load_turn(1);
    reopen();
}

void
storm_run(void)
{
    uint64_t end;

    members = options->clients - options->groups * options->senders;
    lost = checked(calloc(members + 1, sizeof(struct client *)));
    raging = true;
    fprintf(stderr, "ready\n");
    while (back < members) {
        turn();
    }
    watcher_mark(MARK_END);
    measuring = false;
    end = now_ns() + AFTER_NS;
    while (now_ns() < end) {
        turn();
    }
    if (ever_lost != members || back != members) {
        fail("%u of %u clients were lost, %u times one came back", ever_lost, members, back);
    }
    raging = false;
}

void
storm_print(void)
{
    printf(" lost=%u retries=%u unrecovered=%llu missed_frames=%llu all_back_s=%.3f", ever_lost,
           retries, (unsigned long long)tally->unrecovered, (unsigned long long)tally->missed,
           (double)(last_back_ns - began_ns) / 1e9);
}
