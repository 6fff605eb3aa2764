/* subscriber.c - the daemon's one subscription: to the channels of the groups that it serves. */
#include "push-daemon/redis/subscriber.h"

#include <stdlib.h>

#include "lib/redis/commands.h"
#include "lib/redis/keys.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/core/loop.h"
#include "push-daemon/redis/sharded.h"
#include "push-daemon/redis/subscription.h"

enum {
    CHANNELS_A_COMMAND = 200
};

static const struct verbs verbs_plain = {"SUBSCRIBE", "UNSUBSCRIBE", "subscribe", "message"};
static const struct verbs verbs_sharded = {"SSUBSCRIBE", "SUNSUBSCRIBE", "ssubscribe", "smessage"};

/* ---- what is asked ---- */

void
subscriber_add(struct subscriber *s, struct str group)
{
    struct channel *ch = channels_want(&s->channels, group);

    if (conn_is_up(s->conn)) {
        ch->subscribes_due++;
        subscription_send(s, true, group);
    }
}

void
subscriber_remove(struct subscriber *s, struct str group)
{
    struct channel *ch = channels_find(&s->channels, group);

    if (ch == NULL || !ch->wanted) {
        return;
    }
    ch->wanted = false;
    if (conn_is_up(s->conn)) {
        subscription_send(s, false, group);
    }
    channels_forget_if_done(&s->channels, ch);
}

/* All groups share few commands. */
static void
subscriber_ask_for_all(struct subscriber *s)
{
    struct channel *ch, *next;

    argv_clear(&s->argv);
    argv_add_str(&s->argv, s->verbs->subscribe);
    argv_add_key(&s->argv, &s->config->redis, KEY_MARKS, s->daemon_id);
    argv_add_key(&s->argv, &s->config->redis, KEY_EVENTS, str_make("", 0));
    HASH_ITER (hh, s->channels.all, ch, next) {
        if (s->argv.count > CHANNELS_A_COMMAND) {
            conn_send(s->conn, &s->argv, NULL, NULL);
            argv_clear(&s->argv);
            argv_add_str(&s->argv, s->verbs->subscribe);
        }
        subscription_add_channels(s, channel_group(ch));
        ch->subscribes_due = 1;
    }
    conn_send(s->conn, &s->argv, NULL, NULL);
}

/* ---- the connection ---- */

static void
subscriber_on_up(void *ctx)
{
    struct subscriber *s = ctx;

    if (s->is_sharded) {
        sharded_ask_for_each(s);
    } else {
        subscriber_ask_for_all(s);
    }
    s->last_rx_ms = loop_now_ms(s->loop);
}

static void
subscriber_on_down(void *ctx)
{
    struct subscriber *s = ctx;

    channels_lose(&s->channels);
    s->events.on_down(s->ctx);
}

static void
subscriber_on_moved(void *ctx, const struct redis_addr *addr)
{
    struct subscriber *s = ctx;

    s->events.on_moved(s->ctx, addr);
}

/* ---- what comes ---- */

static void
subscriber_on_published(struct subscriber *s, struct str name, struct str payload)
{
    struct str group = key_id(name, &s->config->redis, KEY_CHANNEL);
    struct str of_events = key_id(name, &s->config->redis, KEY_EVENTS);
    char digits[24];

    if (group.p != NULL) {
        s->events.on_message(s->ctx, group, payload);
    } else if (of_events.p != NULL && of_events.len > 0) {
        s->events.on_group_event(s->ctx, of_events, payload);
    } else if (of_events.p != NULL) {
        s->events.on_event(s->ctx, payload);
    } else if (payload.len < sizeof(digits)) {
        memcpy(digits, payload.p, payload.len);
        digits[payload.len] = '\0';
        s->events.on_mark(s->ctx, strtoll(digits, NULL, 10));
    }
}

static void
subscriber_on_push(void *ctx, const struct reply *reply)
{
    struct subscriber *s = ctx;
    struct str kind;

    s->last_rx_ms = loop_now_ms(s->loop);
    if (reply_type(reply) == REPLY_ERROR) {
        if (!s->is_sharded || !sharded_take_error(s, reply)) {
            log_warn("redis-refused connection=%s answer=%s", s->target.name,
                     log_quote(reply_complaint(reply)).text);
            conn_drop(s->conn, "SUBSCRIBE refused");
        }
        return;
    }
    if (reply_count(reply) != 3) {
        return;
    }
    kind = reply_text(reply_at(reply, 0));
    if (str_is(kind, s->verbs->message)) {
        subscriber_on_published(s, reply_text(reply_at(reply, 1)), reply_text(reply_at(reply, 2)));
    } else if (s->is_sharded) {
        sharded_on_answer(s, kind, reply_text(reply_at(reply, 1)));
    } else if (str_is(kind, s->verbs->subscribed)) {
        subscription_on_acknowledged(s, reply_text(reply_at(reply, 1)));
    } /* "unsubscribe" changes nothing: a message may come until then */
}

void
subscriber_follow(struct subscriber *s, const struct redis_addr *addr)
{
    if (!conn_is_at(s->conn, addr)) {
        conn_drop(s->conn, "the master is another one now");
    }
}

bool
subscriber_is_up(const struct subscriber *s)
{
    return conn_is_up(s->conn);
}

int64_t
subscriber_silence_ms(const struct subscriber *s)
{
    return loop_now_ms(s->loop) - s->last_rx_ms;
}

bool
subscriber_make_probe(struct subscriber *s, struct argv *argv)
{
    const struct channel *ch = s->is_sharded ? channels_next_probe(&s->channels) : NULL;

    if (ch == NULL && s->is_sharded) {
        if (conn_is_up(s->conn)) {
            cmd_ping(&s->argv);
            conn_send(s->conn, &s->argv, NULL, NULL);
        }
        return false;
    }
    cmd_probe(argv, s->config, ch != NULL ? channel_group(ch) : str_make("", 0), s->daemon_id);
    return true;
}

void
subscriber_probed(struct subscriber *s)
{
    if (!conn_is_up(s->conn)) {
        return;
    }
    if (subscriber_silence_ms(s) > SUBSCRIBER_SILENCE_MS) {
        conn_drop(s->conn, "it does not hear the probes");
    } else if (sharded_is_stuck(s)) {
        conn_drop(s->conn, "no acknowledgement in time");
    }
}

void
subscriber_drop(struct subscriber *s, const char *reason)
{
    conn_drop(s->conn, reason);
}

void
subscriber_flush(struct subscriber *s)
{
    conn_flush(s->conn);
}

struct subscriber *
subscriber_create(struct loop *loop, const struct config *config, const struct place *place,
                  struct str daemon_id, const struct subscriber_events *events, void *ctx)
{
    static const struct conn_events conn_events = {subscriber_on_up, subscriber_on_down,
                                                   subscriber_on_moved, NULL, subscriber_on_push};
    struct subscriber *s = mem_zalloc(sizeof(*s));

    s->loop = loop;
    s->config = config;
    s->target = target_of("subscription", place != NULL ? TARGET_MASTER : TARGET_REDIS, place);
    s->is_sharded = place != NULL;
    s->verbs = s->is_sharded ? &verbs_sharded : &verbs_plain;
    s->daemon_id = daemon_id;
    s->events = *events;
    s->ctx = ctx;
    argv_init(&s->argv);
    s->conn = conn_create(loop, config, &s->target, &conn_events, s);
    if (s->conn == NULL) {
        free(s);
        return NULL;
    }
    return s;
}

void
subscriber_start(struct subscriber *s)
{
    conn_start(s->conn);
}

void
subscriber_destroy(struct subscriber *s)
{
    if (s != NULL) {
        conn_destroy(s->conn);
        channels_fini(&s->channels);
        argv_fini(&s->argv);
        free(s);
    }
}
