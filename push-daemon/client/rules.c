/* rules.c - what the rules of its group say of a client. */
#include "push-daemon/client/rules.h"

#include "lib/redis/commands.h"
#include "lib/redis/event.h"
#include "lib/redis/resp.h"
#include "push-daemon/client/identity.h"
#include "push-daemon/client/session.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/redis_clock.h"

/* The answer is a number; or a list that begins with it, as there is more to say. */
static const struct reply *
rules_verdict(const struct reply *reply)
{
    return reply_count(reply) > 0 ? reply_at(reply, 0) : reply;
}

/* The i-th word behind the verdict; NULL: there is none. */
static const struct reply *
rules_word(const struct reply *reply, size_t i)
{
    return reply_count(reply) > i ? reply_at(reply, i) : NULL;
}

bool
rules_allow(const struct reply *reply)
{
    const struct reply *verdict = rules_verdict(reply);

    return reply_type(verdict) == REPLY_INT && reply_int(verdict) == 0;
}

bool
rules_refuse(struct session *s, const struct reply *reply, enum close_reason no_login)
{
    switch (reply_int(rules_verdict(reply))) {
    case CMD_NOT_LOGGED_IN:
        if (no_login == CLOSE_TOKEN_EXPIRED && !s->owner->env->config->group.login_auth) {
            return false; /* a SIGHUP has come since it was asked */
        }
        session_close(s, no_login);
        return true;
    case CMD_NOT_JOINED:
        session_close(s, CLOSE_NOT_A_MEMBER);
        return true;
    case CMD_AGAINST_RULES:
        rules_ban(s, reply_int(rules_word(reply, 2)));
        return true;
    default:
        return false;
    }
}

static enum jwt_role
rules_role(const struct reply *word)
{
    struct str role = word != NULL ? reply_text(word) : str_make("", 0);

    if (str_is(role, "mod")) {
        return JWT_MOD;
    }
    return str_is(role, "vip") ? JWT_VIP : JWT_NO_ROLE;
}

bool
rules_note(struct session *s, const struct reply *reply)
{
    enum jwt_role role = s->role;
    int64_t muted_ms = 0;

    if (s->group.len > 0) {
        muted_ms = s->chat.muted_ms;
        s->chat.granted = rules_role(rules_word(reply, 1));
        s->chat.muted_ms = reply_int(rules_word(reply, 2));
    }
    identity_note_role(s);
    return s->role != role || (s->group.len > 0 && s->chat.muted_ms != muted_ms);
}

void
rules_add_settings(struct text *out, const struct config *config, const struct reply *reply)
{
    const struct reply *settings = rules_word(reply, 3);

    if (settings != NULL) {
        text_add(out, reply_text(settings).p, reply_text(settings).len);
        return;
    }
    text_add_str(out, "{\"slow\":");
    text_add_int(out, config->room.slow);
    text_add_str(out, ",\"quiet\":false,\"cap\":");
    text_add_int(out, config->room.cap);
    text_add_str(out, ",\"pinned\":\"\",\"attrs\":{}}");
}

bool
rules_is_muted(const struct session *s)
{
    const struct env *env = s->owner->env;

    return s->chat.muted_ms < 0 ||
           s->chat.muted_ms > redis_clock_at_ms(env->redis_clock, env_now_ms(env));
}

void
rules_ban(struct session *s, int64_t retry_ms)
{
    s->retry_ms = retry_ms;
    session_close(s, CLOSE_BANNED);
}

bool
rules_is_banned_by(const struct session *s, struct str group, const struct event *e)
{
    if (group.len > 0 && !str_equal(group, s->group)) {
        return false;
    }
    return e->user.len > 0 ? str_equal(text_str(&e->user), s->user)
                           : address_shares_home(&e->address, &s->client);
}
