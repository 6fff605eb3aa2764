/* look.c - POST /admin/online, /admin/groups, /admin/hosts and /admin/log: what there is. */
#include "fcgi-api/admin/admin.h"
#include "lib/ids.h"
#include "lib/json.h"
#include "lib/redis/commands_admin.h"
#include "lib/redis/event.h"

enum {
    GROUPS_MAX = 10000, /* in one answer */
    GROUPS_DEFAULT = 50,
    LOG_MAX = 1000, /* more are not kept */
    LOG_DEFAULT = 100
};

static void
look_say(struct exchange *ex, struct text *data)
{
    admin_say_done(ex, true, text_str(data));
    text_fini(data);
}

/* A number of things that may be asked for. */
static int64_t
look_count(struct exchange *ex, const char *name, int64_t most, int64_t by_default)
{
    return admin_has(ex, name) ? exchange_int(ex, name, 1, most) : by_default;
}

/* ---- a group ---- */

static void
online_ask(struct exchange *ex)
{
    struct str group = admin_group(ex);

    if (ex->fault == 0) {
        cmd_admin_online(ex->argv, ex->config, group);
    }
}

static void
online_answer(struct exchange *ex, const struct reply *reply)
{
    const struct reply *ids;
    struct text data;

    if (!admin_is_list(ex, reply, 3)) {
        return;
    }
    ids = reply_at(reply, 1);
    text_init(&data);
    text_add_str(&data, "{\"online\":");
    text_add_int(&data, reply_int(reply_at(reply, 0)));
    text_add_str(&data, ",\"connections\":");
    text_add_int(&data, reply_int(reply_at(reply, 2)));
    if (reply_type(ids) == REPLY_TEXT) {
        text_add_str(&data, ",\"users\":");
        event_add_ids(&data, reply_text(ids));
    }
    text_add_str(&data, "}");
    look_say(ex, &data);
}

/* ---- all groups ---- */

static void
groups_ask(struct exchange *ex)
{
    int64_t top = look_count(ex, "top", GROUPS_MAX, GROUPS_DEFAULT);

    if (ex->fault == 0) {
        cmd_admin_groups(ex->argv, ex->config, top);
    }
}

static void
groups_answer(struct exchange *ex, const struct reply *reply)
{
    struct text data;

    text_init(&data);
    text_add_str(&data, "[");
    for (size_t i = 0; i + 1 < reply_count(reply); i += 2) {
        struct str group = reply_text(reply_at(reply, i));
        struct str online = reply_text(reply_at(reply, i + 1));

        if (id_valid(group) && json_is_valid(online.p)) { /* Redis writes the number */
            text_add_str(&data, data.len > 1 ? ",{\"groupId\":" : "{\"groupId\":");
            text_add_json(&data, group);
            text_add_str(&data, ",\"online\":");
            text_add(&data, online.p, online.len);
            text_add_str(&data, "}");
        }
    }
    text_add_str(&data, "]");
    look_say(ex, &data);
}

/* ---- hosts ---- */

static void
hosts_ask(struct exchange *ex)
{
    cmd_admin_hosts(ex->argv, ex->config);
}

static void
hosts_add_number(struct text *out, const char *key, const struct json_object *about)
{
    double number = 0;

    (void)json_get_number(about, key, &number);
    text_add_str(out, ",\"");
    text_add_str(out, key);
    text_add_str(out, "\":");
    text_add_int(out, number > 0 && number < 9e15 ? (int64_t)number : 0);
}

/* about: what the daemon says of itself; empty if it has not said it yet. */
static void
hosts_add(struct text *out, struct str daemon, struct str about)
{
    struct json_object *root = NULL;
    struct str host = str_make("", 0);

    if (!id_valid(daemon)) {
        return;
    }
    (void)json_parse(&root, about, 2);
    (void)json_get_text(root, "host", &host);
    text_add_str(out, out->len > 1 ? ",{\"daemon\":" : "{\"daemon\":");
    text_add_json(out, daemon);
    text_add_str(out, ",\"host\":");
    text_add_json(out, host);
    hosts_add_number(out, "connections", root);
    hosts_add_number(out, "groups", root);
    text_add_str(out, "}");
    json_free(root);
}

/* On a cluster the reply has the daemons alone: asks what they say. ex->argv keeps them, behind
 * HMGET and its key. Returns false if Redis failed; the response then says so. */
static bool
hosts_add_all_of_cluster(struct exchange *ex, const struct reply *reply, struct text *out)
{
    enum {
        FIRST = 2
    };

    cmd_admin_hosts_begin(ex->argv, ex->config);
    for (size_t i = 0; i < reply_count(reply); i++) {
        cmd_admin_hosts_add(ex->argv, reply_text(reply_at(reply, i)));
    }
    if (ex->argv->count == FIRST) {
        return true;
    }
    if (!exchange_ask(ex, STORE_REPEAT, &reply)) {
        return false;
    }
    for (size_t i = 0; i < reply_count(reply) && FIRST + i < ex->argv->count; i++) {
        hosts_add(out, argv_word(ex->argv, FIRST + i), reply_text(reply_at(reply, i)));
    }
    return true;
}

static void
hosts_add_all(const struct reply *reply, struct text *out)
{
    for (size_t i = 0; i + 1 < reply_count(reply); i += 2) {
        hosts_add(out, reply_text(reply_at(reply, i)), reply_text(reply_at(reply, i + 1)));
    }
}

static void
hosts_answer(struct exchange *ex, const struct reply *reply)
{
    struct text data;

    text_init(&data);
    text_add_str(&data, "[");
    if (!config_is_cluster(&ex->config->redis)) {
        hosts_add_all(reply, &data);
    } else if (!hosts_add_all_of_cluster(ex, reply, &data)) {
        text_fini(&data);
        return;
    }
    text_add_str(&data, "]");
    look_say(ex, &data);
}

/* ---- the log ---- */

static void
log_ask(struct exchange *ex)
{
    int64_t count = look_count(ex, "count", LOG_MAX, LOG_DEFAULT);

    if (ex->fault == 0) {
        cmd_admin_log(ex->argv, ex->config, count);
    }
}

static void
log_answer(struct exchange *ex, const struct reply *reply)
{
    struct text data;

    text_init(&data);
    text_add_str(&data, "[");
    for (size_t i = 0; i < reply_count(reply); i++) {
        struct str note = reply_text(reply_at(reply, i));

        if (strlen(note.p) == note.len && json_is_valid(note.p)) {
            text_add_str(&data, data.len > 1 ? "," : "");
            text_add(&data, note.p, note.len);
        }
    }
    text_add_str(&data, "]");
    look_say(ex, &data);
}

const struct endpoint ep_admin_online = {
    .method = "POST",
    .path = "/admin/online",
    .whom = FOR_OPERATORS,
    .ask = online_ask,
    .answer = online_answer,
};

const struct endpoint ep_admin_groups = {
    .method = "POST",
    .path = "/admin/groups",
    .whom = FOR_OPERATORS,
    .ask = groups_ask,
    .answer = groups_answer,
};

const struct endpoint ep_admin_hosts = {
    .method = "POST",
    .path = "/admin/hosts",
    .whom = FOR_OPERATORS,
    .ask = hosts_ask,
    .answer = hosts_answer,
};

const struct endpoint ep_admin_log = {
    .method = "POST",
    .path = "/admin/log",
    .whom = FOR_OPERATORS,
    .ask = log_ask,
    .answer = log_answer,
};
