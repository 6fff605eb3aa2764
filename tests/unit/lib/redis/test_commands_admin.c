/* test_commands_admin.c - what operators and moderators do, word by word, and held against the head
 * of each script. */
#include "lib/redis/commands_admin.h"

#include <stdio.h>

#include "tests/unit/lib/redis/a_command.h"

#define NOTE(who, as, what) "\"who\":\"" who "\",\"as\":\"" as "\",\"what\":\"" what "\""
#define BAN(key, value, more)                                                                      \
    "{\"do\":\"close\",\"" key "\":\"" value "\",\"code\":403,\"reason\":\"banned\"" more "}"
#define YOU "{\"do\":\"you\",\"userId\":\"u\"}"
/* The guard: an operator, and a moderator whose login is checked. */
#define GUARD     "p:login:", "p:fim:rules:g", "p:fim:rules:", "p:fim:audit"
#define OF_ALL    "p:login:", "p:fim:rules:", "p:fim:rules:", "p:fim:audit"
#define MOD_GUARD "p:login:m", "p:fim:rules:g", "p:fim:rules:", "p:fim:audit"
#define ON_LIST   "p:gml:g", "p:gmt:g", "p:fim:log:g"

static const struct cmd_actor an_operator = {.name = {"al\"ice", 6}};
static const struct cmd_actor mod = {{"m", 1}, {"t", 1}, CMD_VERIFIED, {NULL, 0}};
static const struct cmd_actor jwt = {{"m", 1}, {NULL, 0}, CMD_JWT_MOD, {NULL, 0}};

static void
a_message_of_an_operator_is_an_append_that_no_rule_refuses(void **state)
{
    struct config closed = config;

    (void)state;
    closed.group.members_only = true;
    cmd_admin_message(&c, &closed, str_of("g"), str_of("u"), str_of("x"), str_of("k"));
    assert_script(SCRIPT_APPEND, "p:gml:g", "p:gmt:g", "p:fim:seq:", "p:fim:refused:", "p:login:u",
                  "p:fim:rules:g", "p:fim:rules:", "p:fim:sent:g/u", "p:fim:cap:g",
                  "{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"x\",\"ts\":", "}", "p:mq:g",
                  "111", "222", "0", "9223372036854775807", "", "k", "u", "operator", "5", "6");
}

static void
what_is_taken_from_a_list_is_laid_out_as_the_script_says(void **state)
{
    struct str g = str_of("g"), u = str_of("u");

    (void)state;
    cmd_admin_notice(&c, &config, &mod, g, str_of("\"hi\""));
    assert_script(SCRIPT_NOTICE, MOD_GUARD, ON_LIST, "t", "m", "1",
                  NOTE("m", "mod", "notice") ",\"groupId\":\"g\"}", "p:fim:ev:g", "111",
                  ",\"info\":\"\\\"hi\\\"\"}");
    cmd_admin_recall(&c, &config, &jwt, g, u, INT64_C(1648368380132));
    assert_script(
        SCRIPT_RECALL_ANY, MOD_GUARD, ON_LIST, "", "m", "mod",
        NOTE("m", "mod", "recall") ",\"groupId\":\"g\",\"userId\":\"u\",\"ts\":1648368380132}",
        "p:fim:ev:g", "111", ",\"userId\":\"u\",\"ts\":1648368380132}",
        "{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"", "u", "1648368380132");
    cmd_admin_purge(&c, &config, &an_operator, g, u, str_of("5 0 1 x"));
    assert_script(SCRIPT_PURGE, GUARD, ON_LIST, "", "", "0",
                  NOTE("al\\\"ice", "operator", "purge") ",\"groupId\":\"g\",\"userId\":\"u\"}",
                  "p:fim:ev:g", "111", ",\"userId\":\"u\"}", "{\"groupId\":\"g\",\"userId\":\"",
                  "{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"", "u", "5 0 1 x");
    cmd_admin_clear(&c, &config, &an_operator, g);
    assert_script(SCRIPT_CLEAR, GUARD, ON_LIST, "", "", "0",
                  NOTE("al\\\"ice", "operator", "clear") ",\"groupId\":\"g\"}", "p:fim:ev:g",
                  "111");
}

static void
a_notice_to_all_finds_its_groups_by_a_pattern(void **state)
{
    struct config odd = config;

    (void)state;
    odd.redis.prefix = (char[]){"a*[\\"};
    cmd_admin_notice_all(&c, &odd, &an_operator, str_of("hi"), str_of("17"), 99);
    assert_script(SCRIPT_NOTICE_ALL, "a*[\\fim:audit", "a*[\\", "a\\*\\[\\\\",
                  NOTE("al\\\"ice", "operator", "notice") "}", "111", ",\"info\":\"hi\"}", "17",
                  "99");
}

static void
a_rule_of_a_user_is_laid_out_as_the_script_says(void **state)
{
    struct str g = str_of("g"), u = str_of("u");

    (void)state;
    cmd_admin_mute(&c, &config, &mod, g, u, 600);
    assert_script(SCRIPT_SET_RULE, MOD_GUARD, "t", "m", "1",
                  NOTE("m", "mod", "mute") ",\"groupId\":\"g\",\"userId\":\"u\",\"seconds\":600}",
                  "m:u", "600", "0", "u", "p:fim:ev:g", YOU);
    cmd_admin_unmute(&c, &config, &mod, g, u);
    assert_script(SCRIPT_SET_RULE, MOD_GUARD, "t", "m", "1",
                  NOTE("m", "mod", "unmute") ",\"groupId\":\"g\",\"userId\":\"u\"}", "m:u", "", "0",
                  "u", "p:fim:ev:g", YOU);
    cmd_admin_kick(&c, &config, &mod, g, u);
    assert_script(SCRIPT_SET_RULE, MOD_GUARD, "t", "m", "1",
                  NOTE("m", "mod", "kick") ",\"groupId\":\"g\",\"userId\":\"u\",\"seconds\":10}",
                  "b:u", "10", "1", "u", "p:fim:ev:g", BAN("userId", "u", ",\"retryAfter\":10000"));
    cmd_admin_role(&c, &config, &an_operator, g, u, str_of("vip"));
    assert_script(SCRIPT_SET_RULE, GUARD, "", "", "0",
                  NOTE("al\\\"ice", "operator",
                       "role") ",\"groupId\":\"g\",\"userId\":\"u\",\"role\":\"vip\"}",
                  "r:u", "vip", "0", "u", "p:fim:ev:g", YOU);
    cmd_admin_role(&c, &config, &jwt, g, u, str_of("")); /* no moderator may */
    assert_bytes(argv_word(&c, 9), str_of("0"));
}

/* A moderator of all groups there is not, whatever the caller says. */
static void
a_ban_is_laid_out_as_the_script_says(void **state)
{
    struct address v6, v4;
    struct cmd_banned user = {BYTES("g"), BYTES("u"), NULL};
    struct cmd_banned everywhere = {BYTES(""), BYTES("u"), NULL};
    struct cmd_banned network = {BYTES("g"), BYTES(""), &v6};
    struct cmd_banned host = {BYTES(""), BYTES(""), &v4};

    (void)state;
    assert_true(address_parse(&v6, BYTES("2001:db8:1:2:3:4:5:6")));
    assert_true(address_parse(&v4, BYTES("10.1.2.3")));
    cmd_admin_ban(&c, &config, &mod, &user, 0);
    assert_script(SCRIPT_SET_RULE, MOD_GUARD, "t", "m", "1",
                  NOTE("m", "mod", "ban") ",\"groupId\":\"g\",\"userId\":\"u\",\"seconds\":0}",
                  "b:u", "0", "0", "u", "p:fim:ev:g", BAN("userId", "u", ""));
    cmd_admin_ban(&c, &config, &jwt, &everywhere, 5);
    assert_script(SCRIPT_SET_RULE, "p:login:m", "p:fim:rules:", "p:fim:rules:", "p:fim:audit", "",
                  "m", "0", NOTE("m", "mod", "ban") ",\"userId\":\"u\",\"seconds\":5}", "b:u", "5",
                  "0", "u", "p:fim:ev:", BAN("userId", "u", ",\"retryAfter\":5000"));
    cmd_admin_ban(&c, &config, &mod, &network, 60);
    assert_script(
        SCRIPT_SET_RULE, MOD_GUARD, "t", "m", "1",
        NOTE("m", "mod", "ban") ",\"groupId\":\"g\",\"address\":\"2001:db8:1:2::\",\"seconds\":60}",
        "a:2001:db8:1:2::", "60", "0", "", "p:fim:ev:g",
        BAN("address", "2001:db8:1:2::", ",\"retryAfter\":60000"));
    cmd_admin_unban(&c, &config, &an_operator, &host);
    assert_script(SCRIPT_SET_RULE, OF_ALL, "", "", "0",
                  NOTE("al\\\"ice", "operator", "unban") ",\"address\":\"10.1.2.3\"}", "a:10.1.2.3",
                  "", "0", "", "p:fim:ev:", "");
}

static void
settings_are_pairs_behind_what_the_script_numbers(void **state)
{
    struct str keys[] = {BYTES("slow"), BYTES("attr.title")};

    (void)state;
    cmd_admin_settings_begin(&c, &config, &mod, str_of("g"), keys, 2);
    assert_script(
        SCRIPT_SETTINGS, MOD_GUARD, "t", "m", "1",
        NOTE("m", "mod", "settings") ",\"groupId\":\"g\",\"settings\":[\"slow\",\"attr.title\"]}",
        "p:fim:ev:g", "5", "6");
    cmd_admin_settings_add(&c, keys[0], str_of("10"));
    cmd_admin_settings_add(&c, keys[1], str_of(""));
    assert_words(14, (const char *const[]){"slow", "10", "attr.title", "", NULL});
    cmd_admin_rules(&c, &config, &an_operator, str_of("g"), str_of("0"));
    assert_script(SCRIPT_RULES, GUARD, "", "", "0", "", "0", "5", "6");
}

static void
words_and_members_are_laid_out_as_the_script_says(void **state)
{
    (void)state;
    cmd_admin_words(&c, &config, &an_operator, str_of("bad"), str_of(""));
    assert_script(SCRIPT_WORDS, "p:fim:words", "p:fim:audit", "bad", "",
                  "p:fim:ev:", "{\"do\":\"words\"}",
                  NOTE("al\\\"ice", "operator", "words") ",\"add\":\"bad\"}", "100000");
    cmd_admin_words(&c, &config, &an_operator, str_of(""), str_of("bad"));
    assert_bytes(argv_word(&c, 9),
                 str_of(NOTE("al\\\"ice", "operator", "words") ",\"remove\":\"bad\"}"));
    cmd_admin_join(&c, &config, &an_operator, str_of("g"), str_of("u"));
    assert_script(SCRIPT_MEMBERSHIP, "p:ugs:u", "p:fim:read:u", "p:fim:audit", "g", "1", "1000",
                  NOTE("al\\\"ice", "operator", "join") ",\"groupId\":\"g\",\"userId\":\"u\"}",
                  "g");
    cmd_admin_leave(&c, &config, &an_operator, str_of("g"), str_of("u"));
    assert_bytes(argv_word(&c, 7), str_of("0"));
}

/* Those of an address alone count, whatever login.method is. */
static void
failures_of_operators_are_those_of_their_address(void **state)
{
    struct config open = config;

    (void)state;
    open.login.method = LOGIN_OPEN;
    cmd_admin_wait(&c, &open, str_of("10.1.2.3"));
    assert_command("EVALSHA", scripts[SCRIPT_LOGIN_WAIT].sha1, "1", "p:fim:failed:client:10.1.2.3",
                   "7", "60");
    cmd_admin_failed(&c, &open, str_of("10.1.2.3"));
    assert_command("EVALSHA", scripts[SCRIPT_LOGIN_FAILED].sha1, "1",
                   "p:fim:failed:client:10.1.2.3", "7", "60");
}

static void
what_there_is_is_read_by_plain_commands(void **state)
{
    struct config closed = config;

    (void)state;
    cmd_role_of(&c, &config, str_of("g"), str_of("u"));
    assert_command("HGET", "p:fim:rules:g", "r:u");
    cmd_watch_words(&c, &config);
    assert_command("WATCH", "p:fim:words");
    closed.group.members_only = true;
    cmd_admin_log(&c, &config, 100);
    assert_command("LRANGE", "p:fim:audit", "0", "99");
    cmd_admin_groups(&c, &config, 50);
    assert_command("ZREVRANGE", "p:fim:top", "0", "49", "WITHSCORES");
    cmd_admin_hosts(&c, &config);
    assert_script(SCRIPT_HOSTS, "p:fim:hosts", "p:fim:daemons");
    cmd_admin_online(&c, &closed, str_of("g"));
    assert_script(SCRIPT_ONLINE, "p:login:", "p:fim:on:g", "p:fim:hosts", "", "77");
}

static void
what_an_import_asks_is_laid_out_as_the_script_says(void **state)
{
    const struct cmd_import_args args = {.group = str_of("g"),
                                         .token = str_of("tok"),
                                         .length = 7,
                                         .newest = str_of("the end"),
                                         .highest = INT64_C(1648368380132)};

    (void)state;
    cmd_admin_import_start(&c, &config, str_of("g"), str_of("tok"));
    assert_command("SET", "p:fim:import:g", "tok", "EX", "3600");
    cmd_admin_import_begin(&c, &config, &args);
    assert_script(SCRIPT_IMPORT, ON_LIST, "p:fim:audit", "p:fim:import:g", "7", "the end", "111",
                  "222", "1648368380132", "p:mq:g", "tok", "");
    cmd_admin_import_add(&c, &config, str_of("one"));
    cmd_admin_import_add(&c, &config, str_of("two"));
    assert_words(c.count - 2, (const char *const[]){"one", "two", NULL});
    cmd_admin_import_end(&c, &config, &an_operator, str_of("g"), str_of("tok"), 9);
    assert_script(SCRIPT_IMPORT, ON_LIST, "p:fim:audit", "p:fim:import:g", "0", "", "111", "222",
                  "0", "p:mq:g", "tok",
                  NOTE("al\\\"ice", "operator", "import") ",\"groupId\":\"g\",\"messages\":9}");
    cmd_admin_import_stop(&c, &config, str_of("g"));
    assert_command("DEL", "p:fim:import:g");
}

static void
a_conversion_names_its_aim_and_step(void **state)
{
    (void)state;
    cmd_admin_convert(&c, &config, "java", "turn", str_of("17"));
    assert_script(SCRIPT_CONVERT, "p:fim:encoding", "p:fim:convert", "p:fim:convert:keys",
                  "p:fim:convert:list", "p:fim:convert:later", "java", "turn", "17");
    cmd_admin_patterns(&c);
    assert_command("PUBSUB", "NUMPAT");
}

static void
a_list_is_asked_for_as_it_stands(void **state)
{
    (void)state;
    cmd_admin_length(&c, &config, str_of("g"));
    assert_command("LLEN", "p:gml:g");
    cmd_admin_entries(&c, &config, str_of("g"), 3, -1);
    assert_command("LRANGE", "p:gml:g", "3", "-1");
    cmd_admin_listen(&c, &config, str_of("g"), str_of("n"));
    assert_command("SUBSCRIBE", "p:mq:g", "p:fim:mark:n");
    cmd_admin_time(&c);
    assert_command("TIME");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_message_of_an_operator_is_an_append_that_no_rule_refuses),
        TEST(what_is_taken_from_a_list_is_laid_out_as_the_script_says),
        TEST(a_notice_to_all_finds_its_groups_by_a_pattern),
        TEST(a_rule_of_a_user_is_laid_out_as_the_script_says),
        TEST(a_ban_is_laid_out_as_the_script_says),
        TEST(settings_are_pairs_behind_what_the_script_numbers),
        TEST(words_and_members_are_laid_out_as_the_script_says),
        TEST(failures_of_operators_are_those_of_their_address),
        TEST(what_there_is_is_read_by_plain_commands),
        TEST(what_an_import_asks_is_laid_out_as_the_script_says),
        TEST(a_list_is_asked_for_as_it_stands),
        TEST(a_conversion_names_its_aim_and_step),
    };

    return cmocka_run_group_tests_name("commands of operators", tests, NULL, NULL);
}
