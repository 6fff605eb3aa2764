/* options.c - the command line that both programs share. */
#include "lib/process/options.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/config/config_file.h"
#include "lib/config/settings.h"
#include "lib/log.h"

#ifndef FASTIM_VERSION
#define FASTIM_VERSION "unknown"
#endif

struct asked {
    const char *file;
    bool check;
    bool print;
    bool end; /* -V or -h: done already */
};

static void
options_usage(const struct program *program, FILE *out)
{
    fprintf(out,
            "usage: %s [-c FILE] [-t | -T | -V | -h]%s\n"
            "%s\n"
            "  -c FILE  settings (else $FASTIM_CONFIG, else the installed file, else "
            "conf/fastim.yml)\n"
            "  -t       check the settings and exit\n"
            "  -T       print every setting as it is in force, passwords included, and exit\n"
            "  -V       print the version and exit\n"
            "  -h       print this and exit\n"
            "%s",
            program->name, program->letters != NULL ? " [OPTIONS]" : "", program->purpose,
            program->letters != NULL ? program->help : "");
}

/* Returns false if there is no such option, or if its value is wrong. */
static bool
options_take(struct asked *asked, const struct program *program, int letter)
{
    switch (letter) {
    case 'c':
        asked->file = optarg;
        return true;
    case 't':
        asked->check = true;
        return true;
    case 'T':
        asked->print = true;
        return true;
    case 'V':
        printf("%s %s\n", program->name, FASTIM_VERSION);
        asked->end = true;
        return true;
    case 'h':
        options_usage(program, stdout);
        asked->end = true;
        return true;
    default:
        return letter != '?' && program->option(program->arg, letter, optarg);
    }
}

static bool
options_read(struct asked *asked, const struct program *program, int argc, char **argv)
{
    char letters[40];
    int letter;

    snprintf(letters, sizeof(letters), "c:tTVh%s",
             program->letters != NULL ? program->letters : "");
    while (!asked->end && (letter = getopt(argc, argv, letters)) != -1) {
        if (!options_take(asked, program, letter)) {
            return false;
        }
    }
    if (!asked->end && optind < argc) {
        fprintf(stderr, "%s: unexpected argument: %s\n", program->name, argv[optind]);
        return false;
    }
    return true;
}

/* Carries out -T and -t. Returns false if the program is to end with *exit_code. */
static bool
options_go_on(const struct asked *asked, const struct program *program, const struct config *config,
              int *exit_code)
{
    if (asked->print) {
        settings_print(config, stdout);
        return false;
    }
    if (asked->check) {
        if (program->check != NULL && !program->check(config)) {
            *exit_code = 1;
        } else {
            printf("%s: settings are valid\n", asked->file);
        }
        return false;
    }
    return true;
}

struct config *
options_load(const struct program *program, int argc, char **argv, const char **file,
             int *exit_code)
{
    struct asked asked = {0};
    struct config *config;

    *exit_code = 1;
    if (!options_read(&asked, program, argc, argv)) {
        options_usage(program, stderr);
        return NULL;
    }
    if (asked.end) {
        *exit_code = 0;
        return NULL;
    }
    asked.file = config_path(asked.file);
    config = config_file_load(asked.file, stderr);
    if (config == NULL) {
        return NULL;
    }
    *exit_code = 0;
    if (!options_go_on(&asked, program, config, exit_code)) {
        settings_destroy(config);
        return NULL;
    }
    log_set_level((enum log_level)config->log.level);
    *file = asked.file;
    return config;
}
