/* value.c - one name of Redis with its value and its expiry goes to the cluster. */
#include "fcgi-api/ctl/copy/value.h"

void
value_begin(struct argv *argv, const struct config *config, const char *verb,
            const struct name *name)
{
    argv_clear(argv);
    argv_add_str(argv, verb);
    name_add(argv, &config->redis, name);
}

static void
value_begin_source(struct peer *source, const char *verb, const struct name *name)
{
    value_begin(&source->argv, source->wire.config, verb, name);
}

static void
value_begin_target(struct target *target, const char *verb, const struct name *name)
{
    value_begin(&target->argv, target->config, verb, name);
}

enum ctl_exit
value_expiry(struct peer *source, const struct name *name, int64_t *ms)
{
    enum ctl_exit exit;

    value_begin_source(source, "PTTL", name);
    exit = peer_ask(source);
    if (exit == CTL_DONE) {
        *ms = reply_int(source->wire.reply);
        *ms = *ms < -1 ? 0 : *ms; /* -2: it is gone */
    }
    return exit;
}

enum ctl_exit
value_copy(struct peer *source, struct target *target, const struct name *name,
           enum value_result *result)
{
    int64_t expiry_ms;
    enum ctl_exit exit = value_expiry(source, name, &expiry_ms);

    if (exit == CTL_DONE) {
        value_begin_source(source, "DUMP", name);
        exit = peer_ask(source);
    }
    if (exit != CTL_DONE || expiry_ms == 0 || reply_type(source->wire.reply) == REPLY_NULL) {
        *result = VALUE_GONE;
        return exit;
    }
    value_begin_target(target, "RESTORE", name);
    argv_add_int(&target->argv, expiry_ms > 0 ? expiry_ms : 0);
    argv_add(&target->argv, reply_text(source->wire.reply));
    argv_add_str(&target->argv, "REPLACE");
    return target_ask(target, STORE_REPEAT);
}

/* The whole hash is made anew: its other fields are of daemons that do not run. */
static enum ctl_exit
value_set_ts(struct target *target, const struct name *name, struct str ts, int64_t expiry_ms)
{
    enum ctl_exit exit;

    value_begin_target(target, "DEL", name);
    exit = target_ask(target, STORE_REPEAT);
    if (exit == CTL_DONE) {
        value_begin_target(target, "HSET", name);
        argv_add_str(&target->argv, "ts");
        argv_add(&target->argv, ts);
        exit = target_ask(target, STORE_REPEAT);
    }
    if (exit == CTL_DONE && expiry_ms > 0) {
        value_begin_target(target, "PEXPIRE", name);
        argv_add_int(&target->argv, expiry_ms);
        exit = target_ask(target, STORE_REPEAT);
    }
    return exit;
}

enum ctl_exit
value_copy_ts(struct peer *source, struct target *target, const struct name *name,
              enum value_result *result)
{
    int64_t expiry_ms;
    enum ctl_exit exit = value_expiry(source, name, &expiry_ms);
    enum reply_type type;

    if (exit == CTL_DONE) {
        value_begin_source(source, "GET", name);
        exit = peer_try(source);
    }
    type = reply_type(source->wire.reply);
    if (exit != CTL_DONE || expiry_ms == 0 || type != REPLY_TEXT) {
        *result = expiry_ms == 0 || type == REPLY_NULL ? VALUE_GONE : VALUE_STRANGE;
        return exit;
    }
    return value_set_ts(target, name, reply_text(source->wire.reply), expiry_ms);
}
