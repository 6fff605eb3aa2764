/* commands_list.c - what the push daemon asks for group lists. */
#include "lib/redis/commands.h"

#include "lib/redis/command_parts.h"

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
cmd_summary_begin(struct argv *c, size_t groups)
{
    cmd_begin(c, SCRIPT_SUMMARY, (int)groups);
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
    cmd_add_value(c, group);
}

void
cmd_tally_begin(struct argv *c, size_t groups)
{
    cmd_begin(c, SCRIPT_TALLY, (int)groups);
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
