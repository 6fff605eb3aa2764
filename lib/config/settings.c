/* settings.c - the table of all settings. */
#include "lib/config/settings.h"

#include <stdlib.h>
#include <string.h>

#include "lib/config/config.h"
#include "lib/config/kinds.h"
#include "lib/jwt/key_text.h"
#include "lib/mem.h"
#include "lib/rules.h"

/* Does fastim-pushd take the new value when it reads its settings again? */
enum setting_reload {
    RELOAD,
    RESTART
};

struct setting {
    const char *key;
    const struct kind *kind;
    size_t field; /* its offset in struct config */
    struct bounds bounds;
    const char *by_default;
    enum setting_reload reload;
};

#define ROW(key, kind, field, min, max, by_default, reload)                                        \
    {                                                                                              \
        key, &kind_##kind, offsetof(struct config, field), {min, max}, by_default, reload          \
    }
#define DAY_S INT64_C(86400)

static const struct setting settings[] = {
    ROW("server.port", number, server.port, 1, 65535, "9000", RELOAD),

    ROW("redis.host", text, redis.host, 1, 255, "127.0.0.1", RESTART),
    ROW("redis.port", number, redis.port, 1, 65535, "6379", RESTART),
    ROW("redis.username", text, redis.username, 0, 255, "", RELOAD),
    ROW("redis.password", text, redis.password, 0, 4096, "", RELOAD),
    ROW("redis.database", number, redis.database, 0, 1000000, "0", RESTART),
    ROW("redis.socket", text, redis.socket, 0, 107, "", RESTART),
    ROW("redis.prefix", text, redis.prefix, 0, 128, "", RESTART),
    ROW("redis.encoding", encoding, redis.encoding, 0, 0, "plain", RESTART),
    ROW("redis.sentinels", hostports, redis.sentinels, 0, 4096, "", RESTART),
    ROW("redis.master", text, redis.master, 1, 255, "mymaster", RESTART),
    ROW("redis.cluster", hostports, redis.cluster, 0, 4096, "", RESTART),
    ROW("redis.timeoutMs", number, redis.timeout_ms, 100, 60000, "1500", RELOAD),

    ROW("im.group.loginAuth", switch, group.login_auth, 0, 1, "0", RELOAD),
    ROW("im.group.autoJoin", switch, group.auto_join, 0, 1, "1", RELOAD),
    ROW("im.group.maxPerUser", number, group.max_per_user, 0, 1000000, "1000", RELOAD),
    ROW("im.group.membersOnly", switch, group.members_only, 0, 1, "0", RELOAD),
    ROW("im.groupMessage.timeout", number, message.timeout_s, 1, 3650 * DAY_S, "604800", RELOAD),
    ROW("im.groupMessage.listNum", number, message.list_num, 0, 10000, "50", RELOAD),
    ROW("im.groupMessage.maxCount", number, message.max_count, 0, 1000000000, "100000", RELOAD),
    ROW("im.groupMessage.maxMessageBytes", number, message.max_message_bytes, 1, 1048576, "24576",
        RELOAD),
    ROW("im.groupMessage.recallTimeLimit", number, message.recall_time_limit_s, 0, 3650 * DAY_S,
        "120", RELOAD),
    ROW("im.groupList.updateRate", number, list.update_rate_s, 1, 3600, "1", RELOAD),

    ROW("im.presence.on", switch, presence.on, 0, 1, "1", RESTART),
    ROW("im.presence.names", number, presence.names, 0, 1000, "200", RELOAD),
    ROW("im.presence.intervalS", number, presence.interval_s, 1, 3600, "10", RELOAD),

    ROW("im.resumeMax", number, resume.max, 0, 10000, "1000", RELOAD),

    ROW("im.room.slow", number, room.slow, 0, RULE_SLOW_MAX_S, "0", RELOAD),
    ROW("im.room.cap", number, room.cap, 0, RULE_CAP_MAX, "0", RELOAD),

    ROW("im.signal.perSecond", number, signal.per_second, 0, 1000, "5", RELOAD),
    ROW("im.signal.perGroup", number, signal.per_group, 0, 100000, "50", RELOAD),

    ROW("im.filter.file", text, filter.file, 0, 4095, "", RELOAD),
    ROW("im.filter.action", filter_action, filter.action, 0, 0, "refuse", RELOAD),

    ROW("im.hook.url", hook_url, hook.url, 0, 2048, "", RELOAD),
    ROW("im.hook.timeoutMs", number, hook.timeout_ms, 10, 60000, "1000", RELOAD),
    ROW("im.hook.onFailure", hook_failure, hook.on_failure, 0, 0, "allow", RELOAD),
    ROW("im.hook.connections", number, hook.connections, 1, 256, "16", RELOAD),

    ROW("http.processes", number, http.processes, 1, 1000, "4", RELOAD),
    ROW("http.origins", origins, http.origins, 1, 4096, "*", RELOAD),
    ROW("http.requestsPerSecond", number, http.requests_per_second, 0, 1000000, "100", RELOAD),
    ROW("http.open", text, http.open, 0, 4096, "/user/login /test/websocket", RELOAD),
    ROW("http.socketUser", text, http.socket_user, 0, 255, "", RELOAD),
    ROW("http.socketGroup", text, http.socket_group, 0, 255, "", RELOAD),

    ROW("login.method", login_method, login.method, 0, 0, "open", RELOAD),
    ROW("login.htpasswd", text, login.htpasswd, 0, 4095, "", RELOAD),
    ROW("login.module", text, login.module, 0, 4095, "", RELOAD),
    ROW("login.maxFailures", number, login.max_failures, 0, 1000000, "10", RELOAD),
    ROW("login.failureWindowS", number, login.failure_window_s, 1, 86400, "60", RELOAD),
    ROW("login.jwtKey", jwt_key, login.jwt_key, 0, KEY_TEXT_MAX_BYTES, "", RELOAD),

    ROW("admin.tokens", operators, admin.tokens, 0, 16384, "", RELOAD),
    ROW("admin.addresses", networks, admin.addresses, 0, 4096, "", RELOAD),

    ROW("push.listen", hostport, push.listen, 0, 255, "127.0.0.1:9001", RESTART),
    ROW("push.workers", number, push.workers, 0, 256, "1", RESTART),
    ROW("push.maxConnections", number, push.max_connections, 0, 10000000, "0", RESTART),
    ROW("push.flushIntervalMs", number, push.flush_interval_ms, 0, 1000, "5", RELOAD),
    ROW("push.roomLogBytes", number, push.room_log_bytes, 65536, 1 << 30, "1048576", RELOAD),
    ROW("push.pingIntervalS", number, push.ping_interval_s, 1, 120, "25", RELOAD),
    ROW("push.pongTimeoutS", number, push.pong_timeout_s, 2, 7200, "60", RELOAD),
    ROW("push.health", hostport_or_none, push.health, 0, 255, "127.0.0.1:9002", RESTART),
    ROW("push.drainSeconds", number, push.drain_s, 0, 3600, "10", RELOAD),
    ROW("push.reconnectSpreadMs", number, push.reconnect_spread_ms, 0, 3600000, "2000", RELOAD),
    ROW("push.trustedProxies", networks, push.trusted_proxies, 0, 4096, "127.0.0.0/8 ::1", RELOAD),
    ROW("push.origins", origins, push.origins, 1, 4096, "*", RELOAD),
    ROW("push.maxPerUser", number, push.max_per_user, 0, 10000000, "0", RELOAD),
    ROW("push.maxPerAddress", number, push.max_per_address, 0, 10000000, "1000", RELOAD),
    ROW("push.joinsPerSecond", number, push.joins_per_second, 0, 1000000, "100", RELOAD),
    ROW("push.messagesPerSecond", number, push.messages_per_second, 0, 1000000, "1000", RELOAD),
    ROW("push.messageBurst", number, push.message_burst, 1, 10000000, "10000", RELOAD),
    ROW("push.bytesPerSecond", number, push.bytes_per_second, 0, 1 << 30, "262144", RELOAD),
    ROW("push.byteBurst", number, push.byte_burst, 1, 1 << 30, "2097152", RELOAD),

    ROW("log.level", log_level, log.level, 0, 0, "info", RELOAD),
};
enum {
    SETTING_COUNT = sizeof(settings) / sizeof(settings[0])
};
_Static_assert((int)SETTING_COUNT < (int)SETTINGS_MAX, "SETTINGS_MAX is more than there are");

/* ---- one setting ---- */

int
settings_find(const char *key)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(settings[i].key, key) == 0) {
            return i;
        }
    }
    return -1;
}

bool
settings_is_section(const char *key)
{
    size_t len = strlen(key);

    for (int i = 0; i < SETTING_COUNT; i++) {
        if (strncmp(settings[i].key, key, len) == 0 && settings[i].key[len] == '.') {
            return true;
        }
    }
    return false;
}

static void *
setting_field(struct config *config, const struct setting *s)
{
    return (char *)config + s->field;
}

static bool
setting_has_control_byte(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

/* Drops line ends at the end, as those of a YAML block, and makes the others spaces. */
static void
setting_join_lines(char *text)
{
    size_t len = strlen(text);

    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r')) {
        text[--len] = '\0';
    }
    for (; *text != '\0'; text++) {
        if (*text == '\n' || *text == '\r') {
            *text = ' ';
        }
    }
}

bool
settings_set(struct config *config, int i, struct str text)
{
    const struct setting *s = &settings[i];
    char *terminated = mem_dup(text.p, text.len);
    bool ok = false;

    if (s->kind->has_lines && strlen(terminated) == text.len) {
        setting_join_lines(terminated);
        text.len = strlen(terminated);
    }
    if (!setting_has_control_byte(str_make(terminated, text.len))) {
        ok = s->kind->parse(s->kind, setting_field(config, s), terminated, s->bounds);
    }
    free(terminated);
    return ok;
}

void
settings_describe(int i, char *out, size_t size)
{
    const struct setting *s = &settings[i];

    s->kind->describe(s->kind, s->bounds, out, size);
}

void
settings_explain(int i, const char *text, char *out, size_t size)
{
    *out = '\0';
    if (settings[i].kind->explain != NULL) {
        settings[i].kind->explain(text, out, size);
    }
}

/* ---- all of them ---- */

struct config *
settings_create(void)
{
    struct config *config = mem_zalloc(sizeof(*config));

    settings_set_defaults(config);
    return config;
}

void
settings_destroy(struct config *config)
{
    if (config != NULL) {
        settings_free_strings(config);
        free(config);
    }
}

void
settings_set_defaults(struct config *config)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        (void)settings_set(config, i, str_of(settings[i].by_default));
    }
}

void
settings_free_strings(struct config *config)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        if (settings[i].kind->free != NULL) {
            settings[i].kind->free(setting_field(config, &settings[i]));
        }
    }
}

void
settings_print(const struct config *config, FILE *out)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        const struct setting *s = &settings[i];

        fprintf(out, "%s: ", s->key);
        s->kind->print(s->kind, (const char *)config + s->field, out);
        fputc('\n', out);
    }
}

static void
setting_swap(void *a, void *b, size_t size)
{
    char kept[sizeof(int64_t)];

    memcpy(kept, a, size);
    memcpy(a, b, size);
    memcpy(b, kept, size);
}

void
settings_adopt(struct config *config, struct config *fresh,
               void (*told)(const char *key, bool adopted))
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        const struct setting *s = &settings[i];
        void *field = setting_field(config, s), *other = setting_field(fresh, s);

        if (s->kind->is_same(s->kind, field, other)) {
            continue;
        }
        if (s->reload == RELOAD) {
            setting_swap(field, other, s->kind->size);
        }
        told(s->key, s->reload == RELOAD);
    }
}
