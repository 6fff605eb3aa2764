/* commands.c - what fastimctl can do: each command with its arguments, its endpoint and what that
 * answers. A new one is a row here, a paragraph of fastimctl(1), and a word in
 * conf/fastimctl.bash. */
#include "fcgi-api/ctl/commands.h"

#include "fcgi-api/ctl/call.h"
#include "fcgi-api/ctl/convert.h"
#include "fcgi-api/ctl/copy/copy.h"
#include "fcgi-api/ctl/import.h"
#include "fcgi-api/ctl/messages.h"
#include "fcgi-api/ctl/tail.h"

/* clang-format off */
const struct command command_table[] = {
    {"mute", "ROOM USER [FOR]", "the user may not speak", 0,
     call_command, "/admin/mute", NULL, ""},
    {"unmute", "ROOM USER", "the user may speak again", 0,
     call_command, "/admin/unmute", NULL, ""},
    {"ban", "ROOM USER [FOR]", "the user may not enter",
     OPTION_EVERYWHERE | OPTION_ADDRESS | OPTION_PURGE,
     call_command, "/admin/ban", NULL, "purged"},
    {"unban", "ROOM USER", "the user may enter again", OPTION_EVERYWHERE | OPTION_ADDRESS,
     call_command, "/admin/unban", NULL, ""},
    {"kick", "ROOM USER", "the user is out for ten seconds", OPTION_EVERYWHERE,
     call_command, "/admin/kick", NULL, ""},
    {"recall", "ROOM USER TS", "takes back a message", 0,
     call_command, "/admin/recall", NULL, ""},
    {"purge", "ROOM USER", "takes back the user's newest messages", 0,
     call_command, "/admin/purge", NULL, "purged"},
    {"clear", "ROOM", "takes back all messages", 0,
     call_command, "/admin/clear", NULL, ""},
    {"notice", "ROOM TEXT", "tells all clients something once", OPTION_EVERYWHERE,
     call_command, "/admin/notice", NULL, "groups"},
    {"settings", "ROOM [NAME=VALUE...]", "slow, quiet, cap, pinned, attr.NAME", 0,
     call_settings, "/admin/settings", NULL, ""},
    {"role", "ROOM USER ROLE", "mod, vip or none", 0,
     call_command, "/admin/role", NULL, ""},
    {"rules", "ROOM", "settings, bans, mutes and roles", OPTION_EVERYWHERE,
     call_command, "/admin/rules", NULL, ""},
    {"words add", "WORD...", "no message may have these words", 0,
     call_command, "/admin/words", "add", ""},
    {"words remove", "WORD...", "messages may have them again", 0,
     call_command, "/admin/words", "remove", ""},
    {"words list", "", "the words that no message may have", 0,
     call_command, "/admin/words", NULL, "word"},
    {"online", "ROOM", "who is in the room", 0,
     call_command, "/admin/online", NULL, ""},
    {"groups", "", "the rooms with most users", OPTION_COUNT,
     call_command, "/admin/groups", "top", "groupId online"},
    {"hosts", "", "the push daemons that live", 0,
     call_command, "/admin/hosts", NULL, "daemon host connections groups"},
    {"log", "", "what operators and moderators did", OPTION_COUNT,
     call_command, "/admin/log", "count", "when who as what groupId more"},
    {"send", "ROOM USER TEXT", "a message of that user; TEXT - is standard input", OPTION_ID,
     call_send, "/admin/message", NULL, "ts"},
    {"join", "ROOM USER", "makes the user a member", 0,
     call_command, "/admin/join", NULL, ""},
    {"leave", "ROOM USER", "ends that", 0,
     call_command, "/admin/leave", NULL, ""},
    {"history", "ROOM", "the newest messages", OPTION_COUNT,
     messages_history, NULL, NULL, NULL},
    {"tail", "ROOM", "the newest messages, then each new one", OPTION_COUNT,
     tail_command, NULL, NULL, NULL},
    {"export", "ROOM", "all messages, as lines of JSON", 0,
     messages_export, NULL, NULL, NULL},
    {"import", "ROOM", "stores such lines from standard input", OPTION_IMPORT,
     import_command, NULL, NULL, NULL},
    {"convert", "FORM", "turns all of Redis into plain, or into java", 0,
     convert_command, NULL, NULL, NULL},
    {"copy-to-cluster", "FILE", "copies all of Redis to the Redis Cluster of the settings FILE",
     OPTION_MERGE, copy_command, NULL, NULL, NULL},
    {0},
};
/* clang-format on */

/* The options that a command takes, behind its arguments. */
static void
commands_write_options(FILE *out, unsigned options)
{
    static const struct {
        enum option_bit bit;
        const char *text;
    } texts[] = {
        {OPTION_COUNT, " [-n N]"},    {OPTION_EVERYWHERE, " [-e]"},
        {OPTION_ADDRESS, " [-a]"},    {OPTION_PURGE, " [--purge]"},
        {OPTION_ID, " [--id ID]"},    {OPTION_IMPORT, " [--append] [--from LINE]"},
        {OPTION_MERGE, " [--merge]"},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        fputs((options & texts[i].bit) != 0 ? texts[i].text : "", out);
    }
}

void
commands_help(FILE *out)
{
    fputs("usage: fastimctl [-c FILE] [-j] COMMAND [ARGUMENTS]\n"
          "Runs the rooms of fastim, by the Redis that the settings name.\n",
          out);
    for (const struct command *c = command_table; c->name != NULL; c++) {
        fprintf(out, "  %s%s%s", c->name, *c->usage != '\0' ? " " : "", c->usage);
        commands_write_options(out, c->options);
        fprintf(out, "\n      %s\n", c->help);
    }
    fputs("ROOM is a groupId, USER a userId, FOR a time as 10m, 2h or 7d: for ever without it.\n"
          "  -c, --conf FILE   settings (else $FASTIM_CONFIG, else the installed file, else "
          "conf/fastim.yml)\n"
          "  -j, --json        JSON, a line each\n"
          "  -n, --count N     so many\n"
          "  -e, --everywhere  in all rooms; leave out ROOM\n"
          "  -a, --address     USER is an address\n"
          "      --purge       takes back the user's newest messages as well\n"
          "      --id ID       a second time with this id nothing is stored\n"
          "      --append      behind the messages that the room has\n"
          "      --from LINE   begins with that line\n"
          "      --merge       beside what the cluster has\n"
          "  -V, --version     prints the version\n"
          "  -h, --help        prints this\n",
          out);
}
