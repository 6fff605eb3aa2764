/* a_subscriber.h - a subscriber with a Redis that the test is. */
#ifndef TESTS_UNIT_PUSHD_REDIS_A_SUBSCRIBER_H
#define TESTS_UNIT_PUSHD_REDIS_A_SUBSCRIBER_H

#include "push-daemon/redis/subscriber.h"
#include "tests/unit/push-daemon/a_config.h"
#include "tests/unit/push-daemon/fake_loop.h"
#include "tests/unit/push-daemon/redis/fake_conn.h"

struct scene {
    struct config config;
    struct loop *loop;
    struct subscriber *subscriber;
    char log[512]; /* a word for each thing that happened, with a blank behind it */
    bool leaves;   /* on_subscribed removes the group */
};

static inline void
note(struct scene *s, const char *what, struct str group, struct str payload)
{
    size_t have = strlen(s->log);

    snprintf(s->log + have, sizeof(s->log) - have, "%s%.*s%s%.*s ", what, (int)group.len, group.p,
             payload.len > 0 ? "=" : "", (int)payload.len, payload.p);
}

#define assert_log(s, wanted)                                                                      \
    do {                                                                                           \
        assert_string_equal((s)->log, wanted);                                                     \
        (s)->log[0] = '\0';                                                                        \
    } while (0)

static inline void
on_message(void *ctx, struct str group, struct str payload)
{
    note(ctx, "", group, payload);
}

static inline void
on_mark(void *ctx, int64_t mark)
{
    char text[32];

    snprintf(text, sizeof(text), "%lld", (long long)mark);
    note(ctx, "mark:", str_of(text), str_of(""));
}

static inline void
on_event(void *ctx, struct str event)
{
    note(ctx, "event:", event, str_of(""));
}

static inline void
on_group_event(void *ctx, struct str group, struct str event)
{
    note(ctx, "event:", group, event);
}

static inline void
on_subscribed(void *ctx, struct str group)
{
    struct scene *s = ctx;

    note(s, "+", group, str_of(""));
    if (s->leaves) {
        subscriber_remove(s->subscriber, group);
    }
}

static inline void
on_down(void *ctx)
{
    note(ctx, "down", str_of(""), str_of(""));
}

static inline void
on_moved(void *ctx, const struct redis_addr *addr)
{
    note(ctx, "moved:", str_of(addr->address), str_of(""));
}

static inline void
on_up(void *ctx)
{
    note(ctx, "up", str_of(""), str_of(""));
}

static const struct subscriber_events events = {
    .on_message = on_message,
    .on_group_event = on_group_event,
    .on_mark = on_mark,
    .on_event = on_event,
    .on_up = on_up,
    .on_subscribed = on_subscribed,
    .on_down = on_down,
    .on_moved = on_moved,
};

static inline int
set_up(void **state)
{
    static struct scene s;

    memset(&s, 0, sizeof(s));
    fake_conn_forget();
    a_config_make(&s.config);
    a_config_set(&s.config, "redis.prefix", "p:");
    s.loop = loop_create();
    s.subscriber = subscriber_create(s.loop, &s.config, NULL, str_of("node"), &events, &s);
    *state = &s;
    return 0;
}

static inline int
tear_down(void **state)
{
    struct scene *s = *state;

    subscriber_destroy(s->subscriber);
    assert_true(fake_conn.destroyed);
    fake_conn_forget();
    loop_destroy(s->loop);
    a_config_free(&s->config);
    return 0;
}

static inline void
push(const char *wire)
{
    reply_give(fake_conn.events.on_push, fake_conn.ctx, wire);
}

/* kind: message, subscribe or unsubscribe. third: the payload; NULL: a number. */
static inline void
push_words(const char *kind, const char *channel, const char *third)
{
    char wire[512];

    if (third != NULL) {
        snprintf(wire, sizeof(wire), "*3\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n",
                 strlen(kind), kind, strlen(channel), channel, strlen(third), third);
    } else {
        snprintf(wire, sizeof(wire), "*3\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n:1\r\n", strlen(kind), kind,
                 strlen(channel), channel);
    }
    push(wire);
}

/* Of both channels of a group. */
static inline void
acknowledge(const char *kind, const char *group)
{
    char channel[64];

    snprintf(channel, sizeof(channel), "p:mq:%s", group);
    push_words(kind, channel, NULL);
    snprintf(channel, sizeof(channel), "p:fim:ev:%s", group);
    push_words(kind, channel, NULL);
}

static inline void
add(struct scene *s, const char *group)
{
    subscriber_add(s->subscriber, str_of(group));
}

static inline void
leave(struct scene *s, const char *group)
{
    subscriber_remove(s->subscriber, str_of(group));
}

static inline void
up(struct scene *s)
{
    fake_conn_up();
    fake_conn_answer("SUBSCRIBE p:fim:mark:node p:fim:ev:", NULL);
    push_words("subscribe", "p:fim:mark:node", NULL);
    assert_log(s, "");
    push_words("subscribe", "p:fim:ev:", NULL);
    assert_log(s, "up ");
}

#endif
