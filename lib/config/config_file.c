/* config_file.c - reads the settings file; the only file that knows libyaml.
 *
 * libyaml makes the file a tree of nodes, which know their lines. Each leaf of the tree is
 * looked up in the table of settings. (libcyaml, a layer above, has neither defaults nor bounds,
 * and no line once a value is loaded.) */
#include "lib/config/config_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <yaml.h>

#include "lib/config/config.h"
#include "lib/config/placeholder.h"
#include "lib/config/settings.h"
#include "lib/config/spring.h"
#include "lib/str.h"
#include "lib/text.h"

enum {
    DEPTH_MAX = 64 /* of nested sections and lists; settings need 4 */
};

struct loading {
    const char *path;
    FILE *file;
    FILE *errors;
    int mistakes;
    yaml_document_t document;
    struct config *config;
    size_t lines[SETTINGS_MAX]; /* of each setting in the file; 0: it is not there */
};

static void __attribute__((format(printf, 4, 5)))
config_mistake(struct loading *l, size_t line, const char *key, const char *format, ...)
{
    va_list args;

    l->mistakes++;
    fprintf(l->errors, "%s:%zu: %s: ", l->path, line, key);
    va_start(args, format);
    vfprintf(l->errors, format, args);
    va_end(args);
    fputc('\n', l->errors);
}

/* ---- nodes ---- */

/* The text of a scalar; empty if it is one of YAML's words for null. */
static struct str
node_text(const yaml_node_t *node)
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

/* Says why the value is refused, and what would be right. */
static void
config_refuse_value(struct loading *l, const char *key, int i, const char *value, size_t line)
{
    char right[100], why[1000];

    settings_describe(i, right, sizeof(right));
    settings_explain(i, value, why, sizeof(why));
    if (*why != '\0') {
        config_mistake(l, line, key, "%s", why);
    } else if (strstr(key, "password") != NULL || strstr(key, "jwtKey") != NULL ||
               strstr(key, "okens") != NULL) {
        config_mistake(l, line, key, "is not valid, should be %s", right);
    } else {
        config_mistake(l, line, key, "is \"%s\", should be %s", value, right);
    }
}

static void
config_take_text(struct loading *l, const char *key, int i, const yaml_node_t *node, size_t line)
{
    struct text value;

    text_init(&value);
    text_add_str(&value, "");
    if (!placeholder_expand(&value, node_text(node))) {
        config_mistake(l, line, key,
                       "names an environment variable that is not set, set it or write "
                       "${NAME:default}");
    } else if (!settings_set(l->config, i, text_str(&value))) {
        config_refuse_value(l, key, i,
                            str_equal(text_str(&value), node_text(node))
                                ? (const char *)node->data.scalar.value
                                : value.bytes,
                            line);
    }
    text_fini(&value);
}

static void
config_take_value(struct loading *l, const char *key, int i, const yaml_node_t *node, size_t line)
{
    char right[100];

    settings_describe(i, right, sizeof(right));
    if (l->lines[i] != 0) {
        config_mistake(l, line, key, "is given twice, keep this or that of line %zu", l->lines[i]);
        return;
    }
    l->lines[i] = line;
    if (node->type != YAML_SCALAR_NODE) {
        config_mistake(l, line, key, "is a section or a list, should be %s", right);
    } else {
        config_take_text(l, key, i, node, line);
    }
}

static void config_walk(struct loading *l, const yaml_node_t *node, const char *path);

/* Walks only into sections, which end: so an alias to a node above it makes no endless loop. */
static void
config_walk_pair(struct loading *l, const yaml_node_pair_t *pair, const char *path)
{
    const yaml_node_t *name = yaml_document_get_node(&l->document, pair->key);
    const yaml_node_t *value = yaml_document_get_node(&l->document, pair->value);
    size_t line = name->start_mark.line + 1;
    char key[200];
    bool is_section;
    int i;

    if (name->type != YAML_SCALAR_NODE ||
        (size_t)snprintf(key, sizeof(key), "%s%s%s", path, *path != '\0' ? "." : "",
                         (const char *)name->data.scalar.value) >= sizeof(key)) {
        config_mistake(l, line, *path != '\0' ? path : "file", "has a name that is no setting's");
        return;
    }
    if (spring_is_ignored(key)) {
        return;
    }
    i = settings_find(spring_plain_key(key));
    is_section = spring_is_section(key) || settings_is_section(spring_plain_key(key));
    if (i >= 0) {
        config_take_value(l, key, i, value, line);
    } else if (is_section && value->type == YAML_MAPPING_NODE) {
        config_walk(l, value, key);
    } else if (spring_refusal(key) != NULL) {
        if (value->type != YAML_SCALAR_NODE || !str_is(node_text(value), "false")) {
            config_mistake(l, line, key, "%s", spring_refusal(key));
        }
    } else if (!is_section) {
        config_mistake(l, line, key, "is no setting, see conf/fastim.yml for those there are");
    } else if (value->type != YAML_SCALAR_NODE || node_text(value).len > 0) {
        config_mistake(l, line, key, "is a value, should be a section with settings");
    }
}

static void
config_walk(struct loading *l, const yaml_node_t *node, const char *path)
{
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        config_walk_pair(l, pair, path);
    }
}

/* ---- the file ---- */

/* The line at which the parser gave up. For bytes that are no UTF-8 it knows only their offset. */
static size_t
config_problem_line(struct loading *l, const yaml_parser_t *parser)
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

/* Loads the next document and walks it. Returns false at the end, and if it is not YAML. */
static bool
config_load_document(struct loading *l, yaml_parser_t *parser, bool first)
{
    const yaml_node_t *root;

    if (!yaml_parser_load(parser, &l->document)) {
        config_mistake(l, config_problem_line(l, parser), "file", "is not YAML: %s",
                       parser->problem != NULL ? parser->problem : "it cannot be read");
        return false;
    }
    root = yaml_document_get_root_node(&l->document);
    if (root != NULL && !first) {
        config_mistake(l, root->start_mark.line + 1, "file", "is several documents, should be one");
    } else if (root != NULL && root->type == YAML_MAPPING_NODE) {
        config_walk(l, root, "");
    } else if (root != NULL && (root->type != YAML_SCALAR_NODE || node_text(root).len > 0)) {
        config_mistake(l, root->start_mark.line + 1, "file",
                       "is no mapping, should be `key: value` lines");
    }
    yaml_document_delete(&l->document);
    return root != NULL && first;
}

/* Returns false, and says so, if memory is short. */
static bool
config_start_parser(struct loading *l, yaml_parser_t *parser)
{
    rewind(l->file);
    if (!yaml_parser_initialize(parser)) {
        config_mistake(l, 0, "file", "cannot be parsed: out of memory");
        return false;
    }
    yaml_parser_set_input_file(parser, l->file);
    return true;
}

/* What an event adds to the depth. */
static int
event_depth(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        return 1;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return -1;
    default:
        return 0;
    }
}

/* Says so if the file nests deeper than DEPTH_MAX. Parsing stops there: libyaml's time grows with
 * the square of the depth, and a reload blocks its process as long (100,000 brackets: half a
 * minute). If the file is not YAML, the reading that follows says that. */
static bool
config_is_shallow(struct loading *l)
{
    yaml_parser_t parser;
    yaml_event_t event;
    int depth = 0;
    bool more = true;

    if (!config_start_parser(l, &parser)) {
        return false;
    }
    while (more && depth <= DEPTH_MAX && yaml_parser_parse(&parser, &event)) {
        depth += event_depth(&event);
        if (depth > DEPTH_MAX) {
            config_mistake(l, event.start_mark.line + 1, "file",
                           "nests more than %d deep, should be sections with settings", DEPTH_MAX);
        }
        more = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return depth <= DEPTH_MAX;
}

static void
config_parse(struct loading *l)
{
    yaml_parser_t parser;

    if (!config_is_shallow(l) || !config_start_parser(l, &parser)) {
        return;
    }
    if (config_load_document(l, &parser, true)) {
        (void)config_load_document(l, &parser, false);
    }
    yaml_parser_delete(&parser);
}

static void
config_on_mistake(void *arg, const char *key, const char *other, const char *text)
{
    struct loading *l = arg;
    size_t line = l->lines[settings_find(key)];
    size_t line_of_other = other != NULL ? l->lines[settings_find(other)] : 0;

    config_mistake(l, line > line_of_other ? line : line_of_other, key, "%s", text);
}

struct config *
config_file_load(const char *path, FILE *errors)
{
    struct loading l = {.path = path, .errors = errors, .config = settings_create()};

    l.file = fopen(path, "re");
    if (l.file == NULL) {
        config_mistake(&l, 0, "file", "cannot be read (%s), name one with -c or FASTIM_CONFIG",
                       strerror(errno));
    } else {
        config_parse(&l);
        fclose(l.file);
    }
    if (l.mistakes == 0) {
        config_check(l.config, config_on_mistake, &l);
    }
    if (l.mistakes > 0) {
        settings_destroy(l.config);
        return NULL;
    }
    return l.config;
}
