/* reporter.c - reports the users of each group to Redis, when that is due. */
#include "push-daemon/presence/reporter.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/redis/commands.h"
#include "lib/utf8.h"
#include "push-daemon/core/env.h"
#include "push-daemon/nodes/nodes.h"

enum {
    TICK_MS = 250,
    REPORT_MS = 1000,           /* shortest time between two reports of a group */
    REFRESH_MS = 28000,         /* longest one */
    REFRESH_CLUSTER_MS = 14000, /* there a report counts for 30 s, and for as long as the next one
                                   of another daemon takes: prelude_presence.lua */
    AWAY_MS = 5000,             /* a user who is back by then was never gone */
    COUNTED_MS = 6000, /* a change of connections alone is reported so late: who is gone is known */
    EXPIRE_MAX = 10000, /* users a tick */
    LEASE_TICKS = 20,
    LEASE_LOOKS = 10,  /* as many groups as cmd_lease() looks at */
    REPORTS_MIN = 300, /* a second; more if there are many groups */
    LOG_MS = 60000     /* refusals are logged once in that time */
};

static void
reporter_schedule(struct reporter *r, struct group *g, int64_t wait_ms)
{
    g->due_ms = env_now_ms(r->env) + wait_ms;
    g->later_ms = 0;
    timer_wheel_remove(&g->due);
    timer_wheel_add(&r->due, &g->due,
                    wait_ms > 0 ? (unsigned)((wait_ms + TICK_MS - 1) / TICK_MS) : 0);
}

static int64_t
reporter_refresh_ms(const struct reporter *r)
{
    return config_is_cluster(&r->env->config->redis) ? REFRESH_CLUSTER_MS : REFRESH_MS;
}

/* How long until the group may be reported again? */
static int64_t
reporter_wait_ms(const struct reporter *r, const struct group *g)
{
    int64_t since_ms = env_now_ms(r->env) - g->reported_ms;

    return g->reported_ms > 0 && since_ms < REPORT_MS ? REPORT_MS - since_ms : 0;
}

static void
reporter_log_refusal(struct reporter *r, const struct reply *reply)
{
    int64_t now = env_now_ms(r->env);

    if (reply_type(reply) == REPLY_ERROR && (r->logged_ms == 0 || now - r->logged_ms >= LOG_MS)) {
        r->logged_ms = now;
        log_warn("presence-refused answer=%s", log_quote(reply_complaint(reply)).text);
    }
}

/* What is due before that is not put off. */
void
reporter_counted(struct reporter *r, struct group *g)
{
    int64_t due_ms = g->due_ms;

    if (!g->changed && !g->asking && g->users.connections != g->connections &&
        due_ms - env_now_ms(r->env) > COUNTED_MS) {
        reporter_schedule(r, g, COUNTED_MS);
        g->later_ms = due_ms;
    }
}

/* ---- replies ---- */

/* Takes what Redis says was told last. Returns the ms after which to report again, as something is
 * not told; 0: nothing. */
static int64_t
reporter_take(struct reporter *r, struct group *g, const struct reply *reply)
{
    bool named = reply_type(reply_at(reply, 1)) == REPLY_TEXT;

    if (!g->heard || !g->roster.known) { /* else what was heard may be newer */
        group_take_told(&r->groups, g, reply_int(reply_at(reply, 0)),
                        named ? reply_text(reply_at(reply, 1)) : str_make(NULL, 0));
    }
    return reply_int(reply_at(reply, 2));
}

/* A lost report goes out again as soon as it can, a refused one when the next is due. Until then
 * this daemon's own number stands for that of all. */
static void
reporter_on_reply(void *arg, const struct reply *reply)
{
    struct group *g = arg;
    struct reporter *r = g->reporter;
    bool is_answer = reply_count(reply) == 3;
    int64_t wait_ms = 0;

    g->asking = false;
    if (is_answer) {
        wait_ms = reporter_take(r, g, reply);
    } else {
        reporter_log_refusal(r, reply);
        wait_ms = reply_type(reply) == REPLY_LOST ? REPORT_MS : 0;
        if (!g->roster.known) {
            group_take_told(&r->groups, g, (int64_t)users_count(&g->users), str_make(NULL, 0));
        }
    }
    if (g->changed) {
        reporter_schedule(r, g, reporter_wait_ms(r, g));
    } else if (users_count(&g->users) == 0 && ((is_answer && wait_ms == 0) || r->stopping)) {
        group_free(&r->groups, g);
    } else {
        int64_t refresh_ms = reporter_refresh_ms(r);

        reporter_schedule(r, g, wait_ms > 0 && wait_ms < refresh_ms ? wait_ms : refresh_ms);
        reporter_counted(r, g);
    }
}

/* ---- reports ---- */

bool
reporter_report(struct reporter *r, struct group *g)
{
    size_t users = users_count(&g->users);
    struct cmd_presence_args args = {.group = group_id(g),
                                     .daemon_id = r->daemon_id,
                                     .users = users,
                                     .ids = str_make("", 0),
                                     .connections = g->users.connections,
                                     .ends = r->stopping};

    if (users > 0 && users <= (size_t)r->env->config->presence.names) {
        text_clear(&r->ids);
        users_add_ids(&g->users, &r->ids);
        args.ids = text_str(&r->ids);
    }
    g->reporter = r;
    cmd_presence(&r->argv, r->env->config, &args);
    if (!nodes_send_script(r->nodes, &r->argv, reporter_on_reply, g)) {
        return false;
    }
    r->env->metrics->presence_reports++;
    timer_wheel_remove(&g->due);
    g->reported_ms = env_now_ms(r->env);
    g->asking = true;
    g->changed = g->heard = false;
    g->connections = args.connections;
    return true;
}

/* All that changes until the report goes out is part of it. */
void
reporter_changed(struct reporter *r, struct group *g)
{
    if (!g->changed && !g->asking) {
        reporter_schedule(r, g, reporter_wait_ms(r, g));
    }
    g->changed = true;
}

static void
reporter_on_due(void *arg, struct timer_wheel_item *item)
{
    struct group *g = (struct group *)((char *)item - offsetof(struct group, due));
    struct reporter *r = arg;
    int64_t wait_ms = reporter_wait_ms(r, g);

    if (g->asking) {
        return; /* its reply goes on */
    }
    if (!g->changed && g->later_ms > 0 && g->users.connections == g->connections) {
        reporter_schedule(r, g, g->later_ms - env_now_ms(r->env)); /* they are back */
        return;
    }
    if (wait_ms > 0 || r->budget == 0) {
        reporter_schedule(r, g, wait_ms);
    } else if (!reporter_report(r, g)) {
        reporter_schedule(r, g, REPORT_MS);
    } else {
        r->budget--;
    }
}

/* How many groups a second are reported at most: so many that each has its turn in time. */
static size_t
reporter_rate(const struct reporter *r)
{
    size_t in_time_ms = (size_t)reporter_refresh_ms(r) * 5 / 7;

    return REPORTS_MIN + (size_t)HASH_COUNT(r->groups.by_id) * 1000 / in_time_ms;
}

void
reporter_report_all(struct reporter *r, const struct node *node)
{
    size_t rate = reporter_rate(r), i = 0;
    struct group *g, *next;

    HASH_ITER (hh, r->groups.by_id, g, next) {
        if (node == NULL || nodes_of(r->nodes, group_id(g)) == node) {
            reporter_schedule(r, g, (int64_t)(i++ * 1000 / rate));
        }
    }
}

/* ---- the lease ---- */

static void
reporter_on_lease(void *arg, const struct reply *reply)
{
    struct reporter *r = arg;

    reporter_log_refusal(r, reply);
    if (reply_int(reply) == 1 && !r->stopping) {
        reporter_report_all(r, NULL);
    }
}

static void
reporter_add_about(const struct reporter *r, struct text *out)
{
    text_add_str(out, "{\"host\":");
    text_add_json(out, str_of(r->host));
    text_add_str(out, ",\"connections\":");
    text_add_int(out, (int64_t)r->env->metrics->connections);
    text_add_str(out, ",\"groups\":");
    text_add_int(out, (int64_t)r->env->metrics->groups);
    text_add_str(out, "}");
}

void
reporter_send_lease(struct reporter *r)
{
    struct text about;

    text_init(&about);
    reporter_add_about(r, &about);
    cmd_lease(&r->argv, r->env->config, r->daemon_id, r->stopping, r->looked, text_str(&about));
    text_fini(&about);
    r->looked += LEASE_LOOKS;
    (void)nodes_send_script(r->nodes, &r->argv, reporter_on_lease, r);
}

/* ---- time ---- */

static void
reporter_on_gone(struct users *users)
{
    struct group *g = group_of_users(users);

    reporter_changed(g->reporter, g);
}

static void
reporter_on_tick(void *arg)
{
    struct reporter *r = arg;

    users_expire(&r->away, env_now_ms(r->env) - AWAY_MS, EXPIRE_MAX, reporter_on_gone);
    if (r->stopping || !nodes_take_commands(r->nodes)) {
        return;
    }
    if (r->ticks++ % LEASE_TICKS == 0) {
        reporter_send_lease(r);
    }
    r->budget = reporter_rate(r) * TICK_MS / 1000;
    timer_wheel_turn(&r->due, reporter_on_due, r);
}

/* ---- life ---- */

/* A name that is cut or no UTF-8 is none. */
static void
reporter_read_host(struct reporter *r)
{
    if (gethostname(r->host, sizeof(r->host)) != 0 ||
        memchr(r->host, '\0', sizeof(r->host)) == NULL || !utf8_valid(str_of(r->host))) {
        r->host[0] = '\0';
    }
}

void
reporter_init(struct reporter *r, const struct env *env, struct nodes *nodes, struct str daemon_id)
{
    r->env = env;
    r->nodes = nodes;
    r->daemon_id = daemon_id;
    reporter_read_host(r);
    text_init(&r->ids);
    argv_init(&r->argv);
    r->tick = loop_timer_create(env->loop, reporter_on_tick, r);
    if (env->config->presence.on) {
        loop_timer_start(r->tick, TICK_MS, TICK_MS);
    }
}

void
reporter_fini(struct reporter *r)
{
    struct group *g, *next;

    HASH_ITER (hh, r->groups.by_id, g, next) {
        group_free(&r->groups, g);
    }
    loop_timer_destroy(r->tick);
    text_fini(&r->ids);
    argv_fini(&r->argv);
}
