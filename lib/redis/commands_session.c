/* commands_session.c - what a new connection begins with, and how Redis gets to know scripts. */
#include "lib/redis/commands.h"

#include "lib/redis/sentinel.h"

bool
cmd_auth(struct argv *c, const struct config *config)
{
    argv_clear(c);
    argv_add_str(c, "AUTH");
    if (*config->redis.username != '\0') { /* Redis 5 knows no users */
        argv_add_str(c, config->redis.username);
    }
    argv_add_str(c, config->redis.password);
    return *config->redis.password != '\0' || *config->redis.username != '\0';
}

bool
cmd_select(struct argv *c, const struct config *config)
{
    argv_clear(c);
    argv_add_str(c, "SELECT");
    argv_add_int(c, config->redis.database);
    return config->redis.database != 0;
}

bool
cmd_role(struct argv *c, const struct config *config)
{
    argv_clear(c);
    argv_add_str(c, "ROLE");
    return sentinel_is_used(config);
}

void
cmd_ping(struct argv *c)
{
    argv_clear(c);
    argv_add_str(c, "PING");
}

void
cmd_load(struct argv *c, enum script_id script)
{
    argv_clear(c);
    argv_add_str(c, "SCRIPT");
    argv_add_str(c, "LOAD");
    argv_add(c, str_make(scripts[script].body, scripts[script].length));
}

bool
cmd_make_eval(struct argv *c)
{
    struct argv eval;

    if (c->count < 2 || !str_is(argv_word(c, 0), "EVALSHA")) {
        return false;
    }
    for (int i = 0; i < SCRIPT__MAX; i++) {
        if (!str_is(argv_word(c, 1), scripts[i].sha1)) {
            continue;
        }
        argv_init(&eval);
        argv_add_str(&eval, "EVAL");
        argv_add(&eval, str_make(scripts[i].body, scripts[i].length));
        argv_add_words(&eval, c, 2);
        argv_fini(c);
        *c = eval;
        return true;
    }
    return false;
}
