/* options.c - the options of fastimctl. */
#include "fcgi-api/ctl/options.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "fcgi-api/ctl/complain.h"
#include "lib/config/number.h"

enum {
    COUNT_MAX = 1000000000
};

enum {
    LONG_PURGE = 256,
    LONG_ID,
    LONG_APPEND,
    LONG_FROM,
    LONG_MERGE
};

/* The +: options do not end the words, but getopt_long() is not to sort them. */
static const char letters[] = "+c:jn:eahV";
static const struct option options[] = {
    {"conf", required_argument, NULL, 'c'},
    {"json", no_argument, NULL, 'j'},
    {"count", required_argument, NULL, 'n'},
    {"everywhere", no_argument, NULL, 'e'},
    {"address", no_argument, NULL, 'a'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {"purge", no_argument, NULL, LONG_PURGE},
    {"id", required_argument, NULL, LONG_ID},
    {"append", no_argument, NULL, LONG_APPEND},
    {"from", required_argument, NULL, LONG_FROM},
    {"merge", no_argument, NULL, LONG_MERGE},
    {NULL, 0, NULL, 0},
};

static enum options_result
options_take_number(const char *text, int64_t min, int64_t *n)
{
    if (number_parse(str_of(text), min, COUNT_MAX, n)) {
        return OPTIONS_OK;
    }
    complain("%s: must be a whole number from %" PRId64 " to %d", text, min, COUNT_MAX);
    return OPTIONS_WRONG;
}

/* Those that only some commands take. */
static enum options_result
options_take_special(struct options *o, int letter)
{
    switch (letter) {
    case 'n':
        o->used |= OPTION_COUNT;
        return options_take_number(optarg, 0, &o->count);
    case 'e':
        o->used |= OPTION_EVERYWHERE;
        o->everywhere = true;
        return OPTIONS_OK;
    case 'a':
        o->used |= OPTION_ADDRESS;
        o->address = true;
        return OPTIONS_OK;
    case LONG_PURGE:
        o->used |= OPTION_PURGE;
        o->purge = true;
        return OPTIONS_OK;
    case LONG_ID:
        o->used |= OPTION_ID;
        o->id = optarg;
        return OPTIONS_OK;
    case LONG_APPEND:
        o->used |= OPTION_IMPORT;
        o->append = true;
        return OPTIONS_OK;
    case LONG_FROM:
        o->used |= OPTION_IMPORT;
        return options_take_number(optarg, 1, &o->from);
    case LONG_MERGE:
        o->used |= OPTION_MERGE;
        o->merge = true;
        return OPTIONS_OK;
    default: /* getopt_long() has said what is wrong */
        return OPTIONS_WRONG;
    }
}

static enum options_result
options_take(struct options *o, int letter)
{
    switch (letter) {
    case 'c':
        o->conf = optarg;
        return OPTIONS_OK;
    case 'j':
        o->json = true;
        return OPTIONS_OK;
    case 'h':
        return OPTIONS_HELP;
    case 'V':
        return OPTIONS_VERSION;
    default:
        return options_take_special(o, letter);
    }
}

enum options_result
options_read(struct options *o, int argc, char **argv, struct str *words, size_t *count)
{
    size_t room = *count;
    enum options_result result = OPTIONS_OK;
    bool all_are_words = false;

    *o = (struct options){.count = -1, .from = 1};
    *count = 0;
    optind = 0; /* begin anew: a test reads several command lines */
    for (;;) {
        int letter = all_are_words ? -1 : getopt_long(argc, argv, letters, options, NULL);

        if (letter != -1) {
            result = options_take(o, letter);
        } else if (optind >= argc) {
            return OPTIONS_OK;
        } else if (*count == room) {
            complain("more than %zu arguments", room);
            return OPTIONS_WRONG;
        } else {
            all_are_words = all_are_words || strcmp(argv[optind - 1], "--") == 0;
            words[(*count)++] = str_of(argv[optind++]);
        }
        if (result != OPTIONS_OK) {
            return result;
        }
    }
}
