/* test_commands.c - each command word by word, and held against the head of its script. */
#include "lib/redis/commands.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/lib/redis/a_command.h"

static void
call_append_is_laid_out_as_the_script_says(void **state)
{
    struct cmd_append_args call = {
        .group = str_of("g"),
        .user = str_of("u"),
        .info = str_of("say \"x\""),
        .token = str_of("t"),
        .producer = str_of("w"),
        .seq = 5,
        .deadline_ms = INT64_C(1648368380132),
    };

    (void)state;
    cmd_append(&c, &config, &call);
    assert_script(SCRIPT_APPEND, "p:gml:g", "p:gmt:g", "p:fim:seq:w", "p:fim:refused:w",
                  "p:login:u", "p:fim:rules:g", "p:fim:rules:", "p:fim:sent:g/u", "p:fim:cap:g",
                  "{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"say \\\"x\\\"\",\"ts\":", "}",
                  "p:mq:g", "111", "222", "5", "1648368380132", "t", "", "u", "0", "5", "6");
    call.token = str_make(NULL, 0);
    call.id = str_of("k3f9");
    call.standing = CMD_JWT_MOD;
    cmd_append(&c, &config, &call);
    assert_bytes(argv_word(&c, 19), str_of(""));
    assert_bytes(argv_word(&c, 20), str_of("k3f9"));
    assert_bytes(argv_word(&c, 22), str_of("mod"));
}

static void
call_appended_reads_the_writers_number(void **state)
{
    (void)state;
    cmd_appended(&c, &config, str_of("g"), str_of("w"));
    assert_command("GET", "p:fim:seq:w");
    cmd_refused(&c, &config, str_of("g"), str_of("w"), 12);
    assert_command("LRANGE", "p:fim:refused:w", "-12", "-1");
}

static void
call_enter_says_whether_joining_is_automatic(void **state)
{
    struct config asks = config;
    struct address client;
    struct cmd_enter_args args = {BYTES("u"), BYTES("t"), BYTES("g"), &client, CMD_ENTER};

    (void)state;
    assert_true(address_parse(&client, BYTES("2001:db8:1:2:3::4")));
    cmd_enter(&c, &config, &args);
    assert_script(SCRIPT_ENTER, "p:login:u", "p:ugs:u", "p:fim:rules:g", "p:fim:rules:", "t", "1",
                  "g", "1000", "u", "2001:db8:1:2::", "5", "6");
    asks.group.auto_join = false;
    args = (struct cmd_enter_args){BYTES("u"), BYTES(""), BYTES(""), NULL, CMD_ENTER};
    cmd_enter(&c, &asks, &args);
    assert_script(SCRIPT_ENTER, "p:login:u", "p:ugs:u", "p:fim:rules:", "p:fim:rules:", "", "0", "",
                  "1000", "u", "", "5", "6");
    assert_true(address_parse(&client, BYTES("::ffff:10.0.0.1")));
    args = (struct cmd_enter_args){BYTES("u"), BYTES(""), BYTES("g"), &client, CMD_STAY};
    cmd_enter(&c, &asks, &args);
    assert_script(SCRIPT_ENTER, "p:login:u", "p:ugs:u", "p:fim:rules:g", "p:fim:rules:", "", "-",
                  "g", "1000", "u", "10.0.0.1", "5", "6");
}

static void
call_snapshot_names_the_daemons_channel(void **state)
{
    (void)state;
    cmd_snapshot(&c, &config, str_of("g"), 50, 1000, str_of("d"), 9);
    assert_script(SCRIPT_SNAPSHOT, "p:gml:g", "50", "p:fim:mark:d", "9", "20", "1000");
}

static void
call_resume_names_the_clients_position(void **state)
{
    struct cmd_resume_args call = {
        .group = str_of("g"),
        .window = 50,
        .bytes = 1000,
        .daemon_id = str_of("d"),
        .mark = 9,
        .epoch = str_of("9f3a01c4"),
        .at = INT64_C(1648368380132),
    };

    (void)state;
    cmd_resume(&c, &config, &call);
    assert_script(SCRIPT_RESUME, "p:gml:g", "p:gmt:g", "p:fim:log:g", "50", "p:fim:mark:d", "9",
                  "1000", "111", "9f3a01c4", "1648368380132", "444");
}

static void
call_groups_and_publish_are_plain_commands(void **state)
{
    (void)state;
    cmd_groups(&c, &config, str_of("u"), str_of("0"));
    assert_command("SSCAN", "p:ugs:u", "0", "COUNT", "1000");
    cmd_words(&c, &config, str_of("17"));
    assert_command("SSCAN", "p:fim:words", "17", "COUNT", "1000");
    cmd_publish(&c, &config, str_of("d"), -3);
    assert_command("PUBLISH", "p:fim:mark:d", "-3");
}

static void
call_summary_takes_as_many_lists_as_were_announced(void **state)
{
    (void)state;
    cmd_summary_begin(&c, &config, 2);
    cmd_summary_add(&c, &config, str_of("a"));
    cmd_summary_add(&c, &config, str_of("b"));
    assert_command("EVALSHA", scripts[SCRIPT_SUMMARY].sha1, "2", "p:gml:a", "p:gml:b");
    assert_int_equal(numbered(scripts[SCRIPT_SUMMARY].body, "-- ARGV "), 0);
}

static void
call_marks_asks_for_each_group_of_one_user(void **state)
{
    (void)state;
    cmd_marks_begin(&c, &config, str_of("u"));
    cmd_marks_add(&c, str_of("a"));
    cmd_marks_add(&c, str_of("b"));
    assert_command("HMGET", "p:fim:read:u", "a", "b");
}

static void
call_tally_names_the_lists_and_then_how_much_of_each(void **state)
{
    (void)state;
    cmd_tally_begin(&c, &config, 2);
    cmd_tally_add(&c, &config, str_of("a"));
    cmd_tally_add(&c, &config, str_of("b"));
    cmd_tally_add_wanted(&c, 100);
    cmd_tally_add_wanted(&c, 3);
    assert_command("EVALSHA", scripts[SCRIPT_TALLY].sha1, "2", "p:gml:a", "p:gml:b", "100", "3");
}

static void
call_of_a_login_names_the_counts_that_it_goes_by(void **state)
{
    struct str user = str_of("u"), client = str_of("1.2.3.4"), none = str_of("");

    (void)state;
    cmd_login_wait(&c, &config, user, client);
    assert_command("EVALSHA", scripts[SCRIPT_LOGIN_WAIT].sha1, "3", "p:fim:failed:user:u",
                   "p:fim:failed:client:1.2.3.4", "p:fim:failed:both:u/1.2.3.4", "7", "60");
    cmd_login_failed(&c, &config, user, client);
    assert_command("EVALSHA", scripts[SCRIPT_LOGIN_FAILED].sha1, "3", "p:fim:failed:user:u",
                   "p:fim:failed:client:1.2.3.4", "p:fim:failed:both:u/1.2.3.4", "7", "60");
    cmd_login(&c, &config, user, client, str_of("t"));
    assert_command("EVALSHA", scripts[SCRIPT_LOGIN].sha1, "4", "p:login:u", "p:fim:failed:user:u",
                   "p:fim:failed:client:1.2.3.4", "p:fim:failed:both:u/1.2.3.4", "7", "60", "t");
    cmd_login(&c, &config, user, none, str_of("t"));
    assert_command("EVALSHA", scripts[SCRIPT_LOGIN].sha1, "2", "p:login:u", "p:fim:failed:user:u",
                   "7", "60", "t");
}

static void
call_of_a_login_that_cannot_fail_has_no_limit(void **state)
{
    struct config open = config;

    (void)state;
    open.login.method = LOGIN_OPEN;
    cmd_login(&c, &open, str_of("u"), str_of(""), str_of("t"));
    assert_command("EVALSHA", scripts[SCRIPT_LOGIN].sha1, "2", "p:login:u", "p:fim:failed:user:u",
                   "0", "60", "t");
}

static void
call_of_the_api_is_laid_out_as_the_script_says(void **state)
{
    struct str user = str_of("u"), token = str_of("t"), group = str_of("g");

    (void)state;
    cmd_check_login(&c, &config, user, token);
    assert_script(SCRIPT_CHECK_LOGIN, "p:login:u", "t");
    cmd_join_group(&c, &config, user, token, group);
    assert_script(SCRIPT_JOIN_GROUP, "p:login:u", "p:ugs:u", "t", "g", "1000");
    cmd_list_groups(&c, &config, user, token, str_of("17"));
    assert_script(SCRIPT_LIST_GROUPS, "p:login:u", "p:ugs:u", "t", "17");
    cmd_list_range(&c, &config, user, token, group, -3, -1, 10000);
    assert_script(SCRIPT_LIST_RANGE, "p:login:u", "p:gml:g", "t", "-3", "-1", "10000");
    cmd_list_before(&c, &config, user, token, group, str_of("s"), INT64_C(1648368380132), 20);
    assert_script(SCRIPT_LIST_BEFORE, "p:login:u", "p:gml:g", "t",
                  "{\"groupId\":\"g\",\"userId\":\"s\",\"info\":\"", "s", "1648368380132", "20");
    cmd_list_before_ts(&c, &config, user, token, group, str_of(""), INT64_C(1648368380132), 20);
    assert_script(SCRIPT_LIST_BEFORE_TS, "p:login:u", "p:gml:g", "t",
                  "{\"groupId\":\"g\",\"userId\":\"\",\"info\":\"", "", "1648368380132", "20");
    cmd_recall(&c, &config, user, token, str_of("\""), INT64_C(1648368380132));
    assert_script(SCRIPT_RECALL, "p:login:u", "p:gml:\"", "p:gmt:\"", "p:fim:log:\"", "t",
                  "{\"groupId\":\"\\\"\",\"userId\":\"u\",\"info\":\"", "u", "1648368380132", "333",
                  "p:fim:ev:\"", ",\"userId\":\"u\",\"ts\":1648368380132}", "111");
}

static void
call_of_a_user_is_laid_out_as_the_script_says(void **state)
{
    struct str user = str_of("\"u\\"), token = str_of("t"), group = str_of("g");

    (void)state;
    cmd_logout(&c, &config, user, token);
    assert_script(SCRIPT_LOGOUT, "p:login:\"u\\", "t", "p:fim:ev:",
                  "{\"do\":\"close\",\"userId\":\"\\\"u\\\\\",\"code\":440,\"reason\":\"login\"}");
    cmd_leave_group(&c, &config, str_of("u"), token, group);
    assert_script(SCRIPT_LEAVE_GROUP, "p:login:u", "p:ugs:u", "p:fim:read:u", "t", "g", "g");
    cmd_read(&c, &config, str_of("u"), token, group, INT64_C(9007199254740992));
    assert_script(SCRIPT_READ, "p:login:u", "p:fim:read:u", "t", "g", "9007199254740992", "2000");
}

static void
call_of_presence_is_laid_out_as_the_script_says(void **state)
{
    struct cmd_presence_args args = {.group = str_of("g"),
                                     .daemon_id = str_of("d"),
                                     .users = 2,
                                     .ids = str_of("a\"/b"),
                                     .connections = 3};
    struct config closed = config;

    (void)state;
    cmd_presence(&c, &config, &args);
    assert_script(SCRIPT_PRESENCE, "p:fim:on:g", "p:fim:hosts", "p:fim:top", "d", "2", "a\"/b",
                  "77", "8000", "p:fim:ev:g", "g", "0", "3");
    args =
        (struct cmd_presence_args){.group = args.group, .daemon_id = args.daemon_id, .ends = true};
    cmd_presence(&c, &config, &args);
    assert_script(SCRIPT_PRESENCE, "p:fim:on:g", "p:fim:hosts", "p:fim:top", "d", "0", "", "77",
                  "8000", "p:fim:ev:g", "g", "1", "0");
    cmd_lease(&c, &config, str_of("d"), false, 5, str_of("{}"));
    assert_script(SCRIPT_LEASE, "p:fim:hosts", "p:fim:top", "p:fim:daemons", "d", "1",
                  "p:fim:on:", "5", "{}");
    cmd_lease(&c, &config, str_of("d"), true, 6, str_of(""));
    assert_script(SCRIPT_LEASE, "p:fim:hosts", "p:fim:top", "p:fim:daemons", "d", "0",
                  "p:fim:on:", "6", "");
    cmd_online(&c, &config, str_of("u"), str_of("t"), str_of("g"));
    assert_script(SCRIPT_ONLINE, "p:login:u", "p:fim:on:g", "p:fim:hosts", "t", "77");
    closed.group.members_only = true;
    cmd_online(&c, &closed, str_of("u"), str_of("t"), str_of("g"));
    assert_command("EVALSHA", scripts[SCRIPT_ONLINE].sha1, "4", "p:login:u", "p:fim:on:g",
                   "p:fim:hosts", "p:ugs:u", "t", "77", "g");
}

static void
call_list_more_names_the_last_entry_by_its_last_bytes(void **state)
{
    struct cmd_place place = {.position = 7, .entry = str_of("short"), .step = -1, .end = 0};

    (void)state;
    cmd_list_more(&c, &config, str_of("g"), &place, 20, 1000);
    assert_script(SCRIPT_LIST_MORE, "p:gml:g", "7", "short", "-1", "0", "20", "1000");
    place.entry = str_of("x0123456789012345678901234567");
    cmd_list_more(&c, &config, str_of("g"), &place, 20, 1000);
    assert_bytes(argv_word(&c, 5), str_of("0123456789012345678901234567"));
}

/* The user's groups come last of the keys, the group last of the arguments. */
static void
call_on_a_group_for_members_alone_names_the_users_groups(void **state)
{
    struct cmd_append_args append = {BYTES("g"), BYTES("u"), BYTES("x"), BYTES("t"), BYTES("w"),
                                     5,          6,          BYTES("k"), 0,          false};
    struct cmd_enter_args stay = {BYTES("u"), BYTES("t"), BYTES("g"), NULL, CMD_STAY};
    struct str user = str_of("u"), token = str_of("t"), group = str_of("g");
    struct config closed = config;

    (void)state;
    closed.group.members_only = true;
    cmd_append(&c, &closed, &append);
    assert_bytes(argv_word(&c, 2), str_of("10"));
    assert_bytes(argv_word(&c, 12), str_of("p:ugs:u"));
    assert_bytes(argv_word(&c, c.count - 2), str_of("6"));
    assert_bytes(argv_word(&c, c.count - 1), str_of("g"));
    cmd_list_range(&c, &closed, user, token, group, -3, -1, 10000);
    assert_command("EVALSHA", scripts[SCRIPT_LIST_RANGE].sha1, "3", "p:login:u", "p:gml:g",
                   "p:ugs:u", "t", "-3", "-1", "10000", "g");
    cmd_list_before(&c, &closed, user, token, group, str_of("s"), 7, 20);
    assert_command("EVALSHA", scripts[SCRIPT_LIST_BEFORE].sha1, "3", "p:login:u", "p:gml:g",
                   "p:ugs:u", "t", "{\"groupId\":\"g\",\"userId\":\"s\",\"info\":\"", "s", "7",
                   "20", "g");
    cmd_list_before_ts(&c, &closed, user, token, group, str_of("s"), 7, 20);
    assert_command("EVALSHA", scripts[SCRIPT_LIST_BEFORE_TS].sha1, "3", "p:login:u", "p:gml:g",
                   "p:ugs:u", "t", "{\"groupId\":\"g\",\"userId\":\"s\",\"info\":\"", "s", "7",
                   "20", "g");
    cmd_recall(&c, &closed, user, token, group, 7);
    assert_command("EVALSHA", scripts[SCRIPT_RECALL].sha1, "5", "p:login:u", "p:gml:g", "p:gmt:g",
                   "p:fim:log:g", "p:ugs:u", "t", "{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"",
                   "u", "7", "333", "p:fim:ev:g", ",\"userId\":\"u\",\"ts\":7}", "111", "g");
    cmd_join_group(&c, &closed, user, token, group);
    assert_script(SCRIPT_JOIN_GROUP, "p:login:u", "p:ugs:u", "t", "g", "-1");
    cmd_enter(&c, &closed, &stay);
    assert_bytes(argv_word(&c, 8), str_of("0"));
}

static void
call_auth_and_select_come_from_the_settings(void **state)
{
    struct config plain = config;

    (void)state;
    assert_true(cmd_auth(&c, &config));
    assert_command("AUTH", "s3cret");
    assert_true(cmd_select(&c, &config));
    assert_command("SELECT", "7");
    plain.redis.username = (char[]){"fastim"};
    assert_true(cmd_auth(&c, &plain));
    assert_command("AUTH", "fastim", "s3cret");
    plain.redis.password = (char[]){""};
    assert_true(cmd_auth(&c, &plain)); /* of a user without a password */
    assert_command("AUTH", "fastim", "");
    plain.redis.username = (char[]){""};
    plain.redis.database = 0;
    assert_false(cmd_auth(&c, &plain));
    assert_false(cmd_select(&c, &plain));
}

static void
call_load_brings_the_scripts_body(void **state)
{
    (void)state;
    for (int i = 0; i < SCRIPT__MAX; i++) {
        cmd_load(&c, &config, (enum script_id)i);
        assert_command("SCRIPT", "LOAD", scripts[i].body);
    }
}

static void
call_make_eval_puts_the_body_for_the_sha1_and_keeps_the_rest(void **state)
{
    (void)state;
    cmd_snapshot(&c, &config, str_of("g"), 50, 1000, str_of("d"), 9);
    assert_true(cmd_make_eval(&c));
    assert_command("EVAL", scripts[SCRIPT_SNAPSHOT].body, "1", "p:gml:g", "50", "p:fim:mark:d", "9",
                   "20", "1000");
    assert_false(cmd_make_eval(&c)); /* is one already */
}

static void
call_make_eval_leaves_other_commands_alone(void **state)
{
    (void)state;
    cmd_ping(&c);
    assert_false(cmd_make_eval(&c));
    assert_command("PING");
    argv_clear(&c);
    assert_false(cmd_make_eval(&c));
    argv_add_str(&c, "EVALSHA");
    assert_false(cmd_make_eval(&c));
    argv_add_str(&c, "0000000000000000000000000000000000000000");
    assert_false(cmd_make_eval(&c));
    assert_command("EVALSHA", "0000000000000000000000000000000000000000");
}

/* In each form; also behind a NOSCRIPT. */
static void
call_is_named_for_the_log_by_script_and_key(void **state)
{
    (void)state;
    cmd_join_group(&c, &config, str_of("u"), str_of("t"), str_of("g"));
    assert_bytes(cmd_name(&c), str_of("join_group"));
    assert_bytes(cmd_first_key(&c), str_of("p:login:u"));
    assert_true(cmd_make_eval(&c));
    assert_bytes(cmd_name(&c), str_of("join_group"));
    assert_bytes(cmd_first_key(&c), str_of("p:login:u"));
    cmd_groups(&c, &config, str_of("u"), str_of("0"));
    assert_bytes(cmd_name(&c), str_of("SSCAN"));
    assert_bytes(cmd_first_key(&c), str_of("p:ugs:u"));
    cmd_ping(&c);
    assert_bytes(cmd_name(&c), str_of("PING"));
    assert_int_equal(cmd_first_key(&c).len, 0);
    cmd_tally_begin(&c, &config, 0);
    argv_add_str(&c, "no key");
    assert_bytes(cmd_name(&c), str_of("tally"));
    assert_int_equal(cmd_first_key(&c).len, 0);
}

/* ---- redis.encoding java ---- */

/* The settings, with no prefix. */
static struct config
java_config(void)
{
    struct config java = config;

    java.redis.encoding = ENCODING_JAVA;
    java.redis.prefix = "";
    java.group.members_only = true;
    return java;
}

static void
in_java_a_message_is_a_json_string_and_the_rest_is_plain(void **state)
{
    const struct config java = java_config();
    const struct cmd_append_args args = {.group = str_of("7"),
                                         .user = str_of("\xf0\x9f\x98\x80"),
                                         .info = str_of("\"\n"),
                                         .token = str_of("t"),
                                         .id = str_of("id"),
                                         .producer = str_of("d"),
                                         .seq = 1,
                                         .deadline_ms = 2,
                                         .standing = CMD_VERIFIED};

    (void)state;
    cmd_append(&c, &java, &args);
    assert_bytes(argv_word(&c, 1), str_of(scripts_java[SCRIPT_APPEND].sha1));
    assert_words(3, (const char *const[]){
                        "gml:7",
                        "gmt:7",
                        "fim:seq:d",
                        "fim:refused:d",
                        "login:\xf0\x9f\x98\x80",
                        "fim:rules:7",
                        "fim:rules:",
                        "fim:sent:7/\xf0\x9f\x98\x80",
                        "fim:cap:7",
                        "ugs:\xf0\x9f\x98\x80",
                        "\"{\\\"groupId\\\":\\\"7\\\",\\\"userId\\\":\\\"\\uD83D\\uDE00\\\","
                        "\\\"info\\\":\\\"\\\\\\\"\\\\n\\\",\\\"ts\\\":",
                        "}\"",
                        "mq:7",
                        "111",
                        "222",
                        "1",
                        "2",
                        "\"t\"",
                        "id",
                        "\xf0\x9f\x98\x80",
                        "1",
                        "5",
                        "6",
                        "\"7\"",
                        NULL});
}

static void
in_java_tokens_and_memberships_are_json_strings_and_none_stays_none(void **state)
{
    const struct config java = java_config();
    const struct cmd_enter_args args = {.user = str_of("u"), .group = str_of("")};
    struct str none = str_of("");

    (void)state;
    cmd_login(&c, &java, str_of("u"), none, str_of("t"));
    assert_bytes(argv_word(&c, c.count - 1), str_of("\"t\""));
    cmd_join_group(&c, &java, str_of("u"), none, str_of("a\"b"));
    assert_words(5, (const char *const[]){"", "\"a\\\"b\"", "-1", NULL});
    cmd_leave_group(&c, &java, str_of("u"), str_of("t"), str_of("g"));
    assert_words(6, (const char *const[]){"\"t\"", "\"g\"", "g", NULL});
    cmd_enter(&c, &java, &args);
    assert_words(7, (const char *const[]){"", "0", "", "1000", "u", "", "5", "6", NULL});
    cmd_read(&c, &java, str_of("u"), none, str_of("g"), 5);
    assert_words(5, (const char *const[]){"", "g", "5", "2000", NULL});
    cmd_recall(&c, &java, str_of("u"), none, str_of("g"), 5);
    assert_bytes(argv_word(&c, 1), str_of(scripts_java[SCRIPT_RECALL].sha1));
    assert_words(8, (const char *const[]){"",
                                          "\"{\\\"groupId\\\":\\\"g\\\",\\\"userId\\\":"
                                          "\\\"u\\\",\\\"info\\\":\\\"",
                                          "u", "5", "333", "fim:ev:g",
                                          ",\"userId\":\"u\",\"ts\":5}", "111", "\"g\"", NULL});
}

static void
in_java_scripts_are_those_of_java(void **state)
{
    const struct config java = java_config();

    (void)state;
    for (int i = 0; i < SCRIPT__MAX; i++) {
        cmd_load(&c, &java, (enum script_id)i);
        assert_command("SCRIPT", "LOAD", scripts_java[i].body);
    }
    cmd_tally_begin(&c, &java, 0);
    assert_true(cmd_make_eval(&c));
    assert_command("EVAL", scripts_java[SCRIPT_TALLY].body, "0");
}

static void
call_encoding_is_a_whole_script_and_its_answer_says_what_to_do(void **state)
{
    const struct config java = java_config();

    (void)state;
    cmd_encoding(&c, &config);
    assert_command("EVAL", scripts[SCRIPT_ENCODING].body, "1", "p:fim:encoding", "plain",
                   "p:", "7");
    cmd_encoding(&c, &java);
    assert_command("EVAL", scripts_java[SCRIPT_ENCODING].body, "1", "fim:encoding", "java", "",
                   "7");
    assert_null(cmd_encoding_refusal(str_of("ok")));
    assert_non_null(strstr(cmd_encoding_refusal(str_of("java")), "set redis.encoding: java"));
    assert_non_null(strstr(cmd_encoding_refusal(str_of("java data")), "set redis.encoding: java"));
    assert_non_null(strstr(cmd_encoding_refusal(str_of("plain")), "set redis.encoding: plain"));
    assert_non_null(strstr(cmd_encoding_refusal(str_of("plain data")), "redis.encoding: plain"));
    assert_non_null(strstr(cmd_encoding_refusal(str_of("")), "unknown value"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(call_append_is_laid_out_as_the_script_says),
        TEST(call_appended_reads_the_writers_number),
        TEST(call_enter_says_whether_joining_is_automatic),
        TEST(call_snapshot_names_the_daemons_channel),
        TEST(call_resume_names_the_clients_position),
        TEST(call_groups_and_publish_are_plain_commands),
        TEST(call_summary_takes_as_many_lists_as_were_announced),
        TEST(call_marks_asks_for_each_group_of_one_user),
        TEST(call_tally_names_the_lists_and_then_how_much_of_each),
        TEST(call_of_a_login_names_the_counts_that_it_goes_by),
        TEST(call_of_a_login_that_cannot_fail_has_no_limit),
        TEST(call_of_the_api_is_laid_out_as_the_script_says),
        TEST(call_on_a_group_for_members_alone_names_the_users_groups),
        TEST(call_of_a_user_is_laid_out_as_the_script_says),
        TEST(call_of_presence_is_laid_out_as_the_script_says),
        TEST(call_list_more_names_the_last_entry_by_its_last_bytes),
        TEST(call_auth_and_select_come_from_the_settings),
        TEST(call_load_brings_the_scripts_body),
        TEST(call_make_eval_puts_the_body_for_the_sha1_and_keeps_the_rest),
        TEST(call_make_eval_leaves_other_commands_alone),
        TEST(call_is_named_for_the_log_by_script_and_key),
        TEST(in_java_a_message_is_a_json_string_and_the_rest_is_plain),
        TEST(in_java_tokens_and_memberships_are_json_strings_and_none_stays_none),
        TEST(in_java_scripts_are_those_of_java),
        TEST(call_encoding_is_a_whole_script_and_its_answer_says_what_to_do),
    };

    return cmocka_run_group_tests_name("calls", tests, NULL, NULL);
}
