/* v2.c - what is different with fastim.v2: the first frames, sends and their acks, positions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/load.h"
#include "tests/bench/stamp.h"
#include "tests/bench/wire.h"

enum {
    TYPE_AT = 9, /* of the type's first letter in a frame */
    ID_BYTES = 12,
    ACK_ID_AT = 20, /* {"type":"ack","id":" */
    LIST_EPOCH_AT = 24,
    EPOCH_BYTES = 8
};

void
v2_create(struct client *c)
{
    c->v2 = checked(calloc(1, sizeof(*c->v2)));
    if (c->number / options->groups < options->senders) {
        c->v2->said_ns = checked(calloc(V2_UNACKED_MAX, sizeof(*c->v2->said_ns)));
    }
}

/* ---- what it says ---- */

unsigned
v2_headroom(const struct client *c)
{
    return V2_UNACKED_MAX - (c->v2->said - c->v2->acked);
}

/* An id is the process and a number: no other send of this user has it. */
unsigned
v2_put_send(struct client *c, char *out, const char *text, unsigned length)
{
    unsigned number = c->v2->said++;

    c->v2->said_ns[number % V2_UNACKED_MAX] = now_ns();
    return (unsigned)sprintf(out, "{\"type\":\"send\",\"id\":\"%04x%08x\",\"info\":\"%.*s\"}",
                             (unsigned)getpid() & 0xffff, number, (int)length, text);
}

/* Acks come in the order of the sends. */
static void
take_ack(struct client *c, const struct wire_frame *f, uint64_t now)
{
    char id[ID_BYTES + 1] = "";

    if (f->length > ACK_ID_AT + ID_BYTES) {
        memcpy(id, f->payload + ACK_ID_AT, ID_BYTES);
    }
    if (c->v2 == NULL || c->v2->acked == c->v2->said || strtoul(id + 4, NULL, 16) != c->v2->acked) {
        tally->strangers++;
        return;
    }
    if (measuring) {
        hist_add(&tally->ack, now - c->v2->said_ns[c->v2->acked % V2_UNACKED_MAX]);
    }
    c->v2->acked++;
    traffic_touch(c->group);
}

/* ---- what it reads ---- */

static uint64_t
number_behind(const struct wire_frame *f, const char *key)
{
    const char *at = memmem(f->payload, f->length, key, strlen(key));

    return at != NULL ? strtoull(at + strlen(key), NULL, 10) : 0;
}

/* A message is the last thing that it has when it is as many as it missed. */
static void
take_message(struct client *c, const struct wire_frame *f, uint64_t now)
{
    judge_message(c, f, now);
    if (options->storm) {
        const char *digit = f->payload + f->length - 1; /* the brace behind the ts, or the at */

        while (digit[-1] >= '0' && digit[-1] <= '9') {
            digit--;
        }
        c->v2->at = strtoull(digit, NULL, 10);
        if (c->v2->owed > 0 && --c->v2->owed == 0) {
            storm_back(c, now);
        }
    }
}

static void
take_welcome(struct client *c, const struct wire_frame *f, uint64_t now)
{
    if (c->state != CLIENT_JOINING) {
        tally->strangers++;
    } else if (memmem(f->payload, f->length, "\"recovered\":true", 16) != NULL) {
        c->v2->owed = number_behind(f, "\"missed\":");
        tally->missed += c->v2->owed;
        client_join(c);
        if (c->v2->owed == 0) {
            storm_back(c, now);
        }
    } /* else the list comes, and with it the client has joined */
}

static void
take_list(struct client *c, const struct wire_frame *f, uint64_t now)
{
    bool again = c->v2 != NULL && c->v2->epoch[0] != '\0';

    if (c->state != CLIENT_JOINING || f->length < LIST_EPOCH_AT + EPOCH_BYTES) {
        tally->strangers++;
        return;
    }
    if (c->v2 != NULL) {
        memcpy(c->v2->epoch, f->payload + LIST_EPOCH_AT, EPOCH_BYTES);
        c->v2->at = number_behind(f, ",\"at\":");
    }
    client_join(c);
    if (again) {
        tally->unrecovered++;
        storm_back(c, now);
    }
}

/* In a storm a host may have no connection to Redis yet: then it says so and closes. */
static void
take_error(const struct client *c, const struct wire_frame *f)
{
    if (options->storm && c->state == CLIENT_JOINING) {
        return;
    }
    if (tally->refused++ == 0) {
        fprintf(stderr, "load: %.*s\n", (int)f->length, f->payload);
    }
}

void
v2_take(struct client *c, const struct wire_frame *f, uint64_t now)
{
    const char *type = f->length > TYPE_AT + 1 ? f->payload + TYPE_AT : "?";

    if (type[0] == 'm' && c->kind == CLIENT_CHAT && c->state == CLIENT_LIVE) {
        take_message(c, f, now);
    } else if (type[0] == 'a' && type[1] == 'c') {
        take_ack(c, f, now);
    } else if (type[0] == 'w') {
        take_welcome(c, f, now);
    } else if (type[0] == 'l') {
        take_list(c, f, now);
    } else if (type[0] == 'e') {
        take_error(c, f);
    } else if (type[0] == 'p') { /* presence, ping */
        tally->states++;
    } else if (tally->strangers++ == 0) {
        fprintf(stderr, "load: %.*s\n", (int)(f->length < 200 ? f->length : 200), f->payload);
    }
}
