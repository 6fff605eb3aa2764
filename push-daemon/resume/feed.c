/* feed.c - messages and events go to the logs of a stream. */
#include "push-daemon/resume/feed.h"

#include <utlist.h>

#include "lib/encoding/codec.h"
#include "lib/garbage.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/redis_clock.h"
#include "push-daemon/resume/missed.h"
#include "push-daemon/resume/numbered.h"

int64_t
feed_redis_ms(const struct feed *f)
{
    return redis_clock_at_ms(f->env->redis_clock, env_now_ms(f->env));
}

void
feed_message(struct feed *f, struct str payload)
{
    struct text message, json;
    int64_t ts;

    text_init(&message);
    text_init(&json);
    if (codec_recode((enum config_encoding)f->env->config->redis.encoding, &message, f->lanes.group,
                     payload, &ts)) {
        f->exact = numbered_add(&json, text_str(&message), ts, &f->at.at, feed_redis_ms(f));
        lanes_append(&f->lanes, text_str(&json), &f->at);
    } else {
        garbage_note(f->garbage, f->lanes.group, payload, hash_bytes(payload));
    }
    text_fini(&message);
    text_fini(&json);
}

void
feed_event(struct feed *f, int64_t at, struct str json)
{
    if (at > f->at.at) {
        f->at.at = at;
        f->exact = true;
        lanes_append(&f->lanes, json, &f->at);
    }
}

void
feed_held(struct feed *f, struct holdback *held)
{
    struct held_message *h;

    DL_FOREACH (held->head, h) {
        struct str payload = str_make(h->bytes, h->length);

        if (h->event_at > 0) {
            feed_event(f, h->event_at, payload);
        } else {
            feed_message(f, payload);
        }
    }
    holdback_clear(held);
}

static void
feed_append_missed(void *arg, struct str json, int64_t at)
{
    struct feed *f = arg;

    f->at.at = at;
    lanes_append(&f->lanes, json, &f->at);
}

void
feed_missed(struct feed *f, const struct missed *m, size_t from)
{
    log_info("caught-up group=%s protocol=fastim.v2 %s=%zu", log_quote(f->lanes.group).text,
             m->proven ? "missed" : "list", m->count);
    f->at = m->now;
    missed_each(m, from, feed_append_missed, f);
}

/* A late message leaves the position as it is. */
static void
feed_append_polled(void *arg, struct str json, int64_t at)
{
    struct feed *f = arg;
    uint64_t hash = hash_bytes(json);

    if (at == f->at.at && dedup_has(&f->late, hash)) {
        return;
    }
    if (at == f->at.at) {
        dedup_add(&f->late, hash);
    }
    feed_append_missed(f, json, at);
}

void
feed_polled(struct feed *f, const struct missed *m, size_t from)
{
    if (!m->proven) {
        feed_missed(f, m, from);
        return;
    }
    f->at.at = from > 0 ? m->frames[from - 1].at : m->from.at;
    missed_each(m, from, feed_append_polled, f);
}

void
feed_end_polling(struct feed *f)
{
    dedup_fini(&f->late);
}

void
feed_adopt(struct feed *f, const struct position *now)
{
    int64_t at = now->at > f->at.at ? now->at : f->at.at;

    if (!position_has_epoch(&f->at, now->epoch)) {
        f->at = position_make(str_of(now->epoch), at);
        f->exact = false;
    }
}
