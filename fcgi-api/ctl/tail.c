/* tail.c - the newest messages of a group, then each new one. */
#include "fcgi-api/ctl/tail.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "fcgi-api/ctl/complain.h"
#include "fcgi-api/ctl/messages.h"
#include "fcgi-api/store/wire.h"
#include "fcgi-api/transfer/reader.h"
#include "lib/backoff.h"
#include "lib/clock.h"
#include "lib/hash.h"
#include "lib/mem.h"
#include "lib/redis/commands_admin.h"
#include "lib/token.h"

enum {
    SEEN_MAX = 65536, /* entries that may come again by the channel */
    QUIET_MS = 10000, /* then Redis is asked whether it is there */
    RETRY_MOST_MS = 5000
};

struct tail {
    struct ctl *ctl;
    struct str group;
    struct str daemon_id; /* as a daemon has one: for the mark */
    struct wire wire;     /* listens */
    struct argv argv;
    struct reader reader;
    struct messages messages;
    int64_t mark;
    uint64_t *seen; /* fingerprints of entries that were read while it listens, in a ring */
    size_t seen_count;
    bool at_mark; /* it has come: all is new */
};

/* ---- what may come twice ---- */

static void
tail_note_seen(struct tail *t, struct str entry)
{
    t->seen[t->seen_count++ % SEEN_MAX] = hash_bytes(entry);
}

/* Each time that it was read it may come once. */
static bool
tail_take_seen(struct tail *t, struct str entry)
{
    size_t kept = t->seen_count < SEEN_MAX ? t->seen_count : SEEN_MAX;
    uint64_t hash = hash_bytes(entry);

    for (size_t i = 0; i < kept; i++) {
        uint64_t *slot = &t->seen[(t->seen_count - 1 - i) % SEEN_MAX];

        if (*slot == hash) {
            *slot = 0;
            return true;
        }
    }
    return false;
}

/* ---- the list ---- */

/* Writes what the list has behind what was written. */
static bool
tail_read_list(struct tail *t)
{
    enum reader_result result;

    if (!reader_go_on(&t->reader)) {
        return false;
    }
    while ((result = reader_next(&t->reader)) == READER_ENTRIES) {
        for (size_t i = 0; i < t->reader.count; i++) {
            struct str entry = reader_entry(&t->reader, i);

            tail_note_seen(t, entry);
            messages_write(&t->messages, entry);
        }
    }
    output_flush(&t->messages.out);
    if (t->reader.lost) {
        complain("the list was cut meanwhile: some messages may be missing");
        t->reader.lost = false;
    }
    return result == READER_END;
}

/* ---- the channel ---- */

/* On a cluster a question tells which node has the group. */
static bool
tail_find(struct tail *t)
{
    const struct reply *reply;
    struct place place;

    if (!config_is_cluster(&t->ctl->config->redis)) {
        return true;
    }
    cmd_admin_length(&t->argv, t->ctl->config, t->group);
    if (store_ask(t->ctl->store, &t->argv, STORE_REPEAT, &reply) != STORE_OK ||
        !store_place(t->ctl->store, t->argv.slot, &place)) {
        return false;
    }
    wire_set_place(&t->wire, &place);
    return true;
}

static bool
tail_listen(struct tail *t)
{
    struct str answer;
    const char *why;

    if (!tail_find(t)) {
        return false;
    }
    t->wire.deadline_ms = clock_ms() + t->ctl->config->redis.timeout_ms;
    if (!wire_open(&t->wire, &why, &answer)) {
        return false;
    }
    cmd_admin_listen(&t->argv, t->ctl->config, t->group, t->daemon_id);
    return wire_exchange(&t->wire, &t->argv) && reply_count(t->wire.reply) == 3 &&
           wire_receive(&t->wire) && reply_count(t->wire.reply) == 3;
}

static bool
tail_ask_mark(struct tail *t)
{
    const struct reply *reply;

    t->at_mark = false;
    cmd_admin_mark(&t->argv, t->ctl->config, t->group, t->daemon_id, ++t->mark);
    return store_ask(t->ctl->store, &t->argv, STORE_REPEAT, &reply) == STORE_OK;
}

static void
tail_take_message(struct tail *t, struct str entry)
{
    if (!t->at_mark && tail_take_seen(t, entry)) {
        return;
    }
    reader_note(&t->reader, entry);
    messages_write(&t->messages, entry);
    output_flush(&t->messages.out);
}

/* A message, a mark, or the answer to a PING. Returns false if the node of a cluster sends nothing
 * more, as the slot is at another one. */
static bool
tail_take(struct tail *t, const struct reply *reply)
{
    const struct config_redis *redis = &t->ctl->config->redis;
    struct str kind = reply_text(reply_at(reply, 0)), channel;

    if (reply_count(reply) != 3 || str_is(kind, "sunsubscribe")) {
        return reply_count(reply) != 3;
    }
    channel = reply_text(reply_at(reply, 1));
    if (str_equal(key_id(channel, redis, KEY_CHANNEL), t->group)) {
        tail_take_message(t, reply_text(reply_at(reply, 2)));
    } else { /* the only other channel */
        t->at_mark = true;
        t->seen_count = 0;
    }
    return true;
}

/* Writes what comes, until the connection breaks or the output does. */
static void
tail_follow(struct tail *t)
{
    bool asked = false;

    while (!ferror(stdout)) {
        t->wire.deadline_ms =
            clock_ms() + (asked ? t->ctl->config->redis.timeout_ms : (int64_t)QUIET_MS);
        if (wire_receive(&t->wire)) {
            asked = false;
            if (!tail_take(t, t->wire.reply)) {
                return;
            }
        } else if (asked || !wire_is_late(&t->wire)) {
            return;
        } else {
            cmd_ping(&t->argv);
            asked = wire_send(&t->wire, &t->argv);
            if (!asked) {
                return;
            }
        }
    }
}

/* ---- the command ---- */

/* Returns false if Redis cannot be reached; else it has followed until the connection broke. */
static bool
tail_once(struct tail *t)
{
    bool ok;

    t->seen_count = 0;
    ok = tail_listen(t) && tail_read_list(t) && tail_ask_mark(t);
    if (ok) {
        tail_follow(t);
    }
    wire_close(&t->wire);
    return ok;
}

/* The first time, Redis has to be there. */
static enum ctl_exit
tail_run(struct tail *t)
{
    struct backoff backoff = {0};

    if (!tail_once(t)) {
        return messages_away(reply_type(t->wire.reply) != REPLY_ERROR);
    }
    while (!ferror(stdout)) {
        complain("the connection to Redis broke; trying again");
        (void)poll(NULL, 0, (int)backoff_next_ms(&backoff, RETRY_MOST_MS));
        if (tail_once(t)) {
            backoff_reset(&backoff);
        }
    }
    return CTL_REFUSED;
}

enum ctl_exit
tail_command(struct ctl *ctl, const struct args *args)
{
    struct tail t = {.ctl = ctl, .group = args_get(args, "groupId")};
    char daemon_id[TOKEN_CHARS + 1];
    enum ctl_exit exit;

    token_make(daemon_id);
    t.daemon_id = str_of(daemon_id);
    wire_init(&t.wire, ctl->config);
    argv_init(&t.argv);
    t.seen = mem_zalloc(SEEN_MAX * sizeof(*t.seen));
    messages_init(&t.messages, ctl, t.group, args->opt.json);
    if (reader_init(&t.reader, ctl->config, ctl->store, t.group,
                    args->opt.count >= 0 ? args->opt.count : MESSAGES_SHOWN)) {
        exit = tail_run(&t);
    } else {
        exit = messages_away(t.reader.away);
    }
    reader_fini(&t.reader);
    messages_fini(&t.messages);
    free(t.seen);
    argv_fini(&t.argv);
    wire_fini(&t.wire);
    return exit;
}
