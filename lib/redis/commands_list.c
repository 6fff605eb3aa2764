/* commands_list.c - what is asked for lists as a whole: the lists of a user's groups, for the push
 * daemon, and the list of a group's messages, for operators. */
#include "lib/redis/commands_admin.h"

#include "lib/redis/action.h"

enum {
    IMPORT_S = 3600 /* that an import may wait for its next lines, as import.lua has it */
};

void
cmd_groups(struct argv *c, const struct config *config, struct str user, struct str cursor)
{
    argv_clear(c);
    argv_add_str(c, "SSCAN");
    cmd_add_key(c, config, KEY_GROUPS, user);
    argv_add(c, cursor);
    argv_add_str(c, "COUNT");
    argv_add_int(c, CMD_GROUPS_STEP);
}

void
cmd_watch_words(struct argv *c, const struct config *config)
{
    argv_clear(c);
    argv_add_str(c, "WATCH");
    cmd_add_key(c, config, KEY_WORDS, str_make("", 0));
}

void
cmd_words(struct argv *c, const struct config *config, struct str cursor)
{
    argv_clear(c);
    argv_add_str(c, "SSCAN");
    cmd_add_key(c, config, KEY_WORDS, str_make("", 0));
    argv_add(c, cursor);
    argv_add_str(c, "COUNT");
    argv_add_int(c, CMD_WORDS_STEP);
}

void
cmd_summary_begin(struct argv *c, const struct config *config, size_t groups)
{
    cmd_begin(c, config, SCRIPT_SUMMARY, (int)groups);
}

void
cmd_summary_add(struct argv *c, const struct config *config, struct str group)
{
    cmd_add_key(c, config, KEY_MESSAGES, group);
}

void
cmd_marks_begin(struct argv *c, const struct config *config, struct str user)
{
    argv_clear(c);
    argv_add_str(c, "HMGET");
    cmd_add_key(c, config, KEY_READ, user);
}

void
cmd_marks_add(struct argv *c, struct str group)
{
    argv_add(c, group);
}

void
cmd_tally_begin(struct argv *c, const struct config *config, size_t groups)
{
    cmd_begin(c, config, SCRIPT_TALLY, (int)groups);
}

void
cmd_tally_add(struct argv *c, const struct config *config, struct str group)
{
    cmd_add_key(c, config, KEY_MESSAGES, group);
}

void
cmd_tally_add_wanted(struct argv *c, size_t entries)
{
    argv_add_int(c, (int64_t)entries);
}

/* ---- a group's list as it stands ---- */

void
cmd_admin_time(struct argv *c)
{
    argv_clear(c);
    argv_add_str(c, "TIME");
}

void
cmd_admin_length(struct argv *c, const struct config *config, struct str group)
{
    argv_clear(c);
    argv_add_str(c, "LLEN");
    cmd_add_key(c, config, KEY_MESSAGES, group);
}

void
cmd_admin_entries(struct argv *c, const struct config *config, struct str group, int64_t first,
                  int64_t last)
{
    argv_clear(c);
    argv_add_str(c, "LRANGE");
    cmd_add_key(c, config, KEY_MESSAGES, group);
    argv_add_int(c, first);
    argv_add_int(c, last);
}

/* The channel of marks; on a cluster there is one in the slot of each group. */
static void
admin_add_marks(struct argv *c, const struct config *config, struct str group, struct str daemon_id)
{
    if (config_is_cluster(&config->redis)) {
        argv_add_pair_key(c, &config->redis, KEY_MARKS, group, daemon_id);
    } else {
        cmd_add_key(c, config, KEY_MARKS, daemon_id);
    }
}

void
cmd_admin_listen(struct argv *c, const struct config *config, struct str group,
                 struct str daemon_id)
{
    argv_clear(c);
    argv_add_str(c, config_is_cluster(&config->redis) ? "SSUBSCRIBE" : "SUBSCRIBE");
    cmd_add_key(c, config, KEY_CHANNEL, group);
    admin_add_marks(c, config, group, daemon_id);
}

void
cmd_admin_mark(struct argv *c, const struct config *config, struct str group, struct str daemon_id,
               int64_t mark)
{
    argv_clear(c);
    argv_add_str(c, config_is_cluster(&config->redis) ? "SPUBLISH" : "PUBLISH");
    admin_add_marks(c, config, group, daemon_id);
    argv_add_int(c, mark);
}

/* Up to the note. */
static void
admin_begin_import(struct argv *c, const struct config *config, const struct cmd_import_args *args)
{
    cmd_begin(c, config, SCRIPT_IMPORT, 5);
    cmd_add_key(c, config, KEY_MESSAGES, args->group);
    cmd_add_key(c, config, KEY_LAST_TS, args->group);
    cmd_add_key(c, config, KEY_EVENT_LOG, args->group);
    cmd_add_far_key(c, config, KEY_AUDIT, str_make("", 0), KEY_MESSAGES, args->group);
    cmd_add_key(c, config, KEY_IMPORT, args->group);
    argv_add_int(c, args->length);
    argv_add(c, args->newest);
    argv_add_int(c, config->message.timeout_s);
    argv_add_int(c, config->message.max_count);
    argv_add_int(c, args->highest);
    cmd_add_key(c, config, KEY_CHANNEL, args->group);
    argv_add(c, args->token);
}

void
cmd_admin_import_begin(struct argv *c, const struct config *config,
                       const struct cmd_import_args *args)
{
    admin_begin_import(c, config, args);
    argv_add_str(c, "");
}

void
cmd_admin_import_add(struct argv *c, const struct config *config, struct str entry)
{
    cmd_add_value(c, config, entry);
}

void
cmd_admin_import_start(struct argv *c, const struct config *config, struct str group,
                       struct str token)
{
    argv_clear(c);
    argv_add_str(c, "SET");
    cmd_add_key(c, config, KEY_IMPORT, group);
    argv_add(c, token);
    argv_add_str(c, "EX");
    argv_add_int(c, IMPORT_S);
}

void
cmd_admin_import_stop(struct argv *c, const struct config *config, struct str group)
{
    argv_clear(c);
    argv_add_str(c, "DEL");
    cmd_add_key(c, config, KEY_IMPORT, group);
}

void
cmd_admin_import_end(struct argv *c, const struct config *config, const struct cmd_actor *actor,
                     struct str group, struct str token, int64_t count)
{
    const struct cmd_import_args args = {.group = group, .token = token, .newest = str_make("", 0)};

    admin_begin_import(c, config, &args);
    action_note_begin(c, actor, "import", group);
    action_note_add_int(c, "messages", count);
    text_add_str(&c->bytes, "}");
    argv_end_word(c);
    action_add_note_step(c, config, ARGV_AFTER_ANY); /* the reply is a length */
}

/* ---- all that stands in Redis ---- */

void
cmd_admin_convert(struct argv *c, const struct config *config, const char *aim, const char *step,
                  struct str cursor)
{
    cmd_begin(c, config, SCRIPT_CONVERT, 5);
    cmd_add_key(c, config, KEY_ENCODING, str_make("", 0));
    cmd_add_key(c, config, KEY_CONVERT, str_make("", 0));
    cmd_add_key(c, config, KEY_CONVERT_NOTED, str_make("", 0));
    cmd_add_key(c, config, KEY_CONVERT_LIST, str_make("", 0));
    cmd_add_key(c, config, KEY_CONVERT_LATER, str_make("", 0));
    argv_add_str(c, aim);
    argv_add_str(c, step);
    argv_add(c, cursor);
}

void
cmd_admin_patterns(struct argv *c)
{
    argv_clear(c);
    argv_add_str(c, "PUBSUB");
    argv_add_str(c, "NUMPAT");
}
