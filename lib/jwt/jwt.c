/* jwt.c - JSON Web Tokens (RFC 7519): who a token says that its bearer is, and what the user may.
 */
#include "lib/jwt/jwt.h"

#include "lib/ids.h"
#include "lib/json.h"
#include "lib/jwt/base64url.h"

enum {
    DEPTH_MAX = 16
};

static const double exp_max_s = 9007199254740.0; /* above, no double has its milliseconds */

/* The parts of a token. */
struct parts {
    struct str head;
    struct str claims;
    struct str signature;
    struct str signed_bytes; /* head and claims, with the dot between them */
};

/* ---- the parts ---- */

/* The bytes up to the next dot, or to the end; *rest moves behind that dot. */
static struct str
jwt_next_part(struct str *rest)
{
    const char *dot = rest->len > 0 ? memchr(rest->p, '.', rest->len) : NULL;
    struct str part = dot != NULL ? str_make(rest->p, (size_t)(dot - rest->p)) : *rest;

    *rest = dot != NULL ? str_make(dot + 1, rest->len - part.len - 1) : str_make("", 0);
    return part;
}

bool
jwt_has_form(struct str token)
{
    int dots = 0;

    for (size_t i = 0; i < token.len; i++) {
        dots += token.p[i] == '.';
    }
    return dots == 2;
}

static struct parts
jwt_split(struct str token)
{
    struct parts parts;
    struct str rest = token;

    parts.head = jwt_next_part(&rest);
    parts.claims = jwt_next_part(&rest);
    parts.signature = rest;
    parts.signed_bytes = str_make(token.p, parts.head.len + 1 + parts.claims.len);
    return parts;
}

/* Returns NULL if the part is no object. */
static struct json_object *
jwt_parse(struct str encoded)
{
    struct json_object *value = NULL;
    struct text json;

    text_init(&json);
    if (base64url_decode(&json, encoded)) {
        (void)json_parse(&value, text_str(&json), DEPTH_MAX);
    }
    text_fini(&json);
    return value;
}

/* ---- head and signature ---- */

static enum jwt_verdict
jwt_check_signature(const struct jwt_key *key, const struct parts *parts)
{
    struct text signature;
    enum jwt_verdict verdict = JWT_MALFORMED;

    text_init(&signature);
    if (base64url_decode(&signature, parts->signature)) {
        verdict =
            jwt_key_verify(key, parts->signed_bytes, text_str(&signature)) ? JWT_OK : JWT_FORGED;
    }
    text_fini(&signature);
    return verdict;
}

static enum jwt_verdict
jwt_check_head(const struct jwt_key *key, const struct parts *parts)
{
    struct json_object *head = jwt_parse(parts->head);
    enum jwt_verdict verdict;
    struct str alg;

    if (!json_get_text(head, "alg", &alg)) {
        verdict = JWT_MALFORMED;
    } else if (!str_is(alg, jwt_key_alg(key))) {
        verdict = JWT_WRONG_ALG;
    } else if (json_has(head, "crit")) {
        verdict = JWT_CRITICAL;
    } else {
        verdict = jwt_check_signature(key, parts);
    }
    json_free(head);
    return verdict;
}

/* ---- claims ---- */

static enum jwt_verdict
jwt_check_user(const struct json_object *json, struct str user)
{
    struct str subject;

    return json_get_text(json, "sub", &subject) && str_equal(subject, user) ? JWT_OK
                                                                            : JWT_WRONG_USER;
}

static enum jwt_verdict
jwt_check_end(const struct json_object *json, int64_t now_ms, struct jwt_claims *claims)
{
    double exp;

    if (!json_get_number(json, "exp", &exp) || !(exp >= 0 && exp <= exp_max_s)) {
        return JWT_ENDLESS;
    }
    claims->expires_ms = (int64_t)(exp * 1000);
    return now_ms < claims->expires_ms ? JWT_OK : JWT_EXPIRED;
}

/* nbf or iat, if it is there. */
static enum jwt_verdict
jwt_check_begin(const struct json_object *json, const char *key, int64_t now_ms)
{
    double begin;

    if (!json_has(json, key)) {
        return JWT_OK;
    }
    if (!json_get_number(json, key, &begin)) {
        return JWT_MALFORMED;
    }
    /* NaN is to come as well. */
    return begin * 1000 <= (double)(now_ms + JWT_SKEW_S * 1000) ? JWT_OK : JWT_TOO_EARLY;
}

/* What is no id names no group, and must not become two that are. */
static void
jwt_take_group(void *arg, struct str group)
{
    struct jwt_claims *claims = arg;

    if (id_valid(group)) {
        text_add(&claims->groups, group.p, group.len);
        text_add_str(&claims->groups, "\n");
    }
}

static enum jwt_verdict
jwt_take_groups(const struct json_object *json, struct jwt_claims *claims)
{
    claims->any_group = !json_has(json, "groups");
    return claims->any_group || json_get_texts(json, "groups", jwt_take_group, claims)
               ? JWT_OK
               : JWT_MALFORMED;
}

static void
jwt_take_role(const struct json_object *json, struct jwt_claims *claims)
{
    struct str role;

    if (json_get_text(json, "role", &role)) {
        claims->role = str_is(role, "mod") ? JWT_MOD : str_is(role, "vip") ? JWT_VIP : JWT_NO_ROLE;
    }
}

static enum jwt_verdict
jwt_check_claims(struct str encoded, struct str user, int64_t now_ms, struct jwt_claims *claims)
{
    struct json_object *json = jwt_parse(encoded);
    enum jwt_verdict verdict = json != NULL ? jwt_check_user(json, user) : JWT_MALFORMED;

    if (verdict == JWT_OK) {
        verdict = jwt_check_end(json, now_ms, claims);
    }
    if (verdict == JWT_OK) {
        verdict = jwt_check_begin(json, "nbf", now_ms);
    }
    if (verdict == JWT_OK) {
        verdict = jwt_check_begin(json, "iat", now_ms);
    }
    if (verdict == JWT_OK) {
        verdict = jwt_take_groups(json, claims);
        jwt_take_role(json, claims);
    }
    json_free(json);
    return verdict;
}

enum jwt_verdict
jwt_check(const struct jwt_key *key, struct str token, struct str user, int64_t now_ms,
          struct jwt_claims *claims)
{
    struct parts parts;
    enum jwt_verdict verdict;

    *claims = (struct jwt_claims){.expires_ms = 0};
    if (token.len > JWT_MAX_BYTES) {
        return JWT_TOO_LONG;
    }
    if (!jwt_has_form(token)) {
        return JWT_MALFORMED;
    }
    parts = jwt_split(token);
    verdict = jwt_check_head(key, &parts);
    if (verdict == JWT_OK) {
        verdict = jwt_check_claims(parts.claims, user, now_ms, claims);
    }
    if (verdict != JWT_OK) {
        jwt_claims_fini(claims);
    }
    return verdict;
}

const char *
jwt_verdict_text(enum jwt_verdict verdict)
{
    static const char *const texts[JWT_VERDICT__MAX] = {
        [JWT_OK] = "valid",
        [JWT_TOO_LONG] = "longer than 8 KiB",
        [JWT_MALFORMED] = "malformed",
        [JWT_WRONG_ALG] = "alg is not that of the key",
        [JWT_CRITICAL] = "has crit",
        [JWT_FORGED] = "wrong signature",
        [JWT_WRONG_USER] = "sub is another user",
        [JWT_ENDLESS] = "no exp",
        [JWT_EXPIRED] = "expired",
        [JWT_TOO_EARLY] = "nbf or iat is to come",
    };

    return texts[verdict];
}

/* ---- what they allow ---- */

void
jwt_claims_fini(struct jwt_claims *claims)
{
    text_fini(&claims->groups);
    *claims = (struct jwt_claims){.expires_ms = 0};
}

bool
jwt_claims_allow(const struct jwt_claims *claims, struct str group)
{
    struct str rest = text_str(&claims->groups);

    if (claims->any_group) {
        return true;
    }
    while (rest.len > 0) {
        const char *end = memchr(rest.p, '\n', rest.len);
        size_t len = (size_t)(end - rest.p);

        if (str_equal(group, str_make(rest.p, len))) {
            return true;
        }
        rest = str_make(end + 1, rest.len - len - 1);
    }
    return false;
}

enum jwt_role
jwt_claims_role(const struct jwt_claims *claims, struct str group)
{
    return jwt_claims_allow(claims, group) ? claims->role : JWT_NO_ROLE;
}
