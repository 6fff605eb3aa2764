/* commands_session.c - what a new connection begins with, and how Redis gets to know scripts. */
#include "lib/redis/commands.h"

#include "lib/redis/command_parts.h"
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
cmd_load(struct argv *c, const struct config *config, enum script_id script)
{
    const struct script *s = cmd_script(config, script);

    argv_clear(c);
    argv_add_str(c, "SCRIPT");
    argv_add_str(c, "LOAD");
    argv_add(c, str_make(s->body, s->length));
}

void
cmd_encoding(struct argv *c, const struct config *config)
{
    cmd_begin(c, config, SCRIPT_ENCODING, 1);
    cmd_add_key(c, config, KEY_ENCODING, str_make("", 0));
    argv_add_str(c, config->redis.encoding == ENCODING_JAVA ? "java" : "plain");
    argv_add_str(c, config->redis.prefix);
    argv_add_int(c, config->redis.database);
    (void)cmd_make_eval(c);
}

const char *
cmd_encoding_refusal(struct str answer)
{
    static const struct {
        const char *answer, *refusal;
    } refusals[] = {
        {"ok", NULL},
        {"java", "the other hosts write as the Java original: set redis.encoding: java"},
        {"plain", "the other hosts write plain values: set redis.encoding: plain"},
        {"converting", "values are being converted: let fastimctl convert end that"},
        {"java data", "data of the Java original: set redis.encoding: java"},
        {"plain data", "plain data, which Java hosts cannot read: set redis.encoding: plain"},
    };

    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (str_is(answer, refusals[i].answer)) {
            return refusals[i].refusal;
        }
    }
    return "fim:encoding has an unknown value: DEL it if no program runs";
}

static const struct script *
cmd_find_script(const struct script *table, struct str sha1)
{
    for (int i = 0; i < SCRIPT__MAX; i++) {
        if (str_is(sha1, table[i].sha1)) {
            return &table[i];
        }
    }
    return NULL;
}

bool
cmd_make_eval(struct argv *c)
{
    const struct script *s;

    if (c->count < 2 || !str_is(argv_word(c, 0), "EVALSHA")) {
        return false;
    }
    s = cmd_find_script(scripts, argv_word(c, 1));
    if (s == NULL) {
        s = cmd_find_script(scripts_java, argv_word(c, 1));
    }
    if (s != NULL) {
        struct argv eval;

        argv_init(&eval);
        argv_add_str(&eval, "EVAL");
        argv_add(&eval, str_make(s->body, s->length));
        argv_add_words(&eval, c, 2);
        eval.slot = c->slot;
        argv_fini(c);
        *c = eval;
    }
    return s != NULL;
}
