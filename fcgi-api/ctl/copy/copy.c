/* copy.c - all that fastim keeps in one Redis goes to a Redis Cluster, under the names there. */
#include "fcgi-api/ctl/copy/copy.h"

#include <inttypes.h>
#include <stdio.h>

#include "fcgi-api/ctl/complain.h"
#include "fcgi-api/ctl/copy/list.h"
#include "fcgi-api/ctl/copy/names.h"
#include "fcgi-api/ctl/copy/peer.h"
#include "fcgi-api/ctl/copy/target.h"
#include "fcgi-api/ctl/copy/value.h"
#include "fcgi-api/ctl/output.h"
#include "fcgi-api/ctl/progress.h"
#include "lib/redis/commands_admin.h"

struct copy {
    const struct config *config;
    struct peer source;
    struct target target;
    struct progress progress;
    int64_t count; /* values copied */
    int64_t left;  /* values that cannot be */
};

/* ---- may it be? ---- */

static enum ctl_exit
copy_check_settings(const struct config *config)
{
    if (config_is_cluster(&config->redis)) {
        complain("refused: the settings of this host name a cluster already; --conf names those of "
                 "the Redis to copy from");
        return CTL_REFUSED;
    }
    if (config->redis.encoding == ENCODING_JAVA) {
        complain("refused: on a cluster values are plain; `fastimctl convert plain` first");
        return CTL_REFUSED;
    }
    return CTL_DONE;
}

/* Is it one Redis, with plain values? A node of a cluster has the names of a cluster. */
static enum ctl_exit
copy_check_source(struct copy *cp)
{
    const char *refusal = NULL;
    enum ctl_exit exit;

    cmd_is_cluster(&cp->source.argv);
    exit = peer_try(&cp->source);
    if (exit == CTL_DONE && reply_type(cp->source.wire.reply) != REPLY_ERROR) {
        refusal = "the Redis of this host's settings is a node of a cluster";
    } else if (exit == CTL_DONE) {
        cmd_encoding(&cp->source.argv, cp->config);
        exit = peer_ask(&cp->source);
        refusal = exit == CTL_DONE ? cmd_encoding_refusal(reply_text(cp->source.wire.reply)) : NULL;
    }
    if (refusal != NULL) {
        complain("refused: %s", refusal);
        return CTL_REFUSED;
    }
    return exit;
}

static enum ctl_exit
copy_refuse_hosts(struct copy *cp, size_t count, const char *where)
{
    progress_clear(&cp->progress);
    complain("refused: %zu fastim-pushd run on %s; stop all hosts, fastim-api as well", count,
             where);
    return CTL_REFUSED;
}

/* Nobody may write on either side. */
static enum ctl_exit
copy_look_for_hosts(struct copy *cp)
{
    enum ctl_exit exit;

    cmd_admin_hosts(&cp->source.argv, cp->config);
    (void)cmd_make_eval(&cp->source.argv);
    exit = peer_ask(&cp->source);
    if (exit == CTL_DONE && reply_count(cp->source.wire.reply) > 0) {
        return copy_refuse_hosts(cp, reply_count(cp->source.wire.reply) / 2, "Redis");
    }
    if (exit == CTL_DONE) {
        cmd_admin_hosts(&cp->target.argv, cp->target.config);
        exit = target_ask(&cp->target, STORE_REPEAT);
    }
    if (exit == CTL_DONE && reply_count(cp->target.reply) > 0) {
        return copy_refuse_hosts(cp, reply_count(cp->target.reply), "the cluster");
    }
    return exit;
}

/* ---- the work ---- */

static enum ctl_exit
copy_one(struct copy *cp, const struct name *name)
{
    enum value_result result = VALUE_COPIED;
    enum ctl_exit exit;

    if (name->kind == KEY_LAST_TS) {
        exit = value_copy_ts(&cp->source, &cp->target, name, &result);
    } else if (name->kind == KEY_MESSAGES) {
        exit = list_copy(&cp->source, &cp->target, name, &result);
    } else {
        exit = value_copy(&cp->source, &cp->target, name, &result);
    }
    cp->count += exit == CTL_DONE && result == VALUE_COPIED;
    cp->left += exit == CTL_DONE && result == VALUE_STRANGE;
    progress_say(&cp->progress, cp->count, 0);
    return exit;
}

static enum ctl_exit
copy_all(struct copy *cp)
{
    struct str full = {.p = NULL};
    enum ctl_exit exit;

    while ((exit = peer_scan(&cp->source, &full)) == CTL_DONE && full.p != NULL) {
        struct name name;

        switch (name_read(&name, &cp->config->redis, full)) {
        case NAME_KEPT:
            exit = copy_one(cp, &name);
            break;
        case NAME_STRANGE:
            cp->left++;
            break;
        case NAME_OTHER:
        case NAME_RESULT__MAX:
            break;
        }
        if (exit != CTL_DONE) {
            break;
        }
    }
    return exit;
}

static enum ctl_exit
copy_run(struct copy *cp, const struct args *args)
{
    enum ctl_exit exit = target_open(&cp->target, args_get(args, "file").p, &cp->progress);

    exit = exit == CTL_DONE ? peer_open(&cp->source) : exit;
    exit = exit == CTL_DONE ? copy_check_source(cp) : exit;
    exit = exit == CTL_DONE ? copy_look_for_hosts(cp) : exit;
    exit = exit == CTL_DONE ? target_begin(&cp->target, args->opt.merge) : exit;
    exit = exit == CTL_DONE ? copy_all(cp) : exit;
    exit = exit == CTL_DONE ? copy_look_for_hosts(cp) : exit; /* none came meanwhile */
    return exit == CTL_DONE ? target_end(&cp->target) : exit;
}

static void
copy_tell(struct copy *cp, const struct ctl *ctl, const struct args *args)
{
    struct output out;

    if (cp->left > 0) {
        complain("%" PRId64 " names or values are none of fastim's and were not copied", cp->left);
    }
    if (args->opt.json) {
        printf("{\"copied\":%" PRId64 ",\"left\":%" PRId64 "}\n", cp->count, cp->left);
        return;
    }
    output_init(&out, "copied left", ctl->is_screen);
    output_add_int(&out, cp->count);
    output_add_int(&out, cp->left);
    output_fini(&out);
}

enum ctl_exit
copy_command(struct ctl *ctl, const struct args *args)
{
    struct copy cp = {.config = ctl->config};
    enum ctl_exit exit = copy_check_settings(ctl->config);

    if (exit != CTL_DONE) {
        return exit;
    }
    progress_init(&cp.progress, "copy");
    cp.progress.unit = "names";
    peer_init(&cp.source, ctl->config, NULL, &cp.progress);
    cp.source.wire.takes_any_encoding = true; /* copy_check_source() asks */
    exit = copy_run(&cp, args);
    progress_clear(&cp.progress);
    if (exit == CTL_DONE) {
        copy_tell(&cp, ctl, args);
    }
    target_fini(&cp.target);
    peer_fini(&cp.source);
    return exit;
}
