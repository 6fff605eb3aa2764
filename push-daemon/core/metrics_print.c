/* metrics_print.c - the counters of all workers in Prometheus' text format. */
#include <stdio.h>
#include <string.h>

#include "push-daemon/core/metrics.h"

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

static uint64_t
metrics_worst(const struct printing *p, size_t offset)
{
    uint64_t worst = 0;

    for (size_t i = 0; i < p->count; i++) {
        uint64_t value;

        memcpy(&value, (const char *)&p->slots[i] + offset, sizeof(value));
        worst = value > worst ? value : worst;
    }
    return worst;
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

static void
metrics_label_close(size_t i, char *out, size_t size)
{
    snprintf(out, size, "%s", close_reason_text((enum close_reason)i));
}

static void
metrics_label_error(size_t i, char *out, size_t size)
{
    enum v2_error error = (enum v2_error)i;

    snprintf(out, size, "%d %s", v2_error_code(error), v2_error_reason(error));
}

static void
metrics_label_refusal(size_t i, char *out, size_t size)
{
    snprintf(out, size, "%zu", METRICS_STATUS_MIN + i);
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
    SHAPE_WORST,     /* a gauge: the highest one of all workers */
    SHAPE_NODES_UP,  /* a gauge for each connection */
    SHAPE_REDIRECTS, /* a counter for each kind */
    SHAPE_CLOSES,    /* a counter for each close reason */
    SHAPE_ERRORS,    /* a counter for each error of fastim.v2 */
    SHAPE_REFUSALS,  /* a counter for each HTTP status */
    SHAPE_COUNTS,    /* a histogram of numbers */
    SHAPE_TIMES      /* one of microseconds */
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
    {"fastim_handshakes_waiting", SHAPE_GAUGE, AT(handshakes_waiting), "Not finished yet."},
    {"fastim_handshakes_cut_total", SHAPE_COUNTER, AT(handshakes_cut),
     "Cut to make room, or as too slow."},
    {"fastim_groups", SHAPE_GAUGE, AT(groups), "Groups with clients here."},
    {"fastim_messages_in_total", SHAPE_COUNTER, AT(messages_in), "Messages from clients."},
    {"fastim_messages_stored_total", SHAPE_COUNTER, AT(messages_stored), "Stored in Redis."},
    {"fastim_messages_refused_total", SHAPE_COUNTER, AT(messages_refused), "Answered 503."},
    {"fastim_messages_late_total", SHAPE_COUNTER, AT(messages_late), "503: not stored in time."},
    {"fastim_messages_open_bytes", SHAPE_GAUGE, AT(open_bytes), "Of those not answered yet."},
    {"fastim_messages_limited_total", SHAPE_COUNTER, AT(messages_limited), "Answered 429."},
    {"fastim_rules_refused_total", SHAPE_COUNTER, AT(messages_ruled),
     "Messages refused by a rule of their group."},
    {"fastim_words_refused_total", SHAPE_COUNTER, AT(words_refused),
     "Messages refused by the word filter."},
    {"fastim_words_masked_total", SHAPE_COUNTER, AT(words_masked), "Messages masked by it."},
    {"fastim_review_asked_total", SHAPE_COUNTER, AT(review_asked), "Messages shown to the site."},
    {"fastim_review_allowed_total", SHAPE_COUNTER, AT(review_allowed), "Allowed by it."},
    {"fastim_review_replaced_total", SHAPE_COUNTER, AT(review_replaced), "Replaced by it."},
    {"fastim_review_refused_total", SHAPE_COUNTER, AT(review_refused), "Refused by it."},
    {"fastim_review_failed_total", SHAPE_COUNTER, AT(review_failed),
     "No answer of the site in time, or a wrong one, or it could not be asked."},
    {"fastim_review_waiting", SHAPE_GAUGE, AT(review_waiting), "Messages that wait for it."},
    {"fastim_messages_out_total", SHAPE_COUNTER, AT(messages_out), "Messages to groups here."},
    {"fastim_deliveries_total", SHAPE_COUNTER, AT(deliveries), "Messages times clients."},
    {"fastim_sent_bytes_total", SHAPE_COUNTER, AT(bytes_out), "Bytes of deliveries."},
    {"fastim_pending_bytes", SHAPE_GAUGE, AT(bytes_pending), "That wait for clients' sockets."},
    {"fastim_resumes_total", SHAPE_COUNTER, AT(resumes_recovered), "Came back and lost nothing."},
    {"fastim_resumes_refused_total", SHAPE_COUNTER, AT(resumes_refused), "Got the list instead."},
    {"fastim_resumes_frames_total", SHAPE_COUNTER, AT(resumes_missed), "What they had missed."},
    {"fastim_acks_total", SHAPE_COUNTER, AT(acks), "Frames acknowledged."},
    {"fastim_signals_total", SHAPE_COUNTER, AT(signals), "Passing words published."},
    {"fastim_errors_total", SHAPE_ERRORS, AT(errors), "Frames refused, by code and reason."},
    {"fastim_closes_total", SHAPE_CLOSES, AT(closes), "Connections ended, by reason."},
    {"fastim_refusals_total", SHAPE_REFUSALS, AT(refusals), "Handshakes refused, by status."},
    {"fastim_redis_commands_up", SHAPE_GAUGE, AT(redis_commands), "Command connections up."},
    {"fastim_redis_subscription_up", SHAPE_GAUGE, AT(redis_subscription), "Subscriptions up."},
    {"fastim_redis_reconnects_total", SHAPE_COUNTER, AT(redis_reconnects), "Connections lost."},
    {"fastim_redis_nodes", SHAPE_GAUGE, AT(redis_nodes), "Masters; of one Redis it is one."},
    {"fastim_redis_nodes_up", SHAPE_NODES_UP, AT(nodes_up), "Those whose connection is up."},
    {"fastim_redis_slots_unserved", SHAPE_WORST, AT(slots_unserved),
     "Slots of a cluster that no node answers for; of the worst worker."},
    {"fastim_redis_map_age_milliseconds", SHAPE_WORST, AT(map_age_ms),
     "Since a node of the cluster told its map; of the worst worker."},
    {"fastim_redis_redirects_total", SHAPE_REDIRECTS, AT(redirects),
     "Commands that a node of a cluster has refused, as another one is to carry them out."},
    {"fastim_redis_rooms_moved_total", SHAPE_COUNTER, AT(rooms_moved),
     "Groups that went to another node."},
    {"fastim_redis_rooms_polled", SHAPE_GAUGE, AT(rooms_polled),
     "Groups whose list is read again and again, as their slot is on the move."},
    {"fastim_probe_age_milliseconds", SHAPE_GAUGE, AT(probe_age_ms),
     "Since the last probe came back, summed over the workers."},
    {"fastim_redis_clock_steps_total", SHAPE_COUNTER, AT(clock_steps), "Of Redis' clock."},
    {"fastim_presence_reports_total", SHAPE_COUNTER, AT(presence_reports),
     "Reports to Redis of who is online in a group."},
    {"fastim_rechecks_total", SHAPE_COUNTER, AT(rechecks),
     "Questions to Redis whether a client may stay."},
    {"fastim_redis_append_seconds", SHAPE_TIMES, AT(append_us), "Until a message was stored."},
    {"fastim_redis_answer_seconds", SHAPE_TIMES, AT(answer_us),
     "Until Redis told its time: what a command waits behind all others and their scripts."},
    {"fastim_flush_messages", SHAPE_COUNTS, AT(flush_messages), "Messages a flush."},
    {"fastim_flush_lag_seconds", SHAPE_TIMES, AT(flush_lag_us),
     "From a message's arrival from Redis to its flush."},
    {"fastim_loop_lag_seconds", SHAPE_TIMES, AT(loop_lag_us), "How late a timer was."},
#undef AT
};

/* One line for each of the numbers from offset on. */
static void
metrics_print_labelled(const struct printing *p, const struct row *row, const char *label,
                       const char *const words[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char labels[60];

        snprintf(labels, sizeof(labels), "{%s=\"%s\"}", label, words[i]);
        metrics_print_value(p->out, row->name, labels,
                            metrics_sum(p, row->offset + i * sizeof(uint64_t)));
    }
}

/* Prints one line for each of the count counters at row's offset that is not 0. */
static void
metrics_print_reasons(const struct printing *p, const struct row *row, size_t count,
                      void (*label)(size_t i, char *out, size_t size))
{
    for (size_t i = 0; i < count; i++) {
        uint64_t sum = metrics_sum(p, row->offset + i * sizeof(uint64_t));
        char reason[80], labels[100];

        if (sum > 0) {
            label(i, reason, sizeof(reason));
            snprintf(labels, sizeof(labels), "{reason=\"%s\"}", reason);
            metrics_print_value(p->out, row->name, labels, sum);
        }
    }
}

static void
metrics_print_row(const struct printing *p, const struct row *row)
{
    static const char *const connections[METRICS_CONNECTIONS] = {"commands", "subscription"};
    static const char *const kinds[METRICS_REDIRECTS] = {"moved", "ask", "tryagain", "down"};

    switch (row->shape) {
    case SHAPE_COUNTER:
    case SHAPE_GAUGE:
        metrics_print_value(p->out, row->name, "", metrics_sum(p, row->offset));
        return;
    case SHAPE_WORST:
        metrics_print_value(p->out, row->name, "", metrics_worst(p, row->offset));
        return;
    case SHAPE_NODES_UP:
        metrics_print_labelled(p, row, "connection", connections, METRICS_CONNECTIONS);
        return;
    case SHAPE_REDIRECTS:
        metrics_print_labelled(p, row, "kind", kinds, METRICS_REDIRECTS);
        return;
    case SHAPE_CLOSES:
        metrics_print_reasons(p, row, CLOSE_REASON__MAX, metrics_label_close);
        return;
    case SHAPE_ERRORS:
        metrics_print_reasons(p, row, V2_ERROR__MAX, metrics_label_error);
        return;
    case SHAPE_REFUSALS:
        metrics_print_reasons(p, row, METRICS_STATUS_COUNT, metrics_label_refusal);
        return;
    case SHAPE_COUNTS:
        metrics_print_histogram(p, row->name, row->offset, 1);
        return;
    case SHAPE_TIMES:
        metrics_print_histogram(p, row->name, row->offset, 1e-6);
        return;
    }
}

void
metrics_print(const struct metrics *slots, size_t count, struct text *out)
{
    static const char *const types[] = {
        [SHAPE_COUNTER] = "counter", [SHAPE_GAUGE] = "gauge",       [SHAPE_WORST] = "gauge",
        [SHAPE_NODES_UP] = "gauge",  [SHAPE_REDIRECTS] = "counter", [SHAPE_CLOSES] = "counter",
        [SHAPE_ERRORS] = "counter",  [SHAPE_REFUSALS] = "counter",  [SHAPE_COUNTS] = "histogram",
        [SHAPE_TIMES] = "histogram"};
    const struct printing p = {slots, count, out};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        metrics_print_head(out, rows[i].name, types[rows[i].shape], rows[i].help);
        metrics_print_row(&p, &rows[i]);
    }
}
