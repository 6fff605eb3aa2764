/* main.c - fastimctl: the operators' tool, a third way to the endpoints beside FastCGI and CGI. */
#include <errno.h>
#include <locale.h>
#include <langinfo.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fcgi-api/ctl/commands.h"
#include "fcgi-api/ctl/complain.h"
#include "fcgi-api/store/store.h"
#include "lib/config/config_file.h"
#include "lib/config/settings.h"
#include "lib/ids.h"
#include "lib/log.h"

/* Widths of characters are known only in a locale of UTF-8. */
static void
ctl_set_locale(void)
{
    if (setlocale(LC_CTYPE, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0) {
        (void)setlocale(LC_CTYPE, "C.UTF-8");
    }
}

/* Who is noted for what is done: whoever has become root by sudo is not root. */
static void
ctl_name_operator(char *out, size_t size)
{
    const char *by_sudo = getuid() == 0 ? getenv("SUDO_USER") : NULL;
    const struct passwd *user = getpwuid(getuid());
    const char *login = by_sudo != NULL ? by_sudo : user != NULL ? user->pw_name : "";

    if (id_valid(str_of(login))) {
        snprintf(out, size, "local:%s", login);
    } else {
        snprintf(out, size, "local:%ld", (long)getuid());
    }
}

static enum ctl_exit
ctl_run(const struct args *args)
{
    struct config *config = config_file_load(config_path(args->opt.conf), stderr);
    char operator_name[ID_MAX_BYTES + 16];
    struct ctl ctl = {
        .config = config, .operator_name = operator_name, .is_screen = isatty(STDOUT_FILENO) == 1};
    enum ctl_exit exit;

    if (config == NULL) {
        return CTL_USAGE;
    }
    log_set_level(LOG_WARN);
    ctl_name_operator(operator_name, sizeof(operator_name));
    ctl.store = store_create(config);
    exit = args->command->run(&ctl, args);
    store_destroy(ctl.store);
    settings_destroy(config);
    return exit;
}

/* What could not be written is an error, even if it was done. */
static enum ctl_exit
ctl_close_output(enum ctl_exit exit)
{
    bool failed = ferror(stdout) != 0;

    if (fflush(stdout) != 0 || failed) {
        complain("standard output: %s", strerror(errno));
        return exit == CTL_DONE ? CTL_REFUSED : exit;
    }
    return exit;
}

int
main(int argc, char **argv)
{
    struct args args;

    ctl_set_locale();
    switch (args_read(&args, command_table, argc, argv)) {
    case OPTIONS_HELP:
        commands_help(stdout);
        return ctl_close_output(CTL_DONE);
    case OPTIONS_VERSION:
        puts("fastimctl " FASTIM_VERSION);
        return ctl_close_output(CTL_DONE);
    case OPTIONS_OK:
        return ctl_close_output(ctl_run(&args));
    case OPTIONS_WRONG:
    case OPTIONS_RESULT__MAX:
        break;
    }
    return CTL_USAGE;
}
