/* options.h - the options of fastimctl, which may stand anywhere in the command line. */
#ifndef API_CTL_OPTIONS_H
#define API_CTL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/str.h"

/* Options that only some commands take. */
enum option_bit {
    OPTION_COUNT = 1,      /* -n */
    OPTION_EVERYWHERE = 2, /* -e: in place of ROOM */
    OPTION_ADDRESS = 4,    /* -a: USER is an address */
    OPTION_PURGE = 8,
    OPTION_ID = 16,
    OPTION_IMPORT = 32, /* --append, --from */
    OPTION_MERGE = 64
};

struct options {
    unsigned used;    /* enum option_bit */
    const char *conf; /* NULL: the usual place */
    const char *id;   /* NULL: none */
    bool json, everywhere, address, purge, append, merge;
    int64_t count; /* of -n; -1: not given */
    int64_t from;  /* a line, from 1 on */
};

enum options_result {
    OPTIONS_OK,
    OPTIONS_WRONG, /* options_read() has said what */
    OPTIONS_HELP,  /* -h */
    OPTIONS_VERSION,
    OPTIONS_RESULT__MAX
};

/* Takes the options off the command line; what else there is, and all that stands behind --, goes
 * to words, of which there is room for *count. Both point into argv. */
enum options_result options_read(struct options *o, int argc, char **argv, struct str *words,
                                 size_t *count);

#endif
