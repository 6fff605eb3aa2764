/* identity.c - what a token says of who its bearer is. */
#include "push-daemon/client/identity.h"

#include <stdlib.h>

#include "lib/clock.h"
#include "lib/jwt/jwt.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/v2_state.h"

enum {
    WHY_SIZE = 200
};

struct identity {
    const struct env *env;
    struct jwt_key *key; /* NULL: there are no JWTs */
};

void
identity_reload(struct identity *i)
{
    const char *setting = i->env->config->login.jwt_key;
    char why[WHY_SIZE] = "";
    struct jwt_key *key = *setting != '\0' ? jwt_key_create(setting, why, sizeof(why)) : NULL;

    if (key == NULL && *setting != '\0') {
        log_error("jwt-key reason=\"%s\"", why);
        return;
    }
    jwt_key_destroy(i->key);
    i->key = key;
}

/* Claims of a group-list client are kept. A login token that comes later does not widen them: it is
 * not checked yet then. */
static void
identity_keep(struct v2_state *v2, const struct jwt_claims *claims, bool is_live)
{
    bool is_limited = !claims->any_group;

    v2->has_other_groups =
        is_live && (v2->is_limited != is_limited ||
                    !str_equal(text_str(&v2->claims.groups), text_str(&claims->groups)));
    jwt_claims_fini(&v2->claims);
    v2->claims = *claims;
    v2->is_limited = is_limited;
}

bool
identity_shows(const struct session *s, struct str group)
{
    return !s->v2->is_limited || jwt_claims_allow(&s->v2->claims, group);
}

static bool
identity_take_jwt(struct identity *i, struct session *s, struct str token, enum close_reason *why)
{
    enum jwt_verdict verdict = JWT_FORGED;
    struct jwt_claims claims = {0};
    bool is_for_group;

    if (i->key != NULL) {
        verdict = jwt_check(i->key, token, s->user, clock_unix_ms(), &claims);
    }
    if (verdict != JWT_OK) {
        *why = verdict == JWT_EXPIRED ? CLOSE_JWT_EXPIRED : CLOSE_NOT_LOGGED_IN;
        return false;
    }
    *why = CLOSE_OTHER_GROUP;
    is_for_group = s->group.len == 0 || jwt_claims_allow(&claims, s->group);
    if (is_for_group) {
        s->v2->expires_ms = claims.expires_ms;
        s->v2->role = jwt_claims_role(&claims, s->group);
        s->token = str_make("", 0);
    }
    if (s->group.len == 0) {
        identity_keep(s->v2, &claims, s->state == SESSION_LIVE);
    } else {
        jwt_claims_fini(&claims);
    }
    return is_for_group;
}

static bool
identity_take_login(struct session *s, struct str token, enum close_reason *why)
{
    if (token.len == 0 || token.len > sizeof(s->v2->token)) {
        *why = CLOSE_NOT_LOGGED_IN;
        return false;
    }
    memcpy(s->v2->token, token.p, token.len);
    s->token = str_make(s->v2->token, token.len);
    s->v2->expires_ms = 0;
    s->v2->role = JWT_NO_ROLE;
    return true;
}

bool
identity_take(struct identity *i, struct session *s, struct str token, enum close_reason *why)
{
    bool is_taken = jwt_has_form(token) ? identity_take_jwt(i, s, token, why)
                                        : identity_take_login(s, token, why);

    identity_note_role(s);
    return is_taken;
}

enum cmd_standing
identity_standing(const struct session *s)
{
    bool has_jwt = s->v2 != NULL && s->v2->expires_ms > 0;

    return standing_of(s->owner->env->config, has_jwt, has_jwt ? s->v2->role : JWT_NO_ROLE);
}

void
identity_note_role(struct session *s)
{
    switch (identity_standing(s)) {
    case CMD_JWT_MOD:
        s->role = JWT_MOD;
        return;
    case CMD_JWT_VIP:
        s->role = JWT_VIP;
        return;
    case CMD_VERIFIED:
        s->role = s->group.len > 0 ? s->chat.granted : JWT_NO_ROLE;
        return;
    case CMD_UNVERIFIED:
    case CMD_OPERATOR:
    case CMD_STANDING__MAX:
        s->role = JWT_NO_ROLE;
        return;
    }
}

bool
identity_has_expired(const struct session *s)
{
    return s->v2 != NULL && s->v2->expires_ms > 0 && clock_unix_ms() >= s->v2->expires_ms;
}

struct identity *
identity_create(const struct env *env)
{
    struct identity *i = mem_zalloc(sizeof(*i));

    i->env = env;
    identity_reload(i);
    return i;
}

void
identity_destroy(struct identity *i)
{
    if (i != NULL) {
        jwt_key_destroy(i->key);
        free(i);
    }
}
