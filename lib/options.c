/* options.c - the command line that both programs share. */
#include "lib/options.h"

#include <stdio.h>
#include <unistd.h>

#ifndef FASTIM_VERSION
#define FASTIM_VERSION "unknown"
#endif

static void
usage(const struct program *program, FILE *out)
{
    fprintf(out,
            "usage: %s [-c FILE] [-t | -T | -V | -h]\n"
            "%s\n"
            "  -c FILE  settings (else $FASTIM_CONFIG, else the installed file, else "
            "conf/fastim.yml)\n"
            "  -t       check the settings and exit\n"
            "  -T       print every setting as it is in force, passwords included, and exit\n"
            "  -V       print the version and exit\n"
            "  -h       print this and exit\n",
            program->name, program->purpose);
}

static struct config *
finish(struct config *config)
{
    config_destroy(config);
    return NULL;
}

struct config *
options_load(const struct program *program, int argc, char **argv, int *exit_code)
{
    const char *file = NULL;
    bool check = false, print = false;
    struct config *config;
    int option;

    *exit_code = 0;
    while ((option = getopt(argc, argv, "c:tTVh")) != -1) {
        switch (option) {
        case 'c':
            file = optarg;
            break;
        case 't':
            check = true;
            break;
        case 'T':
            print = true;
            break;
        case 'V':
            printf("%s %s\n", program->name, FASTIM_VERSION);
            return NULL;
        case 'h':
            usage(program, stdout);
            return NULL;
        default:
            usage(program, stderr);
            *exit_code = 1;
            return NULL;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "%s: unexpected argument: %s\n", program->name, argv[optind]);
        usage(program, stderr);
        *exit_code = 1;
        return NULL;
    }
    config = config_load(config_path(file), stderr);
    if (config == NULL) {
        *exit_code = 1;
        return NULL;
    }
    if (print) {
        config_print(config, stdout);
        return finish(config);
    }
    if (check) {
        printf("%s: settings are valid\n", config_path(file));
        return finish(config);
    }
    log_set_level(config->log.level);
    return config;
}
