/* metrics.h - what this daemon counts of itself, for /metrics.
 *
 * Each worker has one of its own, in memory that all of them can read, so that whichever is asked tells of all. */
#ifndef PUSH_CORE_METRICS_H
#define PUSH_CORE_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/text.h"

enum {
    METRICS_REASONS = 40,
    METRICS_REASON_SIZE = 56,
    METRICS_BUCKETS = 16
};

/* A histogram; bucket i counts values of at most 4^i (the last all others). */
struct metrics_histogram {
    uint64_t buckets[METRICS_BUCKETS];
    uint64_t count;
    uint64_t sum;
};

struct metrics_reason {
    char text[METRICS_REASON_SIZE];
    uint64_t count;
};

struct metrics {
    int64_t owner;    /* pid of the daemon that has this place; 0: nobody */
    uint64_t present; /* 1: there is one */
    uint64_t ready;   /* 1: Redis answers, and it does not stop */

    uint64_t connections; /* now */
    uint64_t connections_all;
    uint64_t groups; /* now */

    uint64_t messages_in;      /* from clients */
    uint64_t messages_stored;  /* of these */
    uint64_t messages_refused; /* answered 503 */
    uint64_t messages_limited; /* answered 429 */
    uint64_t messages_out;     /* from Redis, to the clients of a group */
    uint64_t deliveries;       /* a message to a client */
    uint64_t bytes_out;

    struct metrics_reason closes[METRICS_REASONS];
    struct metrics_reason refusals[METRICS_REASONS]; /* of handshakes, by HTTP status */

    uint64_t redis_commands; /* 1: the connection is up */
    uint64_t redis_subscription;
    uint64_t redis_reconnects;
    uint64_t probe_age_ms; /* since the last probe came back */

    struct metrics_histogram flush_messages; /* messages a flush */
    struct metrics_histogram flush_lag_us;   /* from a message's arrival to its flush */
    struct metrics_histogram loop_lag_us;    /* how late a timer was */
};

/* Places for so many workers, in memory that they share; before they are started. */
struct metrics *metrics_create(size_t workers);
/* Takes a place that nobody has, or somebody dead. There must be one. */
struct metrics *metrics_claim(struct metrics *places, size_t count);

void metrics_count_reason(struct metrics_reason reasons[METRICS_REASONS], const char *reason);
void metrics_observe(struct metrics_histogram *h, uint64_t value);

/* All places, summed up, in Prometheus' text format (version 0.0.4). */
void metrics_print(const struct metrics *places, size_t count, struct text *out);

/* Are all of them ready? *why says what is missing. */
bool metrics_are_ready(const struct metrics *places, size_t count, const char **why);

#endif
