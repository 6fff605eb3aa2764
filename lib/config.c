/* config.c - every setting, read once from a YAML file into a struct that is passed along.
 *
 * The table below is the master copy: name, type, place, bounds, default. The file is walked once as a
 * libyaml document, whose nodes know their lines, and each leaf is held against the table.
 * (libcyaml, a layer above, has neither defaults nor bounds, and no line once a value is loaded.) */
#include "lib/config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

#include "lib/mem.h"
#include "lib/str.h"

#ifndef FASTIM_INSTALLED_CONFIG
#define FASTIM_INSTALLED_CONFIG "/etc/fastim/fastim.yml"
#endif

enum setting_type {
    SETTING_INT,
    SETTING_SWITCH,  /* 0 or 1 */
    SETTING_STRING,  /* min and max bound its length in bytes */
    SETTING_ADDRESS, /* ADDRESS:PORT */
    SETTING_LEVEL,   /* a log level's name */
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
    {"push.listen", SETTING_ADDRESS, AT(push.listen), 0, 0, "127.0.0.1:9001"},
    {"push.maxConnections", SETTING_INT, AT(push.max_connections), 0, 10000000, "0"},
    {"push.flushIntervalMs", SETTING_INT, AT(push.flush_interval_ms), 0, 1000, "5"},
    {"push.roomLogBytes", SETTING_INT, AT(push.room_log_bytes), 65536, 1 << 30, "1048576"},
    {"push.pingIntervalS", SETTING_INT, AT(push.ping_interval_s), 1, 3600, "25"},
    {"push.pongTimeoutS", SETTING_INT, AT(push.pong_timeout_s), 2, 7200, "60"},
    {"log.level", SETTING_LEVEL, AT(log.level), 0, 0, "info"},
};
enum {
    SETTING_COUNT = sizeof(settings) / sizeof(settings[0])
};

/* Parts of a fast-im application.yml that mean nothing here; with all below them. */
static const char *const passed_over[] = {
    "spring.redis.jedis",           "spring.redis.lettuce",     "spring.redis.timeout",
    "spring.redis.connect-timeout", "spring.redis.client-name", "spring.redis.client-type",
};

/* ---- one value ---- */

static bool
parse_int(const char *text, int64_t *n)
{
    char *end;

    errno = 0;
    *n = strtoll(text, &end, 10);
    return *text != '\0' && strchr(" \t\n+", *text) == NULL && *end == '\0' && errno == 0;
}

bool
config_split_address(const char *text, char address[64], int *port)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon != NULL ? (size_t)(colon - text) : 0;
    int64_t n;

    if (colon == NULL || len == 0 || !parse_int(colon + 1, &n) || n < 1 || n > 65535) {
        return false;
    }
    if (text[0] == '[' && len > 2 && text[len - 1] == ']') {
        text++;
        len -= 2;
    } else if (memchr(text, ':', len) != NULL) {
        return false; /* an IPv6 address wants its brackets */
    }
    if (len >= 64) {
        return false;
    }
    memcpy(address, text, len);
    address[len] = '\0';
    *port = (int)n;
    return true;
}

static bool
set_string(char **place, struct str value)
{
    free(*place);
    *place = mem_dup(value.p, value.len);
    return true;
}

static bool
set_level(enum log_level *place, const char *text)
{
    for (int i = 0; i < LOG_LEVEL__MAX; i++) {
        if (strcmp(text, log_level_names[i]) == 0) {
            *place = (enum log_level)i;
            return true;
        }
    }
    return false;
}

/* Puts text into its place. False: it is no value for this setting. */
static bool
set_value(struct config *config, const struct setting *s, struct str text)
{
    void *place = (char *)config + s->offset;
    char address[64];
    int64_t n = 0;
    int port;

    if (memchr(text.p, '\0', text.len) != NULL) {
        return false;
    }
    switch (s->type) {
    case SETTING_INT:
    case SETTING_SWITCH:
        if (!parse_int(text.p, &n) || n < s->min || n > s->max) {
            return false;
        }
        if (s->type == SETTING_INT) {
            *(int64_t *)place = n;
        } else {
            *(bool *)place = n == 1;
        }
        return true;
    case SETTING_STRING:
        return (int64_t)text.len >= s->min && (int64_t)text.len <= s->max &&
               set_string(place, text);
    case SETTING_ADDRESS:
        return config_split_address(text.p, address, &port) && set_string(place, text);
    case SETTING_LEVEL:
        return set_level(place, text.p);
    case SETTING_TYPE__MAX:
        break;
    }
    return false;
}

static void
describe(const struct setting *s, char *out, size_t size)
{
    switch (s->type) {
    case SETTING_INT:
        snprintf(out, size, "a whole number from %" PRId64 " to %" PRId64, s->min, s->max);
        return;
    case SETTING_SWITCH:
        snprintf(out, size, "0 or 1");
        return;
    case SETTING_STRING:
        snprintf(out, size, "a text of %" PRId64 " to %" PRId64 " bytes", s->min, s->max);
        return;
    case SETTING_ADDRESS:
        snprintf(out, size, "ADDRESS:PORT, as 127.0.0.1:9001 or [::1]:9001");
        return;
    case SETTING_LEVEL:
        snprintf(out, size, "one of error, warn, info, debug");
        return;
    case SETTING_TYPE__MAX:
        break;
    }
}

/* ---- the file ---- */

struct loading {
    const char *path;
    FILE *errors;
    int mistakes;
    yaml_document_t document;
    struct config *config;
    bool given[SETTING_COUNT];
};

static void __attribute__((format(printf, 4, 5)))
mistake(struct loading *l, size_t line, const char *key, const char *format, ...)
{
    va_list args;

    l->mistakes++;
    fprintf(l->errors, "%s:%zu: %s: ", l->path, line, key);
    va_start(args, format);
    vfprintf(l->errors, format, args);
    va_end(args);
    fputc('\n', l->errors);
}

static bool
is_at_or_below(const char *key, const char *root)
{
    size_t len = strlen(root);

    return strncmp(key, root, len) == 0 && (key[len] == '\0' || key[len] == '.');
}

static bool
is_passed_over(const char *key)
{
    for (size_t i = 0; i < sizeof(passed_over) / sizeof(passed_over[0]); i++) {
        if (is_at_or_below(key, passed_over[i])) {
            return true;
        }
    }
    return false;
}

/* fast-im has Redis below `spring`; its names are ours from there on. */
static const char *
without_spring(const char *key)
{
    return is_at_or_below(key, "spring") && strncmp(key, "spring.redis", 12) == 0 ? key + 7 : key;
}

static int
find_setting(const char *key)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(settings[i].key, without_spring(key)) == 0) {
            return i;
        }
    }
    return -1;
}

static bool
is_section(const char *key)
{
    if (strcmp(key, "spring") == 0) {
        return true;
    }
    for (int i = 0; i < SETTING_COUNT; i++) {
        if (is_at_or_below(settings[i].key, without_spring(key))) {
            return strlen(settings[i].key) > strlen(without_spring(key));
        }
    }
    return false;
}

static void
take_value(struct loading *l, const char *key, const yaml_node_t *node, size_t line)
{
    int i = find_setting(key);
    char right[100];
    struct str text = {"", 0};

    describe(&settings[i], right, sizeof(right));
    if (l->given[i]) {
        mistake(l, line, key, "is given twice, keep one of the two");
        return;
    }
    l->given[i] = true;
    if (node->type != YAML_SCALAR_NODE) {
        mistake(l, line, key, "is a section, should be %s", right);
        return;
    }
    if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE ||
        strcmp((const char *)node->data.scalar.value, "~") != 0) {
        text = str_make((const char *)node->data.scalar.value, node->data.scalar.length);
    }
    if (set_value(l->config, &settings[i], text)) {
        return;
    }
    if (strstr(key, "password") != NULL) {
        mistake(l, line, key, "is not valid, should be %s", right);
    } else {
        mistake(l, line, key, "is \"%.*s\", should be %s", (int)text.len, text.p, right);
    }
}

static void walk(struct loading *l, const yaml_node_t *node, const char *path, int depth);

static void
walk_pair(struct loading *l, const yaml_node_pair_t *pair, const char *path, int depth)
{
    const yaml_node_t *name = yaml_document_get_node(&l->document, pair->key);
    const yaml_node_t *value = yaml_document_get_node(&l->document, pair->value);
    size_t line = name->start_mark.line + 1;
    char key[200];

    if (name->type != YAML_SCALAR_NODE ||
        (size_t)snprintf(key, sizeof(key), "%s%s%s", path, *path != '\0' ? "." : "",
                         (const char *)name->data.scalar.value) >= sizeof(key)) {
        mistake(l, line, *path != '\0' ? path : "file", "has a name that is no setting's");
        return;
    }
    if (is_passed_over(key)) {
        return;
    }
    if (find_setting(key) >= 0) {
        take_value(l, key, value, line);
    } else if (!is_section(key)) {
        mistake(l, line, key, "is no setting, see conf/fastim.yml for those there are");
    } else if (value->type == YAML_SCALAR_NODE && value->data.scalar.length == 0) {
        return; /* a section with nothing in it */
    } else if (value->type != YAML_MAPPING_NODE) {
        mistake(l, line, key, "is a value, should be a section with settings");
    } else {
        walk(l, value, key, depth + 1);
    }
}

static void
walk(struct loading *l, const yaml_node_t *node, const char *path, int depth)
{
    if (depth > 8) { /* an alias that holds itself */
        mistake(l, node->start_mark.line + 1, path, "is nested too deep");
        return;
    }
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        walk_pair(l, pair, path, depth);
    }
}

static void
parse_file(struct loading *l, FILE *file)
{
    const yaml_node_t *root;
    yaml_parser_t parser;

    if (!yaml_parser_initialize(&parser)) {
        mistake(l, 0, "file", "cannot be parsed: out of memory");
        return;
    }
    yaml_parser_set_input_file(&parser, file);
    if (!yaml_parser_load(&parser, &l->document)) {
        mistake(l, parser.problem_mark.line + 1, "file", "is not YAML: %s",
                parser.problem != NULL ? parser.problem : "it cannot be read");
        yaml_parser_delete(&parser);
        return;
    }
    root = yaml_document_get_root_node(&l->document);
    if (root != NULL && root->type == YAML_MAPPING_NODE) {
        walk(l, root, "", 0);
    } else if (root != NULL && (root->type != YAML_SCALAR_NODE || root->data.scalar.length > 0)) {
        mistake(l, root->start_mark.line + 1, "file",
                "is no mapping, should be `key: value` lines");
    }
    yaml_document_delete(&l->document);
    yaml_parser_delete(&parser);
}

/* What no single row can say. */
static void
check_together(struct loading *l)
{
    const struct config *c = l->config;

    if (c->push.pong_timeout_s <= c->push.ping_interval_s) {
        mistake(l, 0, "push.pongTimeoutS", "is %" PRId64 ", should be more than push.pingIntervalS",
                c->push.pong_timeout_s);
    }
}

const char *
config_path(const char *given)
{
    const char *from_environment = getenv("FASTIM_CONFIG");

    if (given != NULL) {
        return given;
    }
    if (from_environment != NULL && *from_environment != '\0') {
        return from_environment;
    }
    return access(FASTIM_INSTALLED_CONFIG, F_OK) == 0 ? FASTIM_INSTALLED_CONFIG : "conf/fastim.yml";
}

struct config *
config_load(const char *path, FILE *errors)
{
    struct loading l = {.path = path, .errors = errors, .config = mem_zalloc(sizeof(*l.config))};
    FILE *file = fopen(path, "re");

    for (int i = 0; i < SETTING_COUNT; i++) {
        (void)set_value(l.config, &settings[i], str_of(settings[i].by_default));
    }
    if (file == NULL) {
        mistake(&l, 0, "file", "cannot be read (%s), name one with -c or FASTIM_CONFIG",
                strerror(errno));
    } else {
        parse_file(&l, file);
        fclose(file);
        check_together(&l);
    }
    if (l.mistakes > 0) {
        config_destroy(l.config);
        return NULL;
    }
    return l.config;
}

static bool
is_text(const struct setting *s)
{
    return s->type == SETTING_STRING || s->type == SETTING_ADDRESS;
}

void
config_destroy(struct config *config)
{
    if (config == NULL) {
        return;
    }
    for (int i = 0; i < SETTING_COUNT; i++) {
        if (is_text(&settings[i])) {
            free(*(char **)((char *)config + settings[i].offset));
        }
    }
    free(config);
}

void
config_print(const struct config *config, FILE *out)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        const struct setting *s = &settings[i];
        const void *place = (const char *)config + s->offset;

        fprintf(out, "%s: ", s->key);
        if (is_text(s)) {
            fprintf(out, "%s\n", *(char *const *)place);
        } else if (s->type == SETTING_LEVEL) {
            fprintf(out, "%s\n", log_level_names[*(const enum log_level *)place]);
        } else {
            fprintf(out, "%" PRId64 "\n",
                    s->type == SETTING_INT ? *(const int64_t *)place : *(const bool *)place);
        }
    }
}
