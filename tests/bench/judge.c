/* judge.c - what clients read, checked: each message of each sender once and in order, all in one
 * order. */
#include "tests/bench/load.h"
#include "tests/bench/stamp.h"
#include "tests/bench/wire.h"

static void
check_message(struct client *c, const struct stamp *stamp, uint64_t now)
{
    struct group *g = c->group;
    unsigned sender = stamp->sender - g->id * options->senders;

    if (sender >= options->senders) {
        tally->strangers++;
        return;
    }
    if (stamp->seq != c->expected[sender]) {
        if (stamp->seq > c->expected[sender]) {
            tally->gaps++;
        } else {
            tally->doubles++;
            return;
        }
    }
    c->expected[sender] = stamp->seq + 1;
    c->order = c->order * 0x100000001b3u + ((uint64_t)sender << 32 | stamp->seq);
    g->received++;
    if (measuring) {
        tally->delivered++;
        hist_add(&tally->latency, now - stamp->ns);
        if (g->senders[sender] == c) {
            hist_add(&tally->echo, now - stamp->ns);
        }
    }
}

void
judge_message(struct client *c, const struct wire_frame *f, uint64_t now)
{
    struct stamp stamp;
    unsigned expected = options->payload + (options->v2 ? V2_PREFIX_BYTES : 0);
    const char *end = f->payload + f->length;
    const char *rest = stamp_read(f->payload, end, &stamp);

    if (rest == NULL) {
        tally->refused += f->length == 3;
        tally->strangers += f->length != 3;
        return;
    }
    if (f->length != expected) {
        fail("a frame of %zu bytes, %u were expected: %.*s", f->length, expected, (int)f->length,
             f->payload);
    }
    check_message(c, &stamp, now);
    traffic_touch(c->group);
}

/* Of all entries those are news whose time is behind all that was seen. */
void
judge_list(struct client *c, const struct wire_frame *f, uint64_t now)
{
    const char *at = f->payload, *end = at + f->length;
    uint64_t newest = c->newest_ns;
    struct stamp stamp;

    tally->list_frames++;
    while ((at = stamp_read(at, end, &stamp)) != NULL) {
        if (stamp.ns > c->newest_ns) {
            tally->list_delivered++;
            hist_add(&tally->list_latency, now - stamp.ns);
        }
        newest = stamp.ns > newest ? stamp.ns : newest;
    }
    c->newest_ns = newest;
}
