/* settings.c - the table of all settings: name, type, place in struct config, bounds, default. */
#include "lib/config/settings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/config/address.h"
#include "lib/config/config.h"
#include "lib/mem.h"
#include "lib/redis/sentinel.h"

enum setting_type {
    SETTING_INT,
    SETTING_SWITCH,           /* 0 or 1 */
    SETTING_STRING,           /* min and max bound its length in bytes */
    SETTING_ADDRESS,          /* ADDRESS:PORT */
    SETTING_OPTIONAL_ADDRESS, /* or nothing */
    SETTING_PLACES,           /* addresses with ports, separated by spaces */
    SETTING_NETWORKS,         /* addresses and networks, separated by spaces */
    SETTING_LEVEL,            /* enum log_level, by its name */
    SETTING_METHOD,           /* enum config_login_method, by its name */
    SETTING_TYPE__MAX
};

struct setting {
    const char *key;
    enum setting_type type;
    size_t offset; /* in struct config */
    int64_t min;
    int64_t max;
    const char *by_default;
};

static const char *const login_method_names[] = {
    [LOGIN_OPEN] = "open",
    [LOGIN_HTPASSWD] = "htpasswd",
    [LOGIN_MODULE] = "module",
    [LOGIN_REMOTE_USER] = "remote-user",
    NULL,
};

/* Of the types that are one of several names: kept as an int, the name's index. Each ends in NULL. */
static const char *const *const names_of[SETTING_TYPE__MAX] = {
    [SETTING_LEVEL] = log_level_names,
    [SETTING_METHOD] = login_method_names,
};

#define AT(field) offsetof(struct config, field)
#define DAY_S     INT64_C(86400)

static const struct setting settings[] = {
    {"server.port", SETTING_INT, AT(server.port), 1, 65535, "9000"},
    {"redis.host", SETTING_STRING, AT(redis.host), 1, 255, "127.0.0.1"},
    {"redis.port", SETTING_INT, AT(redis.port), 1, 65535, "6379"},
    {"redis.password", SETTING_STRING, AT(redis.password), 0, 4096, ""},
    {"redis.database", SETTING_INT, AT(redis.database), 0, 1000000, "0"},
    {"redis.socket", SETTING_STRING, AT(redis.socket), 0, 107, ""},
    {"redis.prefix", SETTING_STRING, AT(redis.prefix), 0, 128, ""},
    {"redis.sentinels", SETTING_PLACES, AT(redis.sentinels), 0, 4096, ""},
    {"redis.master", SETTING_STRING, AT(redis.master), 1, 255, "mymaster"},
    {"redis.timeoutMs", SETTING_INT, AT(redis.timeout_ms), 100, 60000, "1500"},
    {"im.group.loginAuth", SETTING_SWITCH, AT(group.login_auth), 0, 1, "0"},
    {"im.group.autoJoin", SETTING_SWITCH, AT(group.auto_join), 0, 1, "1"},
    {"im.groupMessage.timeout", SETTING_INT, AT(message.timeout_s), 1, 3650 * DAY_S, "604800"},
    {"im.groupMessage.listNum", SETTING_INT, AT(message.list_num), 0, 10000, "50"},
    {"im.groupMessage.maxCount", SETTING_INT, AT(message.max_count), 0, 1000000000, "0"},
    {"im.groupMessage.maxMessageBytes", SETTING_INT, AT(message.max_message_bytes), 1, 1048576,
     "16384"},
    {"im.groupMessage.recallTimeLimit", SETTING_INT, AT(message.recall_time_limit_s), 0,
     3650 * DAY_S, "120"},
    {"im.groupList.updateRate", SETTING_INT, AT(list.update_rate_s), 1, 3600, "1"},
    {"http.processes", SETTING_INT, AT(http.processes), 1, 1000, "4"},
    {"http.origins", SETTING_STRING, AT(http.origins), 1, 4096, "*"},
    {"http.open", SETTING_STRING, AT(http.open), 0, 4096, "/user/login /test/websocket"},
    {"http.socketUser", SETTING_STRING, AT(http.socket_user), 0, 255, ""},
    {"http.socketGroup", SETTING_STRING, AT(http.socket_group), 0, 255, ""},
    {"login.method", SETTING_METHOD, AT(login.method), 0, 0, "open"},
    {"login.htpasswd", SETTING_STRING, AT(login.htpasswd), 0, 4095, ""},
    {"login.module", SETTING_STRING, AT(login.module), 0, 4095, ""},
    {"login.maxFailures", SETTING_INT, AT(login.max_failures), 0, 1000000, "10"},
    {"login.failureWindowS", SETTING_INT, AT(login.failure_window_s), 1, 86400, "60"},
    {"push.listen", SETTING_ADDRESS, AT(push.listen), 0, 255, "127.0.0.1:9001"},
    {"push.workers", SETTING_INT, AT(push.workers), 0, 256, "1"},
    {"push.maxConnections", SETTING_INT, AT(push.max_connections), 0, 10000000, "0"},
    {"push.flushIntervalMs", SETTING_INT, AT(push.flush_interval_ms), 0, 1000, "5"},
    {"push.roomLogBytes", SETTING_INT, AT(push.room_log_bytes), 65536, 1 << 30, "1048576"},
    {"push.pingIntervalS", SETTING_INT, AT(push.ping_interval_s), 1, 120, "25"},
    {"push.pongTimeoutS", SETTING_INT, AT(push.pong_timeout_s), 2, 7200, "60"},
    {"push.health", SETTING_OPTIONAL_ADDRESS, AT(push.health), 0, 255, "127.0.0.1:9002"},
    {"push.drainSeconds", SETTING_INT, AT(push.drain_s), 0, 3600, "10"},
    {"push.trustedProxies", SETTING_NETWORKS, AT(push.trusted_proxies), 0, 4096, "127.0.0.0/8 ::1"},
    {"push.origins", SETTING_STRING, AT(push.origins), 1, 4096, "*"},
    {"push.maxPerUser", SETTING_INT, AT(push.max_per_user), 0, 10000000, "0"},
    {"push.maxPerAddress", SETTING_INT, AT(push.max_per_address), 0, 10000000, "1000"},
    {"push.joinsPerSecond", SETTING_INT, AT(push.joins_per_second), 0, 1000000, "100"},
    {"push.messagesPerSecond", SETTING_INT, AT(push.messages_per_second), 0, 1000000, "1000"},
    {"push.messageBurst", SETTING_INT, AT(push.message_burst), 1, 10000000, "10000"},
    {"log.level", SETTING_LEVEL, AT(log.level), 0, 0, "info"},
};
enum {
    SETTING_COUNT = sizeof(settings) / sizeof(settings[0])
};
_Static_assert((int)SETTING_COUNT < (int)SETTINGS_MAX, "SETTINGS_MAX is more than there are");

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

static bool
set_int(int64_t *place, const struct setting *s, const char *text)
{
    int64_t n;

    if (!config_parse_int(text, &n) || n < s->min || n > s->max) {
        return false;
    }
    *place = n;
    return true;
}

static bool
set_switch(bool *place, const char *text)
{
    if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0) {
        return false;
    }
    *place = *text == '1';
    return true;
}

static bool
set_string(char **place, const struct setting *s, const char *text)
{
    size_t len = strlen(text);

    if ((int64_t)len < s->min || (int64_t)len > s->max) {
        return false;
    }
    free(*place);
    *place = mem_dup(text, len);
    return true;
}

static bool
set_name(int *place, const struct setting *s, const char *text)
{
    const char *const *names = names_of[s->type];

    for (int i = 0; names[i] != NULL; i++) {
        if (strcmp(text, names[i]) == 0) {
            *place = i;
            return true;
        }
    }
    return false;
}

static bool
has_control_byte(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

/* text: without control bytes, NUL-terminated. */
static bool
set_text(struct config *config, const struct setting *s, const char *text)
{
    void *place = (char *)config + s->offset;
    char address[CONFIG_ADDRESS_SIZE];
    int port;

    switch (s->type) {
    case SETTING_INT:
        return set_int(place, s, text);
    case SETTING_SWITCH:
        return set_switch(place, text);
    case SETTING_STRING:
        return set_string(place, s, text);
    case SETTING_ADDRESS:
        return config_split_address(text, address, &port) && set_string(place, s, text);
    case SETTING_OPTIONAL_ADDRESS:
        return (*text == '\0' || config_split_address(text, address, &port)) &&
               set_string(place, s, text);
    case SETTING_PLACES:
        return sentinel_list_is_valid(text) && set_string(place, s, text);
    case SETTING_NETWORKS:
        return address_list_is_valid(text) && set_string(place, s, text);
    case SETTING_LEVEL:
    case SETTING_METHOD:
        return set_name(place, s, text);
    case SETTING_TYPE__MAX:
        break;
    }
    return false;
}

bool
settings_set(struct config *config, int i, struct str text)
{
    char *terminated;
    bool ok;

    if (has_control_byte(text)) {
        return false;
    }
    terminated = mem_dup(text.p, text.len);
    ok = set_text(config, &settings[i], terminated);
    free(terminated);
    return ok;
}

static void
describe_names(const char *const *names, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "one of %s", names[0]);

    for (int i = 1; names[i] != NULL && used < size; i++) {
        used += (size_t)snprintf(out + used, size - used, ", %s", names[i]);
    }
}

void
settings_describe(int i, char *out, size_t size)
{
    const struct setting *s = &settings[i];

    switch (s->type) {
    case SETTING_INT:
        snprintf(out, size, "a whole number from %" PRId64 " to %" PRId64, s->min, s->max);
        return;
    case SETTING_SWITCH:
        snprintf(out, size, "0 or 1");
        return;
    case SETTING_STRING:
        snprintf(out, size,
                 "a text of %" PRId64 " to %" PRId64 " bytes, without control characters", s->min,
                 s->max);
        return;
    case SETTING_ADDRESS:
        snprintf(out, size, "ADDRESS:PORT, as 127.0.0.1:9001 or [::1]:9001");
        return;
    case SETTING_OPTIONAL_ADDRESS:
        snprintf(out, size, "ADDRESS:PORT, as 127.0.0.1:9002, or nothing");
        return;
    case SETTING_PLACES:
        snprintf(out, size, "ADDRESS:PORT words, separated by spaces");
        return;
    case SETTING_NETWORKS:
        snprintf(out, size, "addresses and networks, as 10.0.0.0/8, separated by spaces");
        return;
    case SETTING_LEVEL:
    case SETTING_METHOD:
        describe_names(names_of[s->type], out, size);
        return;
    case SETTING_TYPE__MAX:
        break;
    }
}

static bool
is_text(const struct setting *s)
{
    return s->type == SETTING_STRING || s->type == SETTING_ADDRESS ||
           s->type == SETTING_OPTIONAL_ADDRESS || s->type == SETTING_PLACES ||
           s->type == SETTING_NETWORKS;
}

/* What fastim-pushd goes by from its start to its end. */
static const char *const lasting[] = {
    "redis.host",   "redis.port",      "redis.database",      "redis.socket",
    "redis.prefix", "redis.sentinels", "redis.master",        "push.listen",
    "push.workers", "push.health",     "push.maxConnections",
};

static bool
is_lasting(const struct setting *s)
{
    for (size_t i = 0; i < sizeof(lasting) / sizeof(lasting[0]); i++) {
        if (strcmp(lasting[i], s->key) == 0) {
            return true;
        }
    }
    return false;
}

static size_t
size_of(const struct setting *s)
{
    return is_text(s)                  ? sizeof(char *)
           : s->type == SETTING_INT    ? sizeof(int64_t)
           : s->type == SETTING_SWITCH ? sizeof(bool)
                                       : sizeof(int);
}

static bool
is_same(const struct setting *s, const void *a, const void *b)
{
    return is_text(s) ? strcmp(*(char *const *)a, *(char *const *)b) == 0
                      : memcmp(a, b, size_of(s)) == 0;
}

static void
exchange(void *a, void *b, size_t size)
{
    char kept[sizeof(int64_t)];

    memcpy(kept, a, size);
    memcpy(a, b, size);
    memcpy(b, kept, size);
}

void
settings_adopt(struct config *config, struct config *fresh,
               void (*tell)(const char *key, bool adopted))
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        const struct setting *s = &settings[i];
        void *place = (char *)config + s->offset, *other = (char *)fresh + s->offset;

        if (is_same(s, place, other)) {
            continue;
        }
        if (!is_lasting(s)) {
            exchange(place, other, size_of(s));
        }
        tell(s->key, !is_lasting(s));
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
        if (is_text(&settings[i])) {
            free(*(char **)((char *)config + settings[i].offset));
        }
    }
}

void
settings_print(const struct config *config, FILE *out)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        const struct setting *s = &settings[i];
        const void *place = (const char *)config + s->offset;

        fprintf(out, "%s: ", s->key);
        if (is_text(s)) {
            fprintf(out, "%s\n", *(char *const *)place);
        } else if (names_of[s->type] != NULL) {
            fprintf(out, "%s\n", names_of[s->type][*(const int *)place]);
        } else {
            fprintf(out, "%" PRId64 "\n",
                    s->type == SETTING_INT ? *(const int64_t *)place : *(const bool *)place);
        }
    }
}
