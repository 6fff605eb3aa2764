/* config.c - every setting, read once from a YAML file into a struct that is passed along.
 *
 * What settings there are stands in settings.c. The file is walked once as a libyaml document, whose
 * nodes know their lines, and each leaf is held against that table.
 * (libcyaml, a layer above, has neither defaults nor bounds, and no line once a value is loaded.) */
#include "lib/config/config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

#include "lib/mem.h"
#include "lib/config/settings.h"
#include "lib/str.h"

#ifndef FASTIM_INSTALLED_CONFIG
#define FASTIM_INSTALLED_CONFIG "/etc/fastim/fastim.yml"
#endif

/* Parts of a fast-im application.yml that mean nothing here; with all below them. */
static const char *const passed_over[] = {
    "spring.redis.jedis",           "spring.redis.lettuce",     "spring.redis.timeout",
    "spring.redis.connect-timeout", "spring.redis.client-name", "spring.redis.client-type",
};

/* ---- values ---- */

bool
config_parse_int(const char *text, int64_t *n)
{
    const char *digits = *text == '-' ? text + 1 : text;
    size_t len = strlen(digits);

    if (len == 0 || len > 18 || strspn(digits, "0123456789") != len) { /* 18 fit in any case */
        return false;
    }
    *n = strtoll(text, NULL, 10);
    return true;
}

bool
config_split_address(const char *text, char address[CONFIG_ADDRESS_SIZE], int *port)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon != NULL ? (size_t)(colon - text) : 0;
    bool bracketed = text[0] == '[' && len > 2 && text[len - 1] == ']';
    int64_t n;

    if (colon == NULL || !config_parse_int(colon + 1, &n) || n < 1 || n > 65535) {
        return false;
    }
    if (bracketed) {
        text++;
        len -= 2;
    }
    if (len == 0 || len >= CONFIG_ADDRESS_SIZE) {
        return false;
    }
    memcpy(address, text, len);
    address[len] = '\0';
    *port = (int)n;
    /* Only an IPv6 address has colons, and wants its brackets. */
    return strpbrk(address, "[] ") == NULL && bracketed == (strchr(address, ':') != NULL);
}

/* ---- the file ---- */

struct loading {
    const char *path;
    FILE *file;
    FILE *errors;
    int mistakes;
    yaml_document_t document;
    struct config *config;
    size_t lines[SETTINGS_MAX]; /* where each setting is given; 0: is not */
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
    return is_at_or_below(key, "spring.redis") ? key + strlen("spring.") : key;
}

static bool
is_section(const char *key)
{
    return strcmp(key, "spring") == 0 || settings_is_section(without_spring(key));
}

/* A scalar's text; nothing for the ways in which YAML writes nothing. */
static struct str
scalar_text(const yaml_node_t *node)
{
    static const char *const nulls[] = {"~", "null", "Null", "NULL"};
    struct str text = str_make((const char *)node->data.scalar.value, node->data.scalar.length);

    for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++) {
        if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && str_is(text, nulls[i])) {
            return str_of("");
        }
    }
    return text;
}

static void
take_value(struct loading *l, const char *key, int i, const yaml_node_t *node, size_t line)
{
    char right[100];

    settings_describe(i, right, sizeof(right));
    if (l->lines[i] != 0) {
        mistake(l, line, key, "is given twice, keep this or that of line %zu", l->lines[i]);
        return;
    }
    l->lines[i] = line;
    if (node->type != YAML_SCALAR_NODE) {
        mistake(l, line, key, "is a section or a list, should be %s", right);
    } else if (!settings_set(l->config, i, scalar_text(node))) {
        if (strstr(key, "password") != NULL) {
            mistake(l, line, key, "is not valid, should be %s", right);
        } else {
            mistake(l, line, key, "is \"%s\", should be %s", node->data.scalar.value, right);
        }
    }
}

static void walk(struct loading *l, const yaml_node_t *node, const char *path);

/* Goes down into sections only, so no further than their names are long, whatever an alias says. */
static void
walk_pair(struct loading *l, const yaml_node_pair_t *pair, const char *path)
{
    const yaml_node_t *name = yaml_document_get_node(&l->document, pair->key);
    const yaml_node_t *value = yaml_document_get_node(&l->document, pair->value);
    size_t line = name->start_mark.line + 1;
    char key[200];
    int i;

    if (name->type != YAML_SCALAR_NODE ||
        (size_t)snprintf(key, sizeof(key), "%s%s%s", path, *path != '\0' ? "." : "",
                         (const char *)name->data.scalar.value) >= sizeof(key)) {
        mistake(l, line, *path != '\0' ? path : "file", "has a name that is no setting's");
        return;
    }
    if (is_passed_over(key)) {
        return;
    }
    i = settings_find(without_spring(key));
    if (i >= 0) {
        take_value(l, key, i, value, line);
    } else if (!is_section(key)) {
        mistake(l, line, key, "is no setting, see conf/fastim.yml for those there are");
    } else if (value->type == YAML_MAPPING_NODE) {
        walk(l, value, key);
    } else if (value->type != YAML_SCALAR_NODE || scalar_text(value).len > 0) {
        mistake(l, line, key, "is a value, should be a section with settings");
    }
}

static void
walk(struct loading *l, const yaml_node_t *node, const char *path)
{
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        walk_pair(l, pair, path);
    }
}

/* The line at which the parser gave up; for bytes that are no text it knows their offset alone. */
static size_t
problem_line(struct loading *l, const yaml_parser_t *parser)
{
    size_t line = 1;

    if (parser->error != YAML_READER_ERROR) {
        return parser->problem_mark.line + 1;
    }
    rewind(l->file);
    for (size_t i = 0; i < parser->problem_offset; i++) {
        line += getc(l->file) == '\n';
    }
    return line;
}

/* Loads the next document and walks it. False where there is none, or no YAML. */
static bool
load_document(struct loading *l, yaml_parser_t *parser, bool first)
{
    const yaml_node_t *root;

    if (!yaml_parser_load(parser, &l->document)) {
        mistake(l, problem_line(l, parser), "file", "is not YAML: %s",
                parser->problem != NULL ? parser->problem : "it cannot be read");
        return false;
    }
    root = yaml_document_get_root_node(&l->document);
    if (root != NULL && !first) {
        mistake(l, root->start_mark.line + 1, "file", "is several documents, should be one");
    } else if (root != NULL && root->type == YAML_MAPPING_NODE) {
        walk(l, root, "");
    } else if (root != NULL && (root->type != YAML_SCALAR_NODE || scalar_text(root).len > 0)) {
        mistake(l, root->start_mark.line + 1, "file",
                "is no mapping, should be `key: value` lines");
    }
    yaml_document_delete(&l->document);
    return root != NULL && first;
}

static void
parse_file(struct loading *l)
{
    yaml_parser_t parser;

    if (!yaml_parser_initialize(&parser)) {
        mistake(l, 0, "file", "cannot be parsed: out of memory");
        return;
    }
    yaml_parser_set_input_file(&parser, l->file);
    if (load_document(l, &parser, true)) {
        (void)load_document(l, &parser, false);
    }
    yaml_parser_delete(&parser);
}

/* A login method that wants a file of the site's. */
static void
check_login(struct loading *l)
{
    const struct config *c = l->config;
    size_t line = l->lines[settings_find("login.method")];

    if (c->login.method == LOGIN_HTPASSWD && *c->login.htpasswd == '\0') {
        mistake(l, line, "login.method", "is htpasswd, so login.htpasswd should name the file");
    }
    if (c->login.method == LOGIN_MODULE && *c->login.module == '\0') {
        mistake(l, line, "login.method",
                "is module, so login.module should name the shared object");
    }
}

/* What no single row can say. */
static void
check_together(struct loading *l)
{
    const struct config *c = l->config;
    size_t ping = l->lines[settings_find("push.pingIntervalS")];
    size_t pong = l->lines[settings_find("push.pongTimeoutS")];

    if (c->push.pong_timeout_s <= c->push.ping_interval_s) {
        mistake(l, ping > pong ? ping : pong, "push.pongTimeoutS",
                "is %" PRId64 ", should be more than push.pingIntervalS, which is %" PRId64,
                c->push.pong_timeout_s, c->push.ping_interval_s);
    }
    check_login(l);
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

    settings_set_defaults(l.config);
    l.file = fopen(path, "re");
    if (l.file == NULL) {
        mistake(&l, 0, "file", "cannot be read (%s), name one with -c or FASTIM_CONFIG",
                strerror(errno));
    } else {
        parse_file(&l);
        fclose(l.file);
    }
    if (l.mistakes == 0) {
        check_together(&l);
    }
    if (l.mistakes > 0) {
        config_destroy(l.config);
        return NULL;
    }
    return l.config;
}

void
config_destroy(struct config *config)
{
    if (config != NULL) {
        settings_free_strings(config);
        free(config);
    }
}

void
config_print(const struct config *config, FILE *out)
{
    settings_print(config, out);
}
