/* rules.c - POST /admin/rules: settings, bans, mutes and roles of a group, or bans everywhere. */
#include "fcgi-api/admin/admin.h"
#include "fcgi-api/admin/listing.h"
#include "fcgi-api/admin/steps.h"
#include "lib/config/number.h"
#include "lib/redis/commands_admin.h"
#include "lib/utf8.h"

struct rules {
    struct str group; /* empty: everywhere */
    struct cmd_actor actor;
    struct listing seen;
    struct text settings, bans, mutes, roles; /* JSON */
};

static void
rules_add(struct text *out, const char *key, struct str name)
{
    text_add_str(out, out->len > 0 ? ",{\"" : "{\"");
    text_add_str(out, key);
    text_add_str(out, "\":");
    text_add_json(out, name);
}

/* A mute or ban without an end is -1, as in a client's `you`. */
static void
rules_add_until(struct text *out, const char *key, struct str name, struct str end)
{
    int64_t ms;

    if (number_parse(end, 0, INT64_MAX, &ms)) {
        rules_add(out, key, name);
        text_add_str(out, ",\"until\":");
        text_add_int(out, ms > 0 ? ms : -1);
        text_add_str(out, "}");
    }
}

/* Other writers may have added anything. */
static void
rules_take_field(struct rules *r, struct str field, struct str value)
{
    struct str name;

    if (field.len < 3 || field.p[1] != ':' || !utf8_valid(field) || !utf8_valid(value) ||
        !listing_add(&r->seen, field)) {
        return;
    }
    name = str_make(field.p + 2, field.len - 2);
    switch (field.p[0]) {
    case 'b':
        rules_add_until(&r->bans, "userId", name, value);
        break;
    case 'a':
        rules_add_until(&r->bans, "address", name, value);
        break;
    case 'm':
        rules_add_until(&r->mutes, "userId", name, value);
        break;
    case 'r':
        rules_add(&r->roles, "userId", name);
        text_add_str(&r->roles, ",\"role\":");
        text_add_json(&r->roles, value);
        text_add_str(&r->roles, "}");
        break;
    default:
        break;
    }
}

static void
rules_take(struct rules *r, const struct reply *reply)
{
    struct str settings = reply_text(reply_at(reply, 1));
    const struct reply *fields = reply_at(reply, 2);

    text_clear(&r->settings);
    text_add(&r->settings, settings.p, settings.len);
    for (size_t i = 0; i + 1 < reply_count(fields); i += 2) {
        rules_take_field(r, reply_text(reply_at(fields, i)), reply_text(reply_at(fields, i + 1)));
    }
}

static void
rules_say(struct exchange *ex, const struct rules *r, bool is_cut)
{
    static const char *const keys[] = {",\"bans\":[", "],\"mutes\":[", "],\"roles\":["};
    const struct text *const lists[] = {&r->bans, &r->mutes, &r->roles};
    struct text data;

    text_init(&data);
    text_add_str(&data, "{\"settings\":");
    text_add(&data, r->settings.bytes, r->settings.len);
    for (int i = 0; i < 3; i++) {
        text_add_str(&data, keys[i]);
        text_add(&data, lists[i]->bytes, lists[i]->len);
    }
    text_add_str(&data, "]}");
    if (is_cut) {
        steps_say_cut(ex, text_str(&data));
    } else {
        admin_say_done(ex, true, text_str(&data));
    }
    text_fini(&data);
}

/* Goes on until there are no more. */
static void
rules_read_all(struct exchange *ex, struct rules *r, const struct reply *reply)
{
    int64_t begun_ms = steps_begin(ex);

    while (!admin_is_refused(ex, reply) && admin_is_list(ex, reply, 3)) {
        struct str cursor = reply_text(reply_at(reply, 0));
        bool is_over;

        rules_take(r, reply);
        is_over = cursor.len == 0 || str_is(cursor, "0");
        if (is_over || steps_are_over(begun_ms) || listing_is_full(&r->seen)) {
            rules_say(ex, r, !is_over);
            return;
        }
        cmd_admin_rules(ex->argv, ex->config, &r->actor, r->group, cursor);
        if (!exchange_ask(ex, STORE_REPEAT, &reply)) {
            return;
        }
    }
}

static void
rules_ask(struct exchange *ex)
{
    struct str group = admin_group_or_all(ex);
    struct cmd_actor actor = admin_actor(ex, group);

    if (ex->fault == 0) {
        cmd_admin_rules(ex->argv, ex->config, &actor, group, str_of("0"));
    }
}

static void
rules_answer(struct exchange *ex, const struct reply *reply)
{
    struct rules r = {.group = admin_group_or_all(ex)}; /* once more: it was right */

    r.actor = admin_actor(ex, r.group);
    rules_read_all(ex, &r, reply);
    listing_fini(&r.seen);
    text_fini(&r.settings);
    text_fini(&r.bans);
    text_fini(&r.mutes);
    text_fini(&r.roles);
}

const struct endpoint ep_admin_rules = {
    .method = "POST",
    .path = "/admin/rules",
    .whom = FOR_MODERATORS,
    .ask = rules_ask,
    .answer = rules_answer,
};
