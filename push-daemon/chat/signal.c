/* signal.c - the frame `signal` of fastim.v2. */
#include "push-daemon/chat/signal.h"

#include "lib/redis/commands.h"
#include "push-daemon/chat/ask_query.h"
#include "push-daemon/client/rules.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/v2_state.h"
#include "push-daemon/hub/group_settings.h"
#include "push-daemon/hub/hub.h"
#include "push-daemon/nodes/nodes.h"
#include "push-daemon/v2/answer.h"
#include "push-daemon/v2/client_frame.h"

enum {
    SIGNAL_MAX_BYTES = 512
};

static void
signal_publish(struct ask *ask, const struct session *s, struct str info)
{
    struct argv argv;
    struct text json;

    text_init(&json);
    text_add_str(&json, "{\"type\":\"signal\",\"userId\":");
    text_add_json(&json, s->user);
    text_add_str(&json, ",\"info\":");
    text_add_json(&json, info);
    text_add_str(&json, "}");
    argv_init(&argv);
    cmd_publish_event(&argv, ask->env->config, s->group, text_str(&json));
    (void)nodes_send(ask->nodes, &argv, NULL, NULL); /* if Redis is away, it has passed */
    argv_fini(&argv);
    text_fini(&json);
}

static bool
signal_is_allowed(const struct hub *hub, const struct session *s)
{
    return !rules_is_muted(s) && (!hub_settings(hub, s->group)->quiet || !session_is_ordinary(s));
}

void
signal_take(struct hub *hub, struct ask *ask, struct session *s, const struct client_frame *f)
{
    const struct config *config = ask->env->config;
    int64_t own = config->signal.per_second, of_group = config->signal.per_group;
    int64_t now_ms = env_now_ms(ask->env);

    if (f->info.len > SIGNAL_MAX_BYTES) {
        answer_error(s, f->id, V2_TOO_LARGE, 0);
        return;
    }
    if (signal_is_allowed(hub, s) && own > 0 && of_group > 0 &&
        rate_limit_take(&s->v2->signal, now_ms, own, own) &&
        rate_limit_take(hub_signal_rate(hub, s->group), now_ms, of_group, of_group)) {
        ask->env->metrics->signals++;
        signal_publish(ask, s, f->info);
    }
}
