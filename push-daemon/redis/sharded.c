/* sharded.c - a subscription to sharded channels of a cluster: each is where its slot is. */
#include "push-daemon/redis/sharded.h"

#include <stdlib.h>

#include "lib/cluster/redirection.h"
#include "lib/log.h"
#include "lib/redis/keys.h"
#include "push-daemon/core/loop.h"
#include "push-daemon/redis/subscription.h"

enum {
    ANSWER_MS = 2000 /* longest wait for an acknowledgement */
};

/* ---- what is asked ---- */

void
sharded_ask_for_each(struct subscriber *s)
{
    struct channel *ch, *next;

    log_info("redis-up connection=%s", s->target.name);
    HASH_ITER (hh, s->channels.all, ch, next) {
        ch->subscribes_due = 1;
        subscription_send(s, true, channel_group(ch));
    }
}

bool
sharded_is_stuck(const struct subscriber *s)
{
    return channels_wait_ms(&s->channels, loop_now_ms(s->loop)) > ANSWER_MS;
}

/* ---- what is answered ---- */

/* Whose channel it is. p is NULL: nobody's. */
static struct str
sharded_group(const struct subscriber *s, struct str name)
{
    const struct config_redis *redis = &s->config->redis;
    struct str group = key_id(name, redis, KEY_EVENTS);

    if (group.p == NULL) {
        group = key_id(name, redis, KEY_CHANNEL);
    }
    if (group.p == NULL &&
        name.len > s->daemon_id.len) { /* of marks: /DAEMON_ID stands behind it */
        group = key_id(str_make(name.p, name.len - s->daemon_id.len - 1), redis, KEY_MARKS);
    }
    return group;
}

/* The slot has another owner, or is to have one. */
static void
sharded_on_lost(struct subscriber *s, struct channel *ch)
{
    ch->wanted = false;
    s->events.on_lost(s->ctx, channel_group(ch));
    channels_forget_if_done(&s->channels, ch);
}

void
sharded_on_answer(struct subscriber *s, struct str kind, struct str name)
{
    bool subscribes = str_is(kind, s->verbs->subscribed), asked;
    struct str group = sharded_group(s, name);
    struct channel *ch;

    if (group.p == NULL || (!subscribes && !str_is(kind, "sunsubscribe"))) {
        return;
    }
    asked = channels_take_answer(&s->channels, subscribes, group);
    ch = channels_find(&s->channels, group);
    if (subscribes) {
        subscription_on_acknowledged(s, name);
    } else if (!asked && ch != NULL && ch->wanted) {
        sharded_on_lost(s, ch);
    }
}

bool
sharded_take_error(struct subscriber *s, const struct reply *reply)
{
    struct redirection r = redirection_read(reply_text(reply), &s->target.place);
    bool has_slot = r.kind == REDIRECTION_MOVED || r.kind == REDIRECTION_ASK;
    struct channel *ch;
    struct unanswered *u;

    if (r.kind == REDIRECTION_NONE) {
        return false;
    }
    u = channels_take_error(&s->channels, has_slot ? r.slot : -1);
    s->events.on_redirected(s->ctx, &r);
    if (u != NULL && u->subscribes) {
        ch = channels_find(&s->channels, unanswered_group(u));
        ch->subscribes_due--;
        if (ch->wanted) {
            sharded_on_lost(s, ch);
        } else {
            channels_forget_if_done(&s->channels, ch);
        }
    }
    free(u);
    return true;
}
