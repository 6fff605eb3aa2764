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
cmd_is_cluster(struct argv *c)
{
    argv_clear(c);
    argv_add_str(c, "READWRITE"); /* as it is from the begin */
}

void
cmd_nodes(struct argv *c)
{
    argv_clear(c);
    argv_add_str(c, "CLUSTER");
    argv_add_str(c, "NODES");
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

bool
cmd_is_refused(const struct reply *reply)
{
    return reply_int(reply) < 0 || (reply_count(reply) > 0 && reply_int(reply_at(reply, 0)) < 0);
}

/* Of a purge only the last step has: taken, in all, and no cursor. */
bool
cmd_has_changed(const struct reply *reply)
{
    if (reply_count(reply) == 3) {
        return reply_type(reply_at(reply, 2)) == REPLY_TEXT &&
               reply_text(reply_at(reply, 2)).len == 0 && reply_int(reply_at(reply, 1)) > 0;
    }
    return reply_int(reply) == 1 || (reply_count(reply) > 0 && reply_int(reply_at(reply, 0)) == 1);
}

static const struct script *
cmd_find_script_in(const struct script *table, const struct argv *c)
{
    bool is_sha1 = str_is(argv_word(c, 0), "EVALSHA");

    for (int i = 0; i < SCRIPT__MAX; i++) {
        if (str_is(argv_word(c, 1), is_sha1 ? table[i].sha1 : table[i].body)) {
            return &table[i];
        }
    }
    return NULL;
}

/* Of an EVALSHA or EVAL; NULL: it is none of ours. */
static const struct script *
cmd_find_script(const struct argv *c)
{
    const struct script *s = NULL;

    if (c->count >= 2 && (str_is(argv_word(c, 0), "EVALSHA") || str_is(argv_word(c, 0), "EVAL"))) {
        s = cmd_find_script_in(scripts, c);
        s = s != NULL ? s : cmd_find_script_in(scripts_java, c);
        s = s != NULL ? s : cmd_find_script_in(scripts_cluster, c);
    }
    return s;
}

bool
cmd_make_eval(struct argv *c)
{
    const struct script *s = cmd_find_script(c);
    struct argv words;

    if (s == NULL || !str_is(argv_word(c, 0), "EVALSHA")) {
        return false;
    }
    argv_init(&words);
    argv_add_words(&words, c, 2);
    text_clear(&c->bytes); /* its slot and its steps stay */
    c->count = 0;
    argv_add_str(c, "EVAL");
    argv_add(c, str_make(s->body, s->length));
    argv_add_words(c, &words, 0);
    argv_fini(&words);
    return true;
}

struct str
cmd_name(const struct argv *c)
{
    const struct script *s = cmd_find_script(c);

    return s != NULL ? str_of(s->name) : argv_word(c, 0);
}

struct str
cmd_first_key(const struct argv *c)
{
    bool is_script = cmd_find_script(c) != NULL;
    size_t first = is_script ? 3 : 1;

    if (first >= c->count || (is_script && str_is(argv_word(c, 2), "0"))) {
        return str_make("", 0);
    }
    return argv_word(c, first);
}
