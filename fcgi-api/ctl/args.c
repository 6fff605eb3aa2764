/* args.c - the command line. */
#include "fcgi-api/ctl/args.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fcgi-api/ctl/complain.h"
#include "lib/config/duration.h"
#include "lib/config/number.h"
#include "lib/ids.h"
#include "lib/message.h"
#include "lib/utf8.h"
#include "lib/wordlist.h"

enum {
    WORDS_MAX = ARGS_PARAMS_MAX - 8 /* the others may come from options */
};

enum kind {
    KIND_ID,
    KIND_TEXT,
    KIND_TS,
    KIND_SPAN,
    KIND_ROLE,
    KIND_FORM,
    KIND_PAIR
};

/* The arguments: how usage names them, and how endpoints do. */
static const struct place {
    const char *word;
    const char *name; /* NULL: the command's extra */
    enum kind kind;
} places[] = {
    {"ROOM", "groupId", KIND_ID}, {"USER", "userId", KIND_ID},   {"TEXT", "info", KIND_TEXT},
    {"TS", "ts", KIND_TS},        {"FOR", "seconds", KIND_SPAN}, {"ROLE", "role", KIND_ROLE},
    {"WORD", NULL, KIND_TEXT},    {"NAME=VALUE", "", KIND_PAIR}, {"FORM", "form", KIND_FORM},
    {"FILE", "file", KIND_TEXT},
};

static void
args_add_named(struct args *a, struct str name, struct str value)
{
    a->params[a->param_count].name = name;
    a->params[a->param_count++].value = value;
}

static void
args_add(struct args *a, const char *name, struct str value)
{
    args_add_named(a, str_of(name), value);
}

struct str
args_get(const struct args *a, const char *name)
{
    for (size_t i = 0; i < a->param_count; i++) {
        if (str_is(a->params[i].name, name)) {
            return a->params[i].value;
        }
    }
    return str_make("", 0);
}

/* ---- the command ---- */

/* How many of the words are the command's name; 0: it is another one. */
static size_t
args_match(const struct command *command, const struct str *words, size_t count)
{
    const char *rest = command->name;
    struct str part;
    size_t n = 0;

    while ((part = wordlist_next(&rest)).len > 0) {
        if (n == count || !str_equal(part, words[n])) {
            return 0;
        }
        n++;
    }
    return n;
}

static size_t
args_find_command(struct args *a, const struct command *commands, const struct str *words,
                  size_t count)
{
    for (const struct command *c = commands; c->name != NULL; c++) {
        size_t n = args_match(c, words, count);

        if (n > 0) {
            a->command = c;
            return n;
        }
    }
    if (count == 0) {
        complain("which command? fastimctl -h lists them");
    } else {
        complain("%.*s: no such command; fastimctl -h lists them", (int)words[0].len, words[0].p);
    }
    return 0;
}

/* ---- arguments ---- */

static bool
args_refuse(const char *word, struct str value, const char *why)
{
    complain("%s %.*s: must be %s", word, (int)(value.len < 100 ? value.len : 100), value.p, why);
    return false;
}

/* The endpoint passes over names that it does not know, as each endpoint does. */
static bool
args_is_setting(struct str name)
{
    return wordlist_has("slow quiet cap pinned", name) ||
           (name.len > 5 && memcmp(name.p, "attr.", 5) == 0);
}

static bool
args_take_pair(struct args *a, struct str text)
{
    const char *equals = text.len > 0 ? memchr(text.p, '=', text.len) : NULL;
    size_t length = equals != NULL ? (size_t)(equals - text.p) : 0;

    if (equals == NULL || !args_is_setting(str_make(text.p, length))) {
        return args_refuse("NAME=VALUE", text,
                           "slow, quiet, cap, pinned or attr.NAME, then = and a value or nothing");
    }
    args_add_named(a, str_make(text.p, length), str_make(equals + 1, text.len - length - 1));
    return true;
}

static bool
args_take_span(struct args *a, const char *name, struct str text)
{
    int64_t seconds;

    if (!duration_parse(text, &seconds)) {
        return args_refuse("FOR", text, DURATION_FORM);
    }
    snprintf(a->seconds, sizeof(a->seconds), "%" PRId64, seconds);
    args_add(a, name, str_of(a->seconds));
    return true;
}

static bool
args_take(struct args *a, const struct place *place, struct str value)
{
    const char *name = place->name != NULL ? place->name : a->command->extra;
    int64_t ts;

    if (!utf8_valid(value)) {
        complain("%s: must be UTF-8", place->word);
        return false;
    }
    if (place->kind == KIND_PAIR) {
        return args_take_pair(a, value);
    }
    if (place->kind == KIND_SPAN) {
        return args_take_span(a, name, value);
    }
    if (place->kind == KIND_ID && a->opt.address && strcmp(name, "userId") == 0) {
        name = "address";
    } else if (place->kind == KIND_ID && !id_valid(value)) {
        return args_refuse(place->word, value,
                           "1 to 128 bytes without control characters, / or outer spaces");
    } else if (place->kind == KIND_TS && !number_parse(value, 0, MESSAGE_TS_MAX, &ts)) {
        return args_refuse(place->word, value, "the ts of a message, as history shows it");
    } else if (place->kind == KIND_ROLE && !str_is(value, "mod") && !str_is(value, "vip") &&
               !str_is(value, "none")) {
        return args_refuse(place->word, value, "mod, vip or none");
    } else if (place->kind == KIND_FORM && !str_is(value, "plain") && !str_is(value, "java")) {
        return args_refuse(place->word, value, "plain or java");
    }
    args_add(a, name, place->kind == KIND_ROLE && str_is(value, "none") ? str_make("", 0) : value);
    return true;
}

static const struct place *
args_find_place(struct str word)
{
    size_t i = 0;

    while (!str_is(word, places[i].word)) {
        i++;
    }
    return &places[i];
}

static bool
args_complain_usage(const struct command *c)
{
    complain("usage: fastimctl %s%s%s", c->name, *c->usage != '\0' ? " " : "", c->usage);
    return false;
}

/* Takes the arguments that the command's usage names. */
static bool
args_take_all(struct args *a, const struct str *words, size_t count)
{
    const char *rest = a->command->usage;
    struct str part;
    size_t i = 0;

    while ((part = wordlist_next(&rest)).len > 0) {
        bool optional = part.p[0] == '[';
        bool repeated = memmem(part.p, part.len, "...", 3) != NULL;
        const struct place *place = args_find_place(
            str_make(part.p + optional, part.len - 2 * optional - (repeated ? 3 : 0)));

        if (a->opt.everywhere && strcmp(place->word, "ROOM") == 0) {
            continue;
        }
        if (i == count && !optional) {
            return args_complain_usage(a->command);
        }
        for (size_t n = 0; i < count && (n == 0 || repeated); n++) {
            if (!args_take(a, place, words[i++])) {
                return false;
            }
        }
    }
    return i == count || args_complain_usage(a->command);
}

static bool
args_check_options(const struct args *a)
{
    if ((a->opt.used & ~a->command->options) == 0) {
        return true;
    }
    complain("%s does not take that option; fastimctl -h lists which ones it takes",
             a->command->name);
    return false;
}

/* The endpoint's parameters that are options here. */
static void
args_add_options(struct args *a)
{
    if (a->opt.count >= 0 && a->command->path != NULL) {
        snprintf(a->top, sizeof(a->top), "%" PRId64, a->opt.count);
        args_add(a, a->command->extra, str_of(a->top));
    }
    if (a->opt.purge) {
        args_add(a, "purge", str_of("1"));
    }
    if (a->opt.id != NULL) {
        args_add(a, "id", str_of(a->opt.id));
    }
}

enum options_result
args_read(struct args *a, const struct command *commands, int argc, char **argv)
{
    struct str words[WORDS_MAX];
    size_t count = WORDS_MAX, named;
    enum options_result result;

    *a = (struct args){0};
    result = options_read(&a->opt, argc, argv, words, &count);
    if (result != OPTIONS_OK) {
        return result;
    }
    named = args_find_command(a, commands, words, count);
    if (named == 0 || !args_check_options(a) || !args_take_all(a, words + named, count - named)) {
        return OPTIONS_WRONG;
    }
    args_add_options(a);
    return OPTIONS_OK;
}
