/* reload.c - reads the settings again while the program runs. */
#include "lib/process/reload.h"

#include <signal.h>

#include "lib/log.h"
#include "lib/config/config_file.h"
#include "lib/config/settings.h"

static void
reload_tell(const char *key, bool adopted)
{
    if (adopted) {
        log_info("setting-changed key=%s", key);
    } else {
        log_warn("setting-kept key=%s reason=\"it takes a restart\"", key);
    }
}

bool
reload_settings(struct config *config, const char *file)
{
    struct config *fresh = config_file_load(file, stderr);

    if (fresh == NULL) {
        return false;
    }
    settings_adopt(config, fresh, reload_tell);
    settings_destroy(fresh);
    log_set_level((enum log_level)config->log.level);
    log_info("reloaded file=%s", log_quote(str_of(file)).text);
    return true;
}

void
reload_block_signal(void)
{
    sigset_t hup;

    sigemptyset(&hup);
    sigaddset(&hup, SIGHUP);
    sigprocmask(SIG_BLOCK, &hup, NULL);
}

void
reload_on_signal(void *reload)
{
    const struct reload *r = reload;

    if (!reload_settings(r->config, r->file)) {
        log_error("not reloaded: the settings stay as they are");
    }
}
