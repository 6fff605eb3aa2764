/* test_args.c - command lines, right and wrong. */
#include "fcgi-api/ctl/args.h"

#include <stdio.h>

#include "tests/unit/capture.h"
#include "tests/unit/unit.h"

static enum ctl_exit
run(struct ctl *ctl, const struct args *args)
{
    (void)ctl;
    (void)args;
    return CTL_DONE;
}

static const struct command commands[] = {
    {"mute", "ROOM USER [FOR]", "", 0, run, "/admin/mute", NULL, ""},
    {"ban", "ROOM USER [FOR]", "", OPTION_EVERYWHERE | OPTION_ADDRESS | OPTION_PURGE, run,
     "/admin/ban", NULL, ""},
    {"settings", "ROOM [NAME=VALUE...]", "", 0, run, "/admin/settings", NULL, ""},
    {"role", "ROOM USER ROLE", "", 0, run, "/admin/role", NULL, ""},
    {"recall", "ROOM USER TS", "", 0, run, "/admin/recall", NULL, ""},
    {"words add", "WORD...", "", 0, run, "/admin/words", "add", ""},
    {"words list", "", "", 0, run, "/admin/words", NULL, ""},
    {"groups", "", "", OPTION_COUNT, run, "/admin/groups", "top", ""},
    {"send", "ROOM USER TEXT", "", OPTION_ID, run, "/admin/message", NULL, ""},
    {"history", "ROOM", "", OPTION_COUNT, run, NULL, NULL, NULL},
    {"import", "ROOM", "", OPTION_IMPORT, run, NULL, NULL, NULL},
    {"convert", "FORM", "", 0, run, NULL, NULL, NULL},
    {"copy-to-cluster", "FILE", "", OPTION_MERGE, run, NULL, NULL, NULL},
    {0},
};

enum {
    WORDS = 16
};

static struct args args;

static enum options_result
read_line(const char *const line[WORDS])
{
    static char *argv[WORDS + 1];
    int argc = 0;

    while (line[argc] != NULL) {
        argv[argc] = (char *)(uintptr_t)line[argc];
        argc++;
    }
    argv[argc] = NULL;
    return args_read(&args, commands, argc, argv);
}

/* The command and its parameters, in one text. */
static const char *
told(void)
{
    static char text[2000];
    size_t n = (size_t)snprintf(text, sizeof(text), "%s", args.command->name);

    for (size_t i = 0; i < args.param_count; i++) {
        struct param p = args.params[i];

        n += (size_t)snprintf(text + n, sizeof(text) - n, "|%.*s=%.*s", (int)p.name.len, p.name.p,
                              (int)p.value.len, p.value.p);
    }
    return text;
}

static void
arguments_become_parameters(void **state)
{
    static const struct {
        const char *line[WORDS], *told;
    } cases[] = {
        {{"f", "mute", "r", "u", "10m"}, "mute|groupId=r|userId=u|seconds=600"},
        {{"f", "mute", "r", "u", "ever"}, "mute|groupId=r|userId=u|seconds=0"},
        {{"f", "mute", "r", "u"}, "mute|groupId=r|userId=u"},
        {{"f", "ban", "-e", "u", "1h"}, "ban|userId=u|seconds=3600"},
        {{"f", "ban", "r", "-a", "::1", "--purge"}, "ban|groupId=r|address=::1|purge=1"},
        {{"f", "ban", "-ea", "10.0.0.1"}, "ban|address=10.0.0.1"},
        {{"f", "settings", "r"}, "settings|groupId=r"},
        {{"f", "settings", "r", "slow=5", "attr.t=a=b", "pinned="},
         "settings|groupId=r|slow=5|attr.t=a=b|pinned="},
        {{"f", "role", "r", "u", "none"}, "role|groupId=r|userId=u|role="},
        {{"f", "role", "r", "u", "mod"}, "role|groupId=r|userId=u|role=mod"},
        {{"f", "recall", "r", "u", "1648368380132"}, "recall|groupId=r|userId=u|ts=1648368380132"},
        {{"f", "words", "add", "a", "b c"}, "words add|add=a|add=b c"},
        {{"f", "words", "list"}, "words list"},
        {{"f", "groups", "-n", "7"}, "groups|top=7"},
        {{"f", "groups"}, "groups"},
        {{"f", "send", "r", "u", "--", "-x"}, "send|groupId=r|userId=u|info=-x"},
        {{"f", "send", "r", "u", "--", "--"}, "send|groupId=r|userId=u|info=--"},
        {{"f", "send", "--id", "k", "r", "u", "t"}, "send|groupId=r|userId=u|info=t|id=k"},
        {{"f", "-c", "x.yml", "history", "r", "-n3"}, "history|groupId=r"},
        {{"f", "copy-to-cluster", "a.yml", "--merge"}, "copy-to-cluster|file=a.yml"},
        {{"f", "history", "\xe4\xbd\xa0"}, "history|groupId=\xe4\xbd\xa0"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(read_line(cases[i].line), OPTIONS_OK);
        assert_string_equal(told(), cases[i].told);
    }
}

static void
options_stand_anywhere(void **state)
{
    static const char *const lines[][WORDS] = {
        {"f", "--conf", "x", "--json", "import", "--append", "r", "--from", "7"},
        {"f", "import", "r", "--from=7", "-j", "-cx", "--append"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_int_equal(read_line(lines[i]), OPTIONS_OK);
        assert_string_equal(args.opt.conf, "x");
        assert_true(args.opt.json && args.opt.append && args.opt.from == 7);
        assert_true(args.opt.count == -1);
        assert_bytes(args_get(&args, "groupId"), BYTES("r"));
        assert_bytes(args_get(&args, "userId"), BYTES(""));
    }
    assert_int_equal(read_line((const char *const[WORDS]){"f", "mute", "-h"}), OPTIONS_HELP);
    assert_int_equal(read_line((const char *const[WORDS]){"f", "-V", "nonsense"}), OPTIONS_VERSION);
}

static void
wrong_lines_are_refused_with_a_word_that_tells_why(void **state)
{
    static const struct {
        const char *line[WORDS], *why;
    } cases[] = {
        {{"f"}, "which command"},
        {{"f", "fly"}, "fly: no such command"},
        {{"f", "words"}, "no such command"},
        {{"f", "mute", "r"}, "usage: fastimctl mute ROOM USER [FOR]"},
        {{"f", "mute", "r", "u", "1h", "more"}, "usage: "},
        {{"f", "mute", "r", "u", "10"}, "FOR 10: must be s, m, h"},
        {{"f", "mute", "a/b", "u"}, "ROOM a/b: must be 1 to 128 bytes"},
        {{"f", "mute", "r", ""}, "USER : must be"},
        {{"f", "mute", "r", "\xff"}, "USER: must be UTF-8"},
        {{"f", "mute", "r\x1b[2J", "u"}, "r\\x1b[2J"},
        {{"f", "mute", "-e", "u"}, "mute does not take that option"},
        {{"f", "history", "r", "--append"}, "does not take that option"},
        {{"f", "history", "r", "-n", "x"}, "x: must be a whole number from 0"},
        {{"f", "import", "r", "--from", "0"}, "0: must be a whole number from 1"},
        {{"f", "recall", "r", "u", "-5"}, "invalid option"},
        {{"f", "recall", "r", "u", "5.0"}, "TS 5.0: must be the ts"},
        {{"f", "role", "r", "u", "king"}, "ROLE king: must be mod, vip or none"},
        {{"f", "convert", "json"}, "FORM json: must be plain or java"},
        {{"f", "convert"}, "usage: fastimctl convert FORM"},
        {{"f", "convert", "--merge", "java"}, "convert does not take that option"},
        {{"f", "copy-to-cluster"}, "usage: fastimctl copy-to-cluster FILE"},
        {{"f", "settings", "r", "slow"}, "NAME=VALUE slow: must be slow, quiet"},
        {{"f", "settings", "r", "=5"}, "NAME=VALUE =5: must be"},
        {{"f", "settings", "r", "speed=5"}, "NAME=VALUE speed=5: must be"},
        {{"f", "settings", "r", "attr.=5"}, "NAME=VALUE attr.=5: must be"},
        {{"f", "words", "add"}, "usage: fastimctl words add WORD..."},
        {{"f", "groups", "-n"}, "requires an argument"},
        {{"f", "groups", "--frobnicate"}, "unrecognized option"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct capture c = capture_begin();
        enum options_result result = read_line(cases[i].line);
        const char *said = capture_end(c);

        assert_int_equal(result, OPTIONS_WRONG);
        if (strstr(said, cases[i].why) == NULL) {
            fail_msg("said: %s, not: %s", said, cases[i].why);
        }
    }
}

static void
too_many_arguments_are_refused(void **state)
{
    char *argv[ARGS_PARAMS_MAX + 3] = {"f", "words", "add"};
    struct capture c = capture_begin();
    enum options_result result;

    (void)state;
    for (int i = 3; i < ARGS_PARAMS_MAX + 2; i++) {
        argv[i] = "w";
    }
    result = args_read(&args, commands, ARGS_PARAMS_MAX + 2, argv);
    assert_non_null(strstr(capture_end(c), "more than"));
    assert_int_equal(result, OPTIONS_WRONG);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_become_parameters),
        cmocka_unit_test(options_stand_anywhere),
        cmocka_unit_test(wrong_lines_are_refused_with_a_word_that_tells_why),
        cmocka_unit_test(too_many_arguments_are_refused),
    };

    return cmocka_run_group_tests_name("args", tests, NULL, NULL);
}
