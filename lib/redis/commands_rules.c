/* commands_rules.c - the rules of a group: mutes, bans, roles, settings. */
#include "lib/redis/commands_admin.h"

#include "lib/redis/action.h"
#include "lib/redis/event.h"
#include "lib/rules.h"

/* One field of the rules, and what is done to it. */
struct rule_change {
    const char *what;             /* for the audit */
    char kind;                    /* of the field: m, b, r */
    struct str group;             /* empty: of all groups */
    struct str user;              /* empty: */
    const struct address *client; /* an address */
    bool ends;
    int64_t seconds;
    struct str role;
    bool keeps_longer;
};

static void
rule_add_field(struct argv *c, const struct rule_change *r)
{
    char address[ADDRESS_TEXT_SIZE];

    if (r->user.len > 0) {
        text_add(&c->bytes, &r->kind, 1);
        text_add_str(&c->bytes, ":");
        text_add(&c->bytes, r->user.p, r->user.len);
    } else {
        address_print_home(r->client, address);
        text_add_str(&c->bytes, "a:");
        text_add_str(&c->bytes, address);
    }
    argv_end_word(c);
}

static void
rule_add_value(struct argv *c, const struct rule_change *r)
{
    if (r->kind == 'r') {
        argv_add(c, r->role);
    } else if (r->ends) {
        argv_add_str(c, "");
    } else {
        argv_add_int(c, r->seconds);
    }
}

static void
rule_add_note(struct argv *c, const struct config *config, const struct cmd_actor *actor,
              const struct rule_change *r)
{
    action_note_begin(c, actor, r->what, r->group);
    if (r->user.len > 0) {
        action_note_add(c, "userId", r->user);
    } else {
        char address[ADDRESS_TEXT_SIZE];

        address_print_home(r->client, address);
        action_note_add(c, "address", str_of(address));
    }
    if (r->kind == 'r') {
        action_note_add(c, "role", r->role);
    } else if (!r->ends) {
        action_note_add_int(c, "seconds", r->seconds);
    }
    action_note_end(c, config);
}

static void
rule_add_event(struct argv *c, const struct rule_change *r)
{
    int64_t retry_ms = r->seconds * 1000;
    char address[ADDRESS_TEXT_SIZE];

    if (r->kind != 'b') {
        event_add_you(&c->bytes, r->user);
    } else if (r->ends) {
        /* nobody waits for that */
    } else if (r->user.len > 0) {
        event_add_ban(&c->bytes, "userId", r->user, retry_ms);
    } else {
        address_print_home(r->client, address);
        event_add_ban(&c->bytes, "address", str_of(address), retry_ms);
    }
    argv_end_word(c);
}

/* On a cluster the channel of all groups is in another slot than their rules. */
static void
rule_add_event_step(struct argv *c, const struct config *config, const struct rule_change *r)
{
    struct argv *step, event;

    argv_init(&event);
    rule_add_event(&event, r);
    if (argv_word(&event, 0).len > 0) {
        step = argv_add_step(c, ARGV_AFTER_ANY);
        cmd_publish_event(step, config, r->group, argv_word(&event, 0));
    }
    argv_fini(&event);
}

static void
rule_change(struct argv *c, const struct config *config, const struct cmd_actor *actor,
            const struct rule_change *r)
{
    action_begin(c, config, SCRIPT_SET_RULE, 0, actor, r->group);
    action_add_actor(c, config, actor,
                     r->kind != 'r' ? r->group : str_make("", 0)); /* roles: operators */
    rule_add_note(c, config, actor, r);
    rule_add_field(c, r);
    rule_add_value(c, r);
    argv_add_int(c, r->keeps_longer);
    argv_add(c, r->user);
    cmd_add_key(c, config, KEY_EVENTS, r->group);
    if (r->group.len == 0 && config_is_cluster(&config->redis)) {
        argv_add_str(c, "");
        rule_add_event_step(c, config, r);
    } else {
        rule_add_event(c, r);
    }
}

void
cmd_admin_mute(struct argv *c, const struct config *config, const struct cmd_actor *actor,
               struct str group, struct str user, int64_t seconds)
{
    rule_change(c, config, actor,
                &(struct rule_change){
                    .what = "mute", .kind = 'm', .group = group, .user = user, .seconds = seconds});
}

void
cmd_admin_unmute(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                 struct str group, struct str user)
{
    rule_change(c, config, actor,
                &(struct rule_change){
                    .what = "unmute", .kind = 'm', .group = group, .user = user, .ends = true});
}

void
cmd_admin_ban(struct argv *c, const struct config *config, const struct cmd_actor *actor,
              const struct cmd_banned *banned, int64_t seconds)
{
    rule_change(c, config, actor,
                &(struct rule_change){.what = "ban",
                                      .kind = 'b',
                                      .group = banned->group,
                                      .user = banned->user,
                                      .client = banned->client,
                                      .seconds = seconds});
}

void
cmd_admin_unban(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                const struct cmd_banned *banned)
{
    rule_change(c, config, actor,
                &(struct rule_change){.what = "unban",
                                      .kind = 'b',
                                      .group = banned->group,
                                      .user = banned->user,
                                      .client = banned->client,
                                      .ends = true});
}

void
cmd_admin_kick(struct argv *c, const struct config *config, const struct cmd_actor *actor,
               struct str group, struct str user)
{
    rule_change(c, config, actor,
                &(struct rule_change){.what = "kick",
                                      .kind = 'b',
                                      .group = group,
                                      .user = user,
                                      .seconds = RULE_KICK_S,
                                      .keeps_longer = true});
}

void
cmd_admin_role(struct argv *c, const struct config *config, const struct cmd_actor *actor,
               struct str group, struct str user, struct str role)
{
    rule_change(c, config, actor,
                &(struct rule_change){
                    .what = "role", .kind = 'r', .group = group, .user = user, .role = role});
}

void
cmd_admin_settings_begin(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                         struct str group, const struct str *keys, size_t count)
{
    action_begin(c, config, SCRIPT_SETTINGS, 0, actor, group);
    action_add_actor(c, config, actor, group);
    action_note_begin(c, actor, "settings", group);
    text_add_str(&c->bytes, ",\"settings\":[");
    for (size_t i = 0; i < count; i++) {
        text_add_str(&c->bytes, i > 0 ? "," : "");
        text_add_json(&c->bytes, keys[i]);
    }
    text_add_str(&c->bytes, "]");
    action_note_end(c, config);
    cmd_add_key(c, config, KEY_EVENTS, group);
    cmd_add_room_defaults(c, config);
}

void
cmd_admin_settings_add(struct argv *c, struct str key, struct str value)
{
    argv_add(c, key);
    argv_add(c, value);
}

void
cmd_admin_rules(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                struct str group, struct str cursor)
{
    action_begin(c, config, SCRIPT_RULES, 0, actor, group);
    action_add_actor(c, config, actor, group);
    argv_add_str(c, "");
    argv_add(c, cursor);
    cmd_add_room_defaults(c, config);
}

void
cmd_role_of(struct argv *c, const struct config *config, struct str group, struct str user)
{
    argv_clear(c);
    argv_add_str(c, "HGET");
    cmd_add_key(c, config, KEY_RULES, group);
    text_add_str(&c->bytes, "r:");
    argv_add(c, user);
}
