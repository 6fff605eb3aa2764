/* args.h - the command line: which command, and its arguments as parameters of an endpoint; and
 * what a command works with. */
#ifndef API_CTL_ARGS_H
#define API_CTL_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fcgi-api/ctl/options.h"
#include "lib/config/config.h"
#include "lib/str.h"

struct store;
struct args;

/* What a command works with. */
struct ctl {
    const struct config *config;
    struct store *store;
    const char *operator_name; /* for the audit: local:LOGIN */
    bool is_screen;            /* tables, for people */
};

enum ctl_exit {
    CTL_DONE = 0,
    CTL_REFUSED = 1, /* or it changed nothing, or the output cannot be written */
    CTL_USAGE = 2,   /* the command line, the settings, or what is to be imported is wrong */
    CTL_AWAY = 3     /* Redis cannot be reached, or answers an error */
};

struct command {
    const char *name;  /* one word, or two: "words add" */
    const char *usage; /* the arguments: names of the table in args.c; [NAME], NAME... */
    const char *help;  /* one line */
    unsigned options;  /* those that it takes: enum option_bit */
    enum ctl_exit (*run)(struct ctl *ctl, const struct args *args);
    const char *path;    /* of its endpoint, if it is one */
    const char *extra;   /* the endpoint's name of WORD, or of -n */
    const char *columns; /* of what the endpoint answers */
};

struct param {
    struct str name;
    struct str value; /* both UTF-8 */
};

enum {
    ARGS_PARAMS_MAX = 256
};

struct args {
    const struct command *command;
    struct options opt;
    struct param params[ARGS_PARAMS_MAX];
    size_t param_count;
    char seconds[24], top[24]; /* params point here */
};

/* Reads the command line. commands ends in a row without a name. The result points into argv. If it
 * is OPTIONS_WRONG, it was said what is wrong. */
enum options_result args_read(struct args *a, const struct command *commands, int argc,
                              char **argv);

/* The value of a parameter; empty if there is none. */
struct str args_get(const struct args *a, const char *name);

#endif
