/* options.c - the load generator's options, each `name=value`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/load.h"

struct option {
    const char *name;
    unsigned *whole;
    double *real;
    const char *help;
};

static void
usage(const struct option *table)
{
    fprintf(stderr, "usage: load port=PORT NAME=VALUE...\n");
    for (const struct option *o = table; o->name != NULL; o++) {
        fprintf(stderr, "  %-12s %s\n", o->name, o->help);
    }
    fprintf(stderr, "  cpu=NAME:PID[+PID...]  whose CPU and memory is told; may be repeated\n");
    exit(2);
}

static void
read_watched(struct options *o, const char *value)
{
    struct watched *w = &o->watched[o->watched_count++];
    const char *at = strchr(value, ':');

    if (o->watched_count > WATCHED_MAX || at == NULL || at - value >= (long)sizeof(w->name)) {
        fail("cpu=NAME:PID[+PID...], at most %d of them", WATCHED_MAX);
    }
    memcpy(w->name, value, (size_t)(at - value));
    while (at != NULL && w->pid_count < 32) {
        w->pids[w->pid_count++] = atoi(at + 1);
        at = strchr(at + 1, '+');
    }
}

static bool
read_one(const struct option *table, const char *name, size_t length, const char *value)
{
    for (const struct option *o = table; o->name != NULL; o++) {
        if (strlen(o->name) == length && memcmp(o->name, name, length) == 0) {
            char *end;
            double number = strtod(value, &end);

            if (*end != '\0' || end == value || number < 0) {
                fail("%s: not a number", o->name);
            }
            if (o->whole != NULL) {
                *o->whole = (unsigned)number;
            } else {
                *o->real = number;
            }
            return true;
        }
    }
    return false;
}

static void
check(const struct options *o)
{
    if (o->port == 0) {
        fail("no port");
    }
    if (o->clients > CHATS_MAX || o->processes > PROCESSES_MAX || o->processes == 0) {
        fail("clients= is at most %d, processes= at most %d", CHATS_MAX, PROCESSES_MAX);
    }
    if (o->clients > 0 && (o->groups == 0 || o->clients < o->groups * o->senders)) {
        fail("too few clients for so many groups and senders");
    }
    if (o->groups * o->senders > 65535 || o->payload > PAYLOAD_MAX || o->payload < 100) {
        fail("groups x senders is at most 65535, payload from 100 to %d", PAYLOAD_MAX);
    }
    if (o->redis != 0 && o->senders != 1) {
        fail("to Redis one sender writes for each group");
    }
    if (o->storm && (!o->v2 || o->other == 0 || o->rate <= 0 || o->processes > 1)) {
        fail("storm=1 needs v2=1, other=PORT, rate=, and one process");
    }
    if (o->idle > 0 && o->idle_groups == 0) {
        fail("idle_groups is 0");
    }
}

void
options_read(struct options *o, int argc, char **argv)
{
    unsigned port = 0, fastim = 0, v2 = 0, storm = 0, gentle = 0;
    const struct option table[] = {
        {"port", &port, NULL, "of the server, on 127.0.0.1"},
        {"fastim", &fastim, NULL, "1: messages stand in fastim's envelope, a first frame comes"},
        {"v2", &v2, NULL, "1: all speak fastim.v2"},
        {"storm", &storm, NULL, "1: the server will be killed; all connect again, with resume"},
        {"other", &o->other, NULL, "storm: port of another host, where the senders are"},
        {"spread", NULL, &o->spread, "storm: seconds within which they connect again"},
        {"redis", &o->redis, NULL,
         "port of fastim's Redis: messages are PUBLISHed there, not sent"},
        {"clients", &o->clients, NULL, "chat clients"},
        {"groups", &o->groups, NULL, "over which they are spread"},
        {"first_group", &o->first_group, NULL, "number of the first one"},
        {"senders", &o->senders, NULL, "of each group"},
        {"idle", &o->idle, NULL, "clients that only hold a connection"},
        {"idle_groups", &o->idle_groups, NULL, "over which these are spread"},
        {"lists", &o->lists, NULL, "clients of /group/list"},
        {"list_fan", &o->list_fan, NULL, "how many of them hear of a message"},
        {"payload", &o->payload, NULL, "bytes of a delivered frame's text"},
        {"window", &o->window, NULL, "flood: messages of a group under way"},
        {"rate", NULL, &o->rate, "paced: messages a second in all"},
        {"gentle", &gentle, NULL,
         "1: paced: leaves its core to others for a millisecond each time"},
        {"settle", NULL, &o->settle, "seconds after all have joined"},
        {"warm", NULL, &o->warm, "seconds of traffic before it is measured"},
        {"seconds", NULL, &o->seconds, "of measuring"},
        {"opening", &o->opening, NULL, "handshakes at once"},
        {"processes", &o->processes, NULL, "of this generator; idle clients are spread over them"},
        {"limit", NULL, &o->limit, "seconds after which it gives up"},
        {NULL, NULL, NULL, NULL},
    };

    *o = (struct options){.groups = 1, .senders = 1, .idle_groups = 1000, .payload = 120};
    o->settle = 0.3;
    o->warm = 1;
    o->seconds = 5;
    o->opening = 128;
    o->processes = 1;
    o->limit = 120;
    o->spread = 2;
    for (int i = 1; i < argc; i++) {
        const char *equals = strchr(argv[i], '=');

        if (equals == NULL) {
            usage(table);
        }
        if (strncmp(argv[i], "cpu=", 4) == 0) {
            read_watched(o, equals + 1);
        } else if (!read_one(table, argv[i], (size_t)(equals - argv[i]), equals + 1)) {
            usage(table);
        }
    }
    o->port = (int)port;
    o->fastim = fastim != 0;
    o->v2 = v2 != 0;
    o->storm = storm != 0;
    o->gentle = gentle != 0;
    check(o);
}
