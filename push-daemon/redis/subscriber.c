/* subscriber.c - the daemon's one subscription: to the channels of the groups that it serves. */
#include "push-daemon/redis/subscriber.h"

#include <stdlib.h>

#include "lib/hash.h"
#include "lib/redis/argv.h"
#include "lib/redis/keys.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/core/loop.h"
#include "push-daemon/redis/conn.h"

enum {
    CHANNELS_A_COMMAND = 200
};

/* A group whose channels are wanted, or for which a SUBSCRIBE is not acknowledged yet: that is told
 * by the acknowledgement of the second one. They come in the order of the commands, so a count
 * tells which one is the last. */
struct channel {
    UT_hash_handle hh;
    bool wanted;
    unsigned subscribes_due;
    char group[]; /* not NUL-terminated; hh.keylen bytes */
};

struct subscriber {
    struct loop *loop;
    const struct config *config;
    struct str node_id;
    struct subscriber_events events;
    void *ctx;
    struct conn *conn;
    struct channel *channels;
    int64_t last_rx_ms;
    struct argv argv; /* kept for its memory */
};

static struct channel *
subscriber_find(struct subscriber *s, struct str group)
{
    struct channel *ch;

    HASH_FIND(hh, s->channels, group.p, group.len, ch);
    return ch;
}

static struct str
channel_group(const struct channel *ch)
{
    return str_make(ch->group, ch->hh.keylen);
}

static void
subscriber_forget_if_done(struct subscriber *s, struct channel *ch)
{
    if (!ch->wanted && ch->subscribes_due == 0) {
        HASH_DEL(s->channels, ch);
        free(ch);
    }
}

/* That of the messages, then that of the events. */
static void
subscriber_add_channels(struct subscriber *s, struct str group)
{
    argv_add_key(&s->argv, &s->config->redis, KEY_CHANNEL, group);
    argv_add_key(&s->argv, &s->config->redis, KEY_EVENTS, group);
}

static void
subscriber_send_one(struct subscriber *s, const char *verb, struct str group)
{
    argv_clear(&s->argv);
    argv_add_str(&s->argv, verb);
    subscriber_add_channels(s, group);
    conn_send(s->conn, &s->argv, NULL, NULL);
}

void
subscriber_add(struct subscriber *s, struct str group)
{
    struct channel *ch = subscriber_find(s, group);

    if (ch == NULL) {
        ch = mem_zalloc(sizeof(*ch) + group.len);
        memcpy(ch->group, group.p, group.len);
        HASH_ADD(hh, s->channels, group, group.len, ch);
    }
    ch->wanted = true;
    if (conn_is_up(s->conn)) {
        ch->subscribes_due++;
        subscriber_send_one(s, "SUBSCRIBE", group);
    }
}

void
subscriber_remove(struct subscriber *s, struct str group)
{
    struct channel *ch = subscriber_find(s, group);

    if (ch == NULL || !ch->wanted) {
        return;
    }
    ch->wanted = false;
    if (conn_is_up(s->conn)) {
        subscriber_send_one(s, "UNSUBSCRIBE", group);
    }
    subscriber_forget_if_done(s, ch);
}

static void
subscriber_on_up(void *ctx)
{
    struct subscriber *s = ctx;
    struct channel *ch, *next;

    argv_clear(&s->argv);
    argv_add_str(&s->argv, "SUBSCRIBE");
    argv_add_key(&s->argv, &s->config->redis, KEY_MARKS, s->node_id);
    argv_add_key(&s->argv, &s->config->redis, KEY_EVENTS, str_make("", 0));
    HASH_ITER (hh, s->channels, ch, next) {
        if (s->argv.count > CHANNELS_A_COMMAND) {
            conn_send(s->conn, &s->argv, NULL, NULL);
            argv_clear(&s->argv);
            argv_add_str(&s->argv, "SUBSCRIBE");
        }
        subscriber_add_channels(s, channel_group(ch));
        ch->subscribes_due = 1;
    }
    conn_send(s->conn, &s->argv, NULL, NULL);
    s->last_rx_ms = loop_now_ms(s->loop);
}

static void
subscriber_on_down(void *ctx)
{
    struct subscriber *s = ctx;
    struct channel *ch, *next;

    HASH_ITER (hh, s->channels, ch, next) {
        ch->subscribes_due = 0;
        subscriber_forget_if_done(s, ch);
    }
    s->events.on_down(s->ctx);
}

static void
subscriber_on_moved(void *ctx, const struct redis_addr *addr)
{
    struct subscriber *s = ctx;

    s->events.on_moved(s->ctx, addr);
}

static void
subscriber_on_acknowledged(struct subscriber *s, struct str name)
{
    struct str group = key_id(name, &s->config->redis, KEY_EVENTS);
    struct channel *ch = group.p != NULL ? subscriber_find(s, group) : NULL;

    if (key_id(name, &s->config->redis, KEY_MARKS).p != NULL) { /* the first one */
        log_info("redis-up connection=subscription");
    }
    if (group.p != NULL && group.len == 0) { /* the second one */
        s->events.on_up(s->ctx);
    }
    if (ch == NULL || ch->subscribes_due == 0 || --ch->subscribes_due > 0) {
        return;
    }
    if (ch->wanted) {
        s->events.on_subscribed(s->ctx, channel_group(ch));
    } else {
        subscriber_forget_if_done(s, ch);
    }
}

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
        log_warn("redis-refused connection=subscription answer=%s",
                 log_quote(reply_complaint(reply)).text);
        conn_drop(s->conn, "SUBSCRIBE refused");
        return;
    }
    if (reply_count(reply) != 3) {
        return;
    }
    kind = reply_text(reply_at(reply, 0));
    if (str_is(kind, "message")) {
        subscriber_on_published(s, reply_text(reply_at(reply, 1)), reply_text(reply_at(reply, 2)));
    } else if (str_is(kind, "subscribe")) {
        subscriber_on_acknowledged(s, reply_text(reply_at(reply, 1)));
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

void
subscriber_probed(struct subscriber *s)
{
    if (conn_is_up(s->conn) && subscriber_silence_ms(s) > SUBSCRIBER_SILENCE_MS) {
        conn_drop(s->conn, "it does not hear the probes");
    }
}

void
subscriber_flush(struct subscriber *s)
{
    conn_flush(s->conn);
}

struct subscriber *
subscriber_create(struct loop *loop, const struct config *config, struct str node_id,
                  const struct subscriber_events *events, void *ctx)
{
    static const struct conn_events conn_events = {subscriber_on_up, subscriber_on_down,
                                                   subscriber_on_moved, subscriber_on_push};
    struct subscriber *s = mem_zalloc(sizeof(*s));

    s->loop = loop;
    s->config = config;
    s->node_id = node_id;
    s->events = *events;
    s->ctx = ctx;
    argv_init(&s->argv);
    s->conn = conn_create(loop, config, "subscription", &conn_events, s);
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
    struct channel *ch, *next;

    if (s == NULL) {
        return;
    }
    conn_destroy(s->conn);
    HASH_ITER (hh, s->channels, ch, next) {
        HASH_DEL(s->channels, ch);
        free(ch);
    }
    argv_fini(&s->argv);
    free(s);
}
