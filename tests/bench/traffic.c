/* traffic.c - what senders say: as much as the windows allow, or so many messages a second. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/load.h"
#include "tests/bench/stamp.h"
#include "tests/bench/wire.h"

enum {
    BATCH_BYTES = 65536,
    SEND_BYTES = 64,            /* of a send of fastim.v2, beside its text */
    ENVELOPE_BYTES = 55 + 6 + 6 /* {"groupId":"g00000","userId":"c00000","info":"","ts":…} */
};

static char batch[BATCH_BYTES];
static unsigned batch_used;
static struct client *redis;
static struct group **touched;
static unsigned touched_count;
static uint64_t started_ns, paced;
static unsigned next_group;

void
traffic_create(void)
{
    touched = checked(calloc(options->groups + 1, sizeof(*touched)));
    if (options->redis != 0) {
        redis = client_connect_redis();
    }
}

void
traffic_start(void)
{
    started_ns = now_ns();
    traffic_touch_all();
}

void
traffic_touch_all(void)
{
    for (unsigned i = 0; i < options->groups; i++) {
        traffic_touch(&groups[i]);
    }
}

void
traffic_touch(struct group *g)
{
    if (!g->touched) {
        g->touched = true;
        touched[touched_count++] = g;
    }
}

static const char *
next_text(struct group *g, unsigned sender)
{
    static char text[PAYLOAD_MAX];
    struct stamp stamp = {g->id * options->senders + sender, g->next[sender]++, now_ns()};

    if (text[0] == '\0') {
        memset(text, '.', sizeof(text));
    }
    stamp_write(text, &stamp);
    g->sent++;
    tally->sent++;
    return text;
}

/* Masked; returns the frame's size. */
static unsigned
put_frame(char *out, const char *text, unsigned length)
{
    static uint32_t mask = 0x9e3779b9;
    size_t header;

    mask = mask * 1664525 + 1013904223;
    header = wire_header_masked(out, WIRE_TEXT, length, mask);
    memcpy(out + header, text, length);
    wire_mask(out + header, length, mask);
    return (unsigned)header + length;
}

/* One message of the group's sender; returns the frame's size. */
static unsigned
put_message(char *out, struct group *g, unsigned sender)
{
    static char json[PAYLOAD_MAX + SEND_BYTES];
    unsigned length = options->payload - (options->fastim ? (unsigned)ENVELOPE_BYTES : 0);
    const char *text = next_text(g, sender);

    if (options->v2) {
        length = v2_put_send(g->senders[sender], json, text, length);
        text = json;
    }
    return put_frame(out, text, length);
}

/* As another program writes it: the whole message in fastim's form. */
static unsigned
put_publish(char *out, struct group *g)
{
    int length = (int)options->payload - ENVELOPE_BYTES;

    return (unsigned)sprintf(out,
                             "*3\r\n$7\r\nPUBLISH\r\n$9\r\nmq:g%05u\r\n$%u\r\n"
                             "{\"groupId\":\"g%05u\",\"userId\":\"c00000\",\"info\":\"%.*s\","
                             "\"ts\":%013lld}\r\n",
                             options->first_group + g->id, options->payload,
                             options->first_group + g->id, length, next_text(g, 0),
                             1700000000000ll + (long long)(now_ns() / 1000000));
}

static void
flush_batch(struct client *to)
{
    if (batch_used > 0) {
        client_send(to, batch, batch_used);
        batch_used = 0;
    }
}

static void
publish(struct group *g, uint64_t messages)
{
    for (; messages > 0 && redis->out_length == 0; messages--) {
        batch_used += put_publish(batch + batch_used, g);
        if (batch_used + options->payload + 128 > BATCH_BYTES) {
            flush_batch(redis);
        }
    }
}

static void
say(struct group *g, uint64_t messages)
{
    unsigned largest = options->payload + WIRE_HEADER_MAX + SEND_BYTES;
    unsigned silent = 0; /* senders in a row that may say no more */

    while (messages > 0 && silent < options->senders) {
        struct client *sender = g->senders[g->turn];
        uint64_t n = (messages + options->senders - 1) / options->senders;

        if (sender->out_length > 0) {
            return; /* its socket is full: that is a window too */
        }
        /* Each sender has an equal part of it, in one write. */
        if (sender->v2 != NULL && n > v2_headroom(sender)) {
            n = v2_headroom(sender);
        }
        silent = n > 0 ? 0 : silent + 1;
        for (; n > 0 && messages > 0 && batch_used + largest <= BATCH_BYTES; n--, messages--) {
            batch_used += put_message(batch + batch_used, g, g->turn);
        }
        flush_batch(sender);
        g->turn = (g->turn + 1) % options->senders;
    }
}

static void
tell(struct group *g, uint64_t messages)
{
    if (redis != NULL) {
        publish(g, messages);
    } else {
        say(g, messages);
    }
}

void
traffic_flood(void)
{
    unsigned count = touched_count;

    touched_count = 0;
    for (unsigned i = 0; i < count; i++) {
        struct group *g = touched[i];
        uint64_t open = g->sent - g->received / g->members;

        g->touched = false;
        if (open < options->window) {
            tell(g, options->window - open);
        }
    }
    flush_batch(redis);
}

int
traffic_pace(void)
{
    double since = (double)(now_ns() - started_ns) / 1e9;
    uint64_t due = (uint64_t)(since * options->rate);

    for (; paced < due; paced++) {
        struct group *g = &groups[next_group];

        next_group = (next_group + 1) % options->groups;
        tell(g, 1);
    }
    flush_batch(redis);
    return (int)(((double)(paced + 1) / options->rate - since) * 1000);
}

bool
traffic_all_arrived(void)
{
    for (unsigned i = 0; i < options->groups; i++) {
        if (groups[i].received < groups[i].sent * groups[i].members) {
            return false;
        }
    }
    return tally->list_delivered >= tally->sent * options->list_fan;
}
