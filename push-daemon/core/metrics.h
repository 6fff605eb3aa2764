/* metrics.h - the daemon's counters, for /metrics.
 *
 * Each worker counts in a slot of its own. All workers can read all slots, so any of them can
 * report the sums. */
#ifndef PUSH_CORE_METRICS_H
#define PUSH_CORE_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/text.h"
#include "push-daemon/core/close_reason.h"
#include "push-daemon/core/v2_error.h"

enum {
    METRICS_STATUS_MIN = 400, /* HTTP statuses that refuse a handshake */
    METRICS_STATUS_COUNT = 112,
    METRICS_BUCKETS = 16,
    METRICS_CONNECTIONS = 2, /* for commands, and the subscription */
    METRICS_REDIRECTS = 4    /* MOVED, ASK, TRYAGAIN, CLUSTERDOWN */
};

/* A histogram; bucket i counts values of at most 4^i (the last all others). */
struct metrics_histogram {
    uint64_t buckets[METRICS_BUCKETS];
    uint64_t count;
    uint64_t sum;
};

struct metrics {
    int64_t owner;    /* pid of the daemon that has this slot; 0: none */
    int64_t beat_ms;  /* when the loop's timers last ran, on clock_ms(); 0: not yet */
    uint64_t present; /* 1: it was claimed */
    uint64_t ready;   /* 1: Redis answers, and the daemon is not stopping */
    uint64_t late;    /* 1: Redis stores no message, as each comes too late for its clock */

    uint64_t connections; /* now */
    uint64_t connections_all;
    uint64_t groups; /* now */

    uint64_t handshakes_waiting; /* now */
    uint64_t handshakes_cut;     /* to make room for others */

    uint64_t messages_in;      /* from clients */
    uint64_t messages_stored;  /* of messages_in */
    uint64_t messages_refused; /* answered 503 */
    uint64_t messages_late;    /* of these: not stored in time */
    uint64_t messages_limited; /* answered 429 */
    uint64_t messages_ruled;   /* refused by a rule of their group */
    uint64_t words_refused;    /* messages with a word that no message may have */
    uint64_t words_masked;     /* those that were stored without it */
    uint64_t review_asked;     /* messages that the site was asked about */
    uint64_t review_allowed;   /* what it said */
    uint64_t review_replaced;
    uint64_t review_refused;
    uint64_t review_failed;  /* to be asked about: but it gave no answer, or was not asked */
    uint64_t review_waiting; /* now: for an answer */
    uint64_t messages_out;   /* from Redis, to the clients of a group */
    uint64_t deliveries;     /* a message to a client */
    uint64_t bytes_out;
    uint64_t bytes_pending; /* now: of frames for one client that wait for its socket */

    uint64_t resumes_recovered; /* clients of fastim.v2 that came back and lost nothing */
    uint64_t resumes_refused;   /* those that got the list instead */
    uint64_t resumes_missed;    /* frames that the former got */
    uint64_t acks;
    uint64_t signals; /* published */
    uint64_t errors[V2_ERROR__MAX];

    uint64_t closes[CLOSE_REASON__MAX];
    uint64_t refusals[METRICS_STATUS_COUNT]; /* of handshakes, by status - METRICS_STATUS_MIN */

    uint64_t redis_commands; /* 1: the connection is up */
    uint64_t redis_subscription;
    uint64_t redis_reconnects;
    uint64_t probe_age_ms; /* since the last probe came back; of the worst node */
    uint64_t redis_nodes;  /* now: masters */
    uint64_t nodes_up[METRICS_CONNECTIONS];
    uint64_t slots_unserved; /* now, of a cluster: no node answers for them */
    uint64_t map_age_ms;     /* of a cluster: since a node has told its map */
    uint64_t redirects[METRICS_REDIRECTS];
    uint64_t rooms_moved;  /* of a cluster: groups that went to another node */
    uint64_t rooms_polled; /* now: their slot is on the move */
    uint64_t clock_steps;  /* of Redis' clock */
    uint64_t presence_reports;
    uint64_t rechecks;                  /* questions whether a client may stay */
    uint64_t open_bytes;                /* of messages whose outcome is not known yet */
    struct metrics_histogram append_us; /* from sending a message to Redis to its answer */
    struct metrics_histogram answer_us; /* the same of a command that costs Redis nothing */

    struct metrics_histogram flush_messages; /* messages a flush */
    struct metrics_histogram flush_lag_us;   /* from a message's arrival from Redis to its flush */
    struct metrics_histogram loop_lag_us;    /* how late a timer was */
};

/* Slots for so many workers, in memory that they share. Call it before they are forked. */
struct metrics *metrics_create(size_t workers);
/* Takes a slot without a living owner, and clears it. There must be one. */
struct metrics *metrics_claim(struct metrics *slots, size_t count);

/* A handshake was refused with this HTTP status, from 400 to 511. */
void metrics_count_refusal(struct metrics *m, int status);

void metrics_observe(struct metrics_histogram *h, uint64_t value);

/* Have the loops of all daemons turned since then? One that has not begun counts as well. */
bool metrics_are_alive(const struct metrics *slots, size_t count, int64_t since_ms);

/* All slots, summed up, in Prometheus' text format (version 0.0.4). */
void metrics_print(const struct metrics *slots, size_t count, struct text *out);

/* Are all of them ready? *why says what is missing. */
bool metrics_are_ready(const struct metrics *slots, size_t count, const char **why);

#endif
