/* keys.c - the name of every Redis key and channel, spelled nowhere else. */
#include "lib/redis/keys.h"

static const char *const kinds[KEY_KIND__MAX] = {
    [KEY_LOGIN] = "login:",
    [KEY_MESSAGES] = "gml:",
    [KEY_GROUPS] = "ugs:",
    [KEY_CHANNEL] = "mq:",
    [KEY_LAST_TS] = "gmt:",
    [KEY_APPENDED] = "fim:seq:",
    [KEY_MARKS] = "fim:mark:",
    [KEY_USER_FAILURES] = "fim:failed:user:",
    [KEY_CLIENT_FAILURES] = "fim:failed:client:",
    [KEY_BOTH_FAILURES] = "fim:failed:both:",
    [KEY_READ] = "fim:read:",
    [KEY_SENT] = "fim:sent:",
    [KEY_EVENT_LOG] = "fim:log:",
    [KEY_EVENTS] = "fim:ev:",
    [KEY_PRESENCE] = "fim:on:",
    [KEY_LEASES] = "fim:hosts",
    [KEY_ABOUT] = "fim:daemons",
    [KEY_TOP] = "fim:top",
    [KEY_REFUSALS] = "fim:refused:",
    [KEY_RULES] = "fim:rules:",
    [KEY_CAP] = "fim:cap:",
    [KEY_WORDS] = "fim:words",
    [KEY_AUDIT] = "fim:audit",
    [KEY_ENCODING] = "fim:encoding",
    [KEY_CONVERT] = "fim:convert",
    [KEY_CONVERT_NOTED] = "fim:convert:keys",
    [KEY_CONVERT_LIST] = "fim:convert:list",
    [KEY_CONVERT_LATER] = "fim:convert:later",
    [KEY_IMPORT] = "fim:import:",
    [KEY_COPY] = "fim:copy",
    [KEY_COPY_LIST] = "fim:copy:list:",
};

/* How names of this kind begin, behind redis.prefix. */
static const char *
key_begin(const struct config_redis *redis, enum key_kind kind)
{
    return kind == KEY_LAST_TS && config_is_cluster(redis) ? "fim:book:" : kinds[kind];
}

void
key_add(struct text *out, const struct config_redis *redis, enum key_kind kind, struct str id)
{
    bool has_tag = config_is_cluster(redis) && id.len > 0;

    text_add_str(out, redis->prefix);
    text_add_str(out, key_begin(redis, kind));
    if (has_tag) {
        text_add_str(out, id.p[0] == '}' ? "{/" : "{");
    }
    text_add(out, id.p, id.len);
    if (has_tag) {
        text_add_str(out, "}");
    }
}

void
key_add_pair(struct text *out, const struct config_redis *redis, enum key_kind kind,
             struct str first, struct str second)
{
    key_add(out, redis, kind, first);
    text_add_str(out, "/");
    text_add(out, second.p, second.len);
}

/* Takes off the braces. p is NULL if they are not as key_add() writes them. */
static struct str
key_id_in_braces(struct str id)
{
    if (id.len == 0) {
        return id;
    }
    if (id.len < 3 || id.p[0] != '{' || id.p[id.len - 1] != '}') {
        return str_make(NULL, 0);
    }
    id = str_make(id.p + 1, id.len - 2);
    if (id.p[0] == '/') {
        id = str_make(id.p + 1, id.len - 1);
        return id.len > 0 && id.p[0] == '}' ? id : str_make(NULL, 0);
    }
    return id.p[0] != '}' ? id : str_make(NULL, 0);
}

struct str
key_id(struct str name, const struct config_redis *redis, enum key_kind kind)
{
    const char *begin = key_begin(redis, kind);
    size_t outer = strlen(redis->prefix), inner = strlen(begin);
    struct str id;

    if (name.len < outer + inner || memcmp(name.p, redis->prefix, outer) != 0 ||
        memcmp(name.p + outer, begin, inner) != 0) {
        return str_make(NULL, 0);
    }
    id = str_make(name.p + outer + inner, name.len - outer - inner);
    return config_is_cluster(redis) ? key_id_in_braces(id) : id;
}
