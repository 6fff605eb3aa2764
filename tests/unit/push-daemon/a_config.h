/* a_config.h - the settings' defaults, and some of them changed. */
#ifndef TESTS_UNIT_PUSHD_A_CONFIG_H
#define TESTS_UNIT_PUSHD_A_CONFIG_H

#include "lib/config/config.h"
#include "lib/config/settings.h"
#include "tests/unit/unit.h"

/* key: as in fastim.yml, "redis.host". */
static inline void
a_config_set(struct config *config, const char *key, const char *value)
{
    assert_true(settings_set(config, settings_find(key), str_of(value)));
}

static inline void
a_config_make(struct config *config)
{
    memset(config, 0, sizeof(*config));
    settings_set_defaults(config);
}

static inline void
a_config_free(struct config *config)
{
    settings_free_strings(config);
}

#endif
