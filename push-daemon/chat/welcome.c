/* welcome.c - the first frame of a fastim.v2 client. */
#include "push-daemon/chat/welcome.h"

#include "lib/text.h"
#include "push-daemon/chat/send.h"
#include "push-daemon/client/rules.h"
#include "push-daemon/client/session.h"
#include "push-daemon/core/redis_clock.h"
#include "push-daemon/hub/group_settings.h"
#include "push-daemon/presence/presence.h"
#include "push-daemon/v2/answer.h"

static void
welcome_add(struct text *out, const char *key, int64_t value)
{
    text_add_str(out, key);
    text_add_int(out, value);
}

/* They are known from the answer that has let the first client in. */
static void
welcome_add_settings(struct text *out, const struct group_settings *settings,
                     const struct config *config)
{
    text_add_str(out, ",\"settings\":");
    if (settings->json.len > 0) {
        text_add(out, settings->json.bytes, settings->json.len);
    } else {
        rules_add_settings(out, config, NULL);
    }
}

static void
welcome_add_limits(struct text *out, const struct config *config)
{
    welcome_add(out, ",\"limits\":{\"messageBytes\":", config->message.max_message_bytes);
    welcome_add(out, ",\"unacked\":", SEND_UNACKED_MAX);
    welcome_add(out, ",\"pingS\":", config->push.ping_interval_s);
    welcome_add(out, ",\"spreadMs\":", config->push.reconnect_spread_ms);
    text_add_str(out, "}");
}

void
welcome_send(struct session *s, const struct presence *presence,
             const struct group_settings *settings, bool recovered, size_t missed)
{
    const struct env *env = s->owner->env;
    struct text out;

    text_init(&out);
    text_add_str(&out, "{\"type\":\"welcome\",\"groupId\":");
    text_add_json(&out, s->group);
    text_add_str(&out, ",\"userId\":");
    text_add_json(&out, s->user);
    text_add_str(&out, recovered ? ",\"recovered\":true" : ",\"recovered\":false");
    welcome_add(&out, ",\"missed\":", (int64_t)missed);
    text_add_str(&out, ",");
    presence_add_state(presence, s->group, &out);
    text_add_str(&out, ",\"you\":");
    answer_add_you(s, &out);
    welcome_add_settings(&out, settings, env->config);
    welcome_add_limits(&out, env->config);
    welcome_add(&out, ",\"now\":", redis_clock_at_ms(env->redis_clock, env_now_ms(env)));
    text_add_str(&out, "}");
    answer_json(s, text_str(&out));
    text_fini(&out);
}
