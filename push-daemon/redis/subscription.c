/* subscription.c - what both kinds of subscriptions do. */
#include "push-daemon/redis/subscription.h"

#include "lib/log.h"
#include "lib/redis/keys.h"
#include "push-daemon/core/loop.h"

/* That of the messages, then that of the events. On a cluster each group has a channel for marks,
 * before them. */
void
subscription_add_channels(struct subscriber *s, struct str group)
{
    if (s->is_sharded && group.len > 0) {
        argv_add_pair_key(&s->argv, &s->config->redis, KEY_MARKS, group, s->daemon_id);
    }
    if (group.len > 0) {
        argv_add_key(&s->argv, &s->config->redis, KEY_CHANNEL, group);
    }
    argv_add_key(&s->argv, &s->config->redis, KEY_EVENTS, group);
}

void
subscription_send(struct subscriber *s, bool subscribes, struct str group)
{
    argv_clear(&s->argv);
    argv_add_str(&s->argv, subscribes ? s->verbs->subscribe : s->verbs->unsubscribe);
    subscription_add_channels(s, group);
    conn_send(s->conn, &s->argv, NULL, NULL);
    if (s->is_sharded) {
        channels_sent(&s->channels, subscribes, group, s->argv.slot, s->argv.count - 1,
                      loop_now_ms(s->loop));
    }
}

void
subscription_on_acknowledged(struct subscriber *s, struct str name)
{
    struct str group = key_id(name, &s->config->redis, KEY_EVENTS);
    struct channel *ch = group.p != NULL ? channels_find(&s->channels, group) : NULL;

    if (key_id(name, &s->config->redis, KEY_MARKS).p != NULL) { /* the first one */
        log_info("redis-up connection=%s", s->target.name);
    }
    if (group.p != NULL && group.len == 0) { /* the second one */
        s->events.on_up(s->ctx);
    }
    if (ch == NULL || ch->subscribes_due == 0 || --ch->subscribes_due > 0) {
        return;
    }
    if (!ch->wanted) {
        channels_forget_if_done(&s->channels, ch);
    } else if (group.len > 0) {
        s->events.on_subscribed(s->ctx, channel_group(ch));
    }
}
