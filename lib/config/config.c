/* config.c - the path of the settings file. */
#include "lib/config/config.h"

#include <stdlib.h>
#include <unistd.h>

#ifndef FASTIM_INSTALLED_CONFIG
#define FASTIM_INSTALLED_CONFIG "/etc/fastim/fastim.yml"
#endif

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
