/* metrics.c - the daemon's counters, for /metrics. */
#include "push-daemon/core/metrics.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
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

void
metrics_count_reason(struct metrics_reason reasons[METRICS_REASONS], const char *reason)
{
    for (size_t i = 0; i < METRICS_REASONS; i++) {
        struct metrics_reason *r = &reasons[i];

        if (r->count == 0) {
            strncpy(r->text, reason, sizeof(r->text) - 1);
        }
        if (r->count == 0 || strncmp(r->text, reason, sizeof(r->text) - 1) == 0) {
            r->count++;
            return;
        }
    }
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

/* ---- as text ---- */

struct printing {
    const struct metrics *slots;
    size_t count;
    struct text *out;
};

static uint64_t
metrics_sum(const struct printing *p, size_t offset)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < p->count; i++) {
        uint64_t value;

        memcpy(&value, (const char *)&p->slots[i] + offset, sizeof(value));
        sum += value;
    }
    return sum;
}

static void
metrics_print_head(struct text *out, const char *name, const char *type, const char *help)
{
    const char *const parts[] = {"# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n"};

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        text_add_str(out, parts[i]);
    }
}

static void
metrics_print_value(struct text *out, const char *name, const char *labels, uint64_t value)
{
    text_add_str(out, name);
    text_add_str(out, labels);
    text_add_str(out, " ");
    text_add_int(out, (int64_t)value);
    text_add_str(out, "\n");
}

static const struct metrics_reason *
metrics_reasons(const struct printing *p, size_t slot, size_t offset)
{
    return (const struct metrics_reason *)(const void *)((const char *)&p->slots[slot] + offset);
}

/* Does a slot before this one have the same reason? Then it was printed. */
static bool
metrics_is_printed(const struct printing *p, size_t slot, size_t offset, const char *text)
{
    for (size_t i = 0; i < slot; i++) {
        for (size_t r = 0; r < METRICS_REASONS; r++) {
            const struct metrics_reason *other = &metrics_reasons(p, i, offset)[r];

            if (other->count > 0 && strcmp(other->text, text) == 0) {
                return true;
            }
        }
    }
    return false;
}

static uint64_t
metrics_sum_reason(const struct printing *p, size_t offset, const char *text)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < p->count; i++) {
        for (size_t r = 0; r < METRICS_REASONS; r++) {
            const struct metrics_reason *reason = &metrics_reasons(p, i, offset)[r];

            sum += reason->count > 0 && strcmp(reason->text, text) == 0 ? reason->count : 0;
        }
    }
    return sum;
}

static void
metrics_print_reasons(const struct printing *p, const char *name, size_t offset)
{
    for (size_t i = 0; i < p->count; i++) {
        for (size_t r = 0; r < METRICS_REASONS; r++) {
            const struct metrics_reason *reason = &metrics_reasons(p, i, offset)[r];
            char labels[METRICS_REASON_SIZE + 16] = "{reason=\"";

            if (reason->count == 0 || metrics_is_printed(p, i, offset, reason->text)) {
                continue;
            }
            strcat(strcat(labels, reason->text), "\"}");
            metrics_print_value(p->out, name, labels, metrics_sum_reason(p, offset, reason->text));
        }
    }
}

/* unit: what 1 in the histogram means in the output; 1e-6 turns microseconds into seconds. */
static void
metrics_print_histogram(const struct printing *p, const char *name, size_t offset, double unit)
{
    uint64_t sum = metrics_sum(p, offset + offsetof(struct metrics_histogram, sum)), below = 0;
    uint64_t limit = 1;
    char line[160];

    for (size_t b = 0; b < METRICS_BUCKETS; b++, limit *= 4) {
        char label[40] = "_bucket{le=\"+Inf\"}";

        below += metrics_sum(p, offset + b * sizeof(uint64_t));
        if (b < METRICS_BUCKETS - 1) {
            snprintf(label, sizeof(label), "_bucket{le=\"%.10g\"}", (double)limit * unit);
        }
        metrics_print_value(p->out, name, label, below);
    }
    snprintf(line, sizeof(line), "%s_sum %.10g\n", name, (double)sum * unit);
    text_add_str(p->out, line);
    metrics_print_value(p->out, name, "_count",
                        metrics_sum(p, offset + offsetof(struct metrics_histogram, count)));
}

enum shape {
    SHAPE_COUNTER,
    SHAPE_GAUGE,
    SHAPE_REASONS,
    SHAPE_COUNTS, /* a histogram of numbers */
    SHAPE_TIMES   /* one of microseconds */
};

static const struct row {
    const char *name;
    enum shape shape;
    size_t offset;
    const char *help;
} rows[] = {
#define AT(field) offsetof(struct metrics, field)
    {"fastim_workers", SHAPE_GAUGE, AT(present), "Daemons on this port."},
    {"fastim_workers_ready", SHAPE_GAUGE, AT(ready), "Those that Redis answers."},
    {"fastim_connections", SHAPE_GAUGE, AT(connections), "WebSockets open."},
    {"fastim_connections_total", SHAPE_COUNTER, AT(connections_all), "WebSockets ever opened."},
    {"fastim_groups", SHAPE_GAUGE, AT(groups), "Groups with clients here."},
    {"fastim_messages_in_total", SHAPE_COUNTER, AT(messages_in), "Messages from clients."},
    {"fastim_messages_stored_total", SHAPE_COUNTER, AT(messages_stored), "Stored in Redis."},
    {"fastim_messages_refused_total", SHAPE_COUNTER, AT(messages_refused), "Answered 503."},
    {"fastim_messages_limited_total", SHAPE_COUNTER, AT(messages_limited), "Answered 429."},
    {"fastim_messages_out_total", SHAPE_COUNTER, AT(messages_out), "Messages to groups here."},
    {"fastim_deliveries_total", SHAPE_COUNTER, AT(deliveries), "Messages times clients."},
    {"fastim_sent_bytes_total", SHAPE_COUNTER, AT(bytes_out), "Bytes of deliveries."},
    {"fastim_closes_total", SHAPE_REASONS, AT(closes), "Connections ended, by reason."},
    {"fastim_refusals_total", SHAPE_REASONS, AT(refusals), "Handshakes refused, by status."},
    {"fastim_redis_commands_up", SHAPE_GAUGE, AT(redis_commands), "Command connections up."},
    {"fastim_redis_subscription_up", SHAPE_GAUGE, AT(redis_subscription), "Subscriptions up."},
    {"fastim_redis_reconnects_total", SHAPE_COUNTER, AT(redis_reconnects), "Connections lost."},
    {"fastim_probe_age_milliseconds", SHAPE_GAUGE, AT(probe_age_ms),
     "Since the last probe came back, summed over the workers."},
    {"fastim_flush_messages", SHAPE_COUNTS, AT(flush_messages), "Messages a flush."},
    {"fastim_flush_lag_seconds", SHAPE_TIMES, AT(flush_lag_us),
     "From a message's arrival from Redis to its flush."},
    {"fastim_loop_lag_seconds", SHAPE_TIMES, AT(loop_lag_us), "How late a timer was."},
#undef AT
};

void
metrics_print(const struct metrics *slots, size_t count, struct text *out)
{
    static const char *const types[] = {"counter", "gauge", "counter", "histogram", "histogram"};
    const struct printing p = {slots, count, out};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];

        metrics_print_head(out, row->name, types[row->shape], row->help);
        if (row->shape == SHAPE_REASONS) {
            metrics_print_reasons(&p, row->name, row->offset);
        } else if (row->shape == SHAPE_COUNTS || row->shape == SHAPE_TIMES) {
            metrics_print_histogram(&p, row->name, row->offset,
                                    row->shape == SHAPE_TIMES ? 1e-6 : 1);
        } else {
            metrics_print_value(out, row->name, "", metrics_sum(&p, row->offset));
        }
    }
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
        }
    }
    return **why == '\0';
}
