/* test_commands_cluster.c - on a cluster each command keeps to the slot of its first key, and has
 * steps for what is in others. */
#include "lib/cluster/slot.h"
#include "lib/config/number.h"
#include "lib/redis/commands_admin.h"
#include "tests/unit/unit.h"

static struct argv c;

static const struct config config = {
    .login = {.method = LOGIN_HTPASSWD, .max_failures = 7, .failure_window_s = 60},
    .redis = {.prefix = "p:", .cluster = "127.0.0.1:7000", .username = "", .password = ""},
    .group = {.auto_join = true, .max_per_user = 1000, .members_only = true},
    .message = {.list_num = 20, .timeout_s = 111, .max_count = 222, .recall_time_limit_s = 333},
};

static const struct cmd_actor mod = {
    .user = {"m", 1}, .token = {"mod-token", 9}, .standing = CMD_VERIFIED, .name = {"", 0}};
static const struct cmd_actor operator= {.user = {"", 0}, .token = {"", 0}, .name = {"ann", 3}};

static int
set_up(void **state)
{
    (void)state;
    argv_init(&c);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    argv_fini(&c);
    return 0;
}

static enum script_id
script_of(const struct argv *command)
{
    for (int i = 0; i < SCRIPT__MAX; i++) {
        if (str_is(argv_word(command, 1), scripts_cluster[i].sha1)) {
            return (enum script_id)i;
        }
    }
    return SCRIPT__MAX;
}

/* The command, and each of its steps, reach the keys of one slot. */
static void
assert_one_slot(const struct argv *command)
{
    int64_t keys = 1;
    size_t first = 1;

    if (str_is(argv_word(command, 0), "EVALSHA")) {
        assert_int_not_equal(script_of(command), SCRIPT__MAX);
        assert_true(number_parse(argv_word(command, 2), 1, 100, &keys));
        first = 3;
    }
    for (size_t i = first; i < first + (size_t)keys; i++) {
        if (slot_of(argv_word(command, i)) != command->slot) {
            fail_msg("word %zu: %.*s", i, (int)argv_word(command, i).len, argv_word(command, i).p);
        }
    }
    for (size_t i = 0; i < command->step_count; i++) {
        assert_int_equal(command->steps[i]->step_count, 0);
        assert_one_slot(command->steps[i]);
    }
}

/* No word of a command or a script for a group has the token; a step has it. */
static void
assert_no_word(const struct argv *command, const char *word)
{
    for (size_t i = 0; i < command->count; i++) {
        assert_false(str_is(argv_word(command, i), word));
    }
}

static void
assert_slot_of(const char *key)
{
    assert_one_slot(&c);
    assert_int_equal(c.slot, slot_of(str_of(key)));
}

static void
assert_step(size_t i, enum argv_when when, enum script_id script)
{
    assert_true(i < c.step_count);
    assert_int_equal(c.when[i], when);
    assert_int_equal(script_of(c.steps[i]), script);
}

static void
assert_published(size_t i, enum argv_when when, const char *event)
{
    assert_true(i < c.step_count);
    assert_int_equal(c.when[i], when);
    assert_bytes(argv_word(c.steps[i], 0), str_of("SPUBLISH"));
    assert_bytes(argv_word(c.steps[i], 1), str_of("p:fim:ev:"));
    assert_bytes(argv_word(c.steps[i], 2), str_of(event));
}

/* ---- users ---- */

static void
commands_of_a_user_are_in_its_slot(void **state)
{
    (void)state;
    cmd_check_login(&c, &config, str_of("3"), str_of("t"));
    assert_slot_of("p:login:{3}");
    cmd_join_group(&c, &config, str_of("3"), str_of("t"), str_of("g"));
    assert_slot_of("p:login:{3}");
    cmd_list_groups(&c, &config, str_of("3"), str_of("t"), str_of("0"));
    assert_slot_of("p:login:{3}");
    cmd_leave_group(&c, &config, str_of("3"), str_of("t"), str_of("g"));
    assert_slot_of("p:login:{3}");
    cmd_read(&c, &config, str_of("3"), str_of("t"), str_of("g"), 5);
    assert_slot_of("p:login:{3}");
    assert_int_equal(c.step_count, 0);
    cmd_logout(&c, &config, str_of("3"), str_of("t"));
    assert_slot_of("p:login:{3}");
    assert_published(0, ARGV_AFTER_CHANGE,
                     "{\"do\":\"close\",\"userId\":\"3\",\"code\":440,\"reason\":\"login\"}");
}

static void
failures_of_user_and_address_are_two_commands(void **state)
{
    (void)state;
    cmd_login_wait(&c, &config, str_of("3"), str_of("10.0.0.1"));
    assert_slot_of("p:login:{3}");
    assert_int_equal(c.step_count, 1);
    assert_step(0, ARGV_BEFORE_WAIT, SCRIPT_LOGIN_WAIT);
    assert_bytes(argv_word(c.steps[0], 3), str_of("p:fim:failed:client:{10.0.0.1}"));
    cmd_login_failed(&c, &config, str_of("3"), str_of("10.0.0.1"));
    assert_slot_of("p:login:{3}");
    assert_int_equal(c.step_count, 2);
    assert_step(0, ARGV_BEFORE_WAIT, SCRIPT_LOGIN_WAIT);
    assert_step(1, ARGV_AFTER_0, SCRIPT_LOGIN_FAILED);
    cmd_login(&c, &config, str_of("3"), str_of("10.0.0.1"), str_of("t"));
    assert_slot_of("p:login:{3}");
    assert_int_equal(c.step_count, 1);
    cmd_login(&c, &config, str_of("3"), str_of(""), str_of("t"));
    assert_slot_of("p:login:{3}");
    assert_int_equal(c.step_count, 0);
}

/* ---- groups ---- */

static void
assert_user_is_checked_first(void)
{
    assert_slot_of("p:gml:{g}");
    assert_no_word(&c, "t");
    assert_step(0, ARGV_BEFORE, SCRIPT_ADMIT);
    assert_int_equal(c.steps[0]->slot, slot_of(str_of("p:login:{3}")));
    assert_bytes(argv_word(c.steps[0], 5), str_of("t"));
    assert_bytes(argv_word(c.steps[0], 6), str_of("g"));
}

/* Whatever reads or writes marks, seqs and refusals of a daemon keeps to the slot of the group. */
static void
what_the_daemon_asks_of_a_group_is_in_its_slot(void **state)
{
    static const struct {
        const char *answer;
        int64_t seq;
    } cases[] = {
        {"", 0},  {"7 12 1700000000", 12}, {"7 12", 12}, {"6 12 1700000000", 0}, {"77 12 17", 0},
        {"7", 0}, {"7x12 1700000000", 0},
    };
    const struct str group = str_of("g"), producer = str_of("daemon:7");
    struct cmd_append_args append = {.group = group, .user = str_of("u"), .producer = producer};

    (void)state;
    cmd_snapshot(&c, &config, group, 50, 1000, str_of("daemon"), 3);
    assert_one_slot(&c);
    assert_slot_of("p:gml:{g}");
    assert_bytes(argv_word(&c, 5), str_of("p:fim:mark:{g}/daemon"));
    cmd_probe(&c, &config, group, str_of("daemon"));
    assert_slot_of("p:gml:{g}");
    assert_bytes(argv_word(&c, 0), str_of("SPUBLISH"));
    assert_bytes(argv_word(&c, 1), str_of("p:fim:mark:{g}/daemon"));
    cmd_append(&c, &config, &append);
    assert_one_slot(&c);
    assert_slot_of("p:gml:{g}");
    assert_bytes(argv_word(&c, 6), str_of("p:fim:refused:{g}/daemon:7"));
    assert_bytes(argv_word(&c, c.count - 1), producer);
    cmd_appended(&c, &config, group, producer);
    assert_slot_of("p:gml:{g}");
    assert_bytes(argv_word(&c, 0), str_of("HGET"));
    assert_bytes(argv_word(&c, 1), str_of("p:fim:book:{g}"));
    assert_bytes(argv_word(&c, 2), str_of("daemon"));
    cmd_refused(&c, &config, group, producer, 12);
    assert_slot_of("p:gml:{g}");
    assert_bytes(argv_word(&c, 1), str_of("p:fim:refused:{g}/daemon:7"));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(cmd_appended_seq(&config, producer, str_of(cases[i].answer)),
                         cases[i].seq);
    }
}

static void
commands_of_a_group_check_the_user_first(void **state)
{
    const struct str user = str_of("3"), group = str_of("g"), token = str_of("t");
    struct cmd_append_args append = {
        .group = group,
        .user = user,
        .info = str_of("x"),
        .token = token,
        .producer = str_of(""),
        .standing = CMD_VERIFIED,
    };

    (void)state;
    cmd_list_range(&c, &config, user, token, group, 0, -1, 10);
    assert_user_is_checked_first();
    assert_int_equal(c.step_count, 1);
    cmd_list_before(&c, &config, user, token, group, user, 5, 10);
    assert_user_is_checked_first();
    cmd_list_before_ts(&c, &config, user, token, group, user, 5, 10);
    assert_user_is_checked_first();
    cmd_recall(&c, &config, user, token, group, 5);
    assert_user_is_checked_first();
    cmd_online(&c, &config, user, token, group);
    assert_user_is_checked_first();
    cmd_append(&c, &config, &append);
    assert_user_is_checked_first();
    assert_step(1, ARGV_BEFORE_IF_UP, SCRIPT_BANNED);
    assert_bytes(argv_word(c.steps[1], 3), str_of("p:fim:rules:"));
    assert_int_equal(c.step_count, 2);
    append.token = str_of(""); /* as with a JWT: the membership is to be looked at all the same */
    cmd_append(&c, &config, &append);
    assert_step(0, ARGV_BEFORE, SCRIPT_ADMIT);
    append.is_admitted = true;
    cmd_append(&c, &config, &append);
    assert_slot_of("p:gml:{g}");
    assert_int_equal(c.step_count, 0);
    assert_true(cmd_admit(&c, &config, user, token, group));
    assert_slot_of("p:login:{3}");
    cmd_admin_message(&c, &config, group, user, str_of("x"), str_of(""));
    assert_slot_of("p:gml:{g}");
    assert_int_equal(c.step_count, 0);
    cmd_role_of(&c, &config, group, user);
    assert_slot_of("p:gml:{g}");
}

static void
nothing_is_checked_if_there_is_no_token_and_no_membership(void **state)
{
    struct config open = config;

    (void)state;
    open.group.members_only = false;
    assert_false(cmd_admit(&c, &open, str_of("3"), str_of(""), str_of("g")));
    cmd_list_range(&c, &open, str_of("3"), str_of(""), str_of("g"), 0, -1, 10);
    assert_slot_of("p:gml:{g}");
    assert_int_equal(c.step_count, 0);
}

static void
who_enters_is_looked_at_in_three_slots_and_joins_behind(void **state)
{
    struct address client;
    struct cmd_enter_args args = {.user = {"3", 1},
                                  .token = {"t", 1},
                                  .group = {"g", 1},
                                  .client = &client,
                                  .kind = CMD_ENTER};
    struct config open = config;

    (void)state;
    assert_true(address_parse(&client, str_of("192.0.2.1")));
    open.group.members_only = false;
    cmd_enter(&c, &open, &args);
    assert_slot_of("p:fim:rules:{g}");
    assert_no_word(&c, "t");
    assert_bytes(argv_word(&c, 8), str_of("-"));
    assert_int_equal(c.step_count, 3);
    assert_step(0, ARGV_BEFORE, SCRIPT_ADMIT);
    assert_bytes(argv_word(c.steps[0], 3), str_of("p:login:{3}"));
    assert_step(1, ARGV_BEFORE_IF_UP, SCRIPT_BANNED);
    assert_bytes(argv_word(c.steps[1], 3), str_of("p:fim:rules:"));
    assert_bytes(argv_word(c.steps[1], 4), str_of("3"));
    assert_bytes(argv_word(c.steps[1], 5), str_of("192.0.2.1"));
    assert_step(2, ARGV_AFTER_ANY, SCRIPT_JOIN_GROUP);
    assert_bytes(argv_word(c.steps[2], 4), str_of("p:ugs:{3}"));
    assert_bytes(argv_word(c.steps[2], 5), str_of(""));
    args.kind = CMD_STAY;
    args.token = str_of("");
    cmd_enter(&c, &open, &args);
    assert_step(0, ARGV_BEFORE_IF_UP, SCRIPT_BANNED);
    assert_int_equal(c.step_count, 1);
    cmd_enter(&c, &config, &args); /* for members alone */
    assert_step(0, ARGV_BEFORE, SCRIPT_ADMIT);
    assert_bytes(argv_word(c.steps[0], 6), str_of("g"));
    assert_int_equal(c.step_count, 2);
    open.group.auto_join = false;
    cmd_enter(&c, &open, &args);
    assert_step(0, ARGV_BEFORE_IF_UP, SCRIPT_BANNED); /* who is in may stay */
    args.kind = CMD_ENTER;
    cmd_enter(&c, &open, &args);
    assert_step(0, ARGV_BEFORE, SCRIPT_ADMIT);
    assert_bytes(argv_word(c.steps[0], 6), str_of("g"));
    assert_int_equal(c.step_count, 2);
    args.group = str_of(""); /* a group list */
    args.token = str_of("t");
    cmd_enter(&c, &config, &args);
    assert_slot_of("p:fim:rules:");
    assert_step(0, ARGV_BEFORE, SCRIPT_ADMIT);
    assert_int_equal(c.step_count, 1);
}

static void
what_a_daemon_says_of_itself_is_behind_its_lease(void **state)
{
    (void)state;
    cmd_lease(&c, &config, str_of("d"), false, 5, str_of("{}"));
    assert_slot_of("p:fim:hosts");
    assert_int_equal(c.step_count, 1);
    assert_step(0, ARGV_AFTER_ANY, SCRIPT_ABOUT);
    assert_bytes(argv_word(c.steps[0], 3), str_of("p:fim:daemons"));
    assert_bytes(argv_word(c.steps[0], 5), str_of("{}"));
    cmd_lease(&c, &config, str_of("d"), true, 5, str_of("{}"));
    assert_bytes(argv_word(c.steps[0], 5), str_of(""));
}

static void
last_ts_is_in_the_book(void **state)
{
    (void)state;
    cmd_recall(&c, &config, str_of("3"), str_of("t"), str_of("g"), 5);
    assert_bytes(argv_word(&c, 5), str_of("p:fim:book:{g}"));
}

/* ---- operators and moderators ---- */

static void
assert_moderator_is_checked_and_noted(void)
{
    assert_slot_of("p:gml:{g}");
    assert_no_word(&c, "mod-token");
    assert_int_equal(c.step_count, 3);
    assert_step(0, ARGV_BEFORE, SCRIPT_ADMIT);
    assert_bytes(argv_word(c.steps[0], 3), str_of("p:login:{m}"));
    assert_step(1, ARGV_BEFORE, SCRIPT_BANNED);
    assert_step(2, ARGV_AFTER_CHANGE, SCRIPT_NOTE);
    assert_bytes(argv_word(c.steps[2], 3), str_of("p:fim:audit"));
    assert_non_null(strstr(argv_word(c.steps[2], 4).p, "\"who\":\"m\",\"as\":\"mod\""));
}

static void
moderator_is_checked_first_and_noted_behind(void **state)
{
    const struct str user = str_of("3"), group = str_of("g"), empty = str_of("");
    const struct str keys[] = {str_of("slow")};

    (void)state;
    cmd_admin_mute(&c, &config, &mod, group, user, 5);
    assert_moderator_is_checked_and_noted();
    cmd_admin_kick(&c, &config, &mod, group, user);
    assert_moderator_is_checked_and_noted();
    cmd_admin_recall(&c, &config, &mod, group, user, 5);
    assert_moderator_is_checked_and_noted();
    cmd_admin_purge(&c, &config, &mod, group, user, empty);
    assert_moderator_is_checked_and_noted();
    cmd_admin_clear(&c, &config, &mod, group);
    assert_moderator_is_checked_and_noted();
    cmd_admin_notice(&c, &config, &mod, group, str_of("x"));
    assert_moderator_is_checked_and_noted();
    cmd_admin_settings_begin(&c, &config, &mod, group, keys, 1);
    cmd_admin_settings_add(&c, keys[0], str_of("5"));
    assert_moderator_is_checked_and_noted();
    cmd_admin_rules(&c, &config, &mod, group, str_of("0"));
    assert_slot_of("p:gml:{g}");
    assert_int_equal(c.step_count, 2);
}

static void
operator_is_noted_alone(void **state)
{
    const struct cmd_banned everywhere = {.group = {"", 0}, .user = {"3", 1}};
    const struct str user = str_of("3"), group = str_of("g"), empty = str_of("");

    (void)state;
    cmd_admin_role(&c, &config, &operator, group, user, str_of("mod"));
    assert_slot_of("p:gml:{g}");
    assert_int_equal(c.step_count, 1);
    assert_step(0, ARGV_AFTER_CHANGE, SCRIPT_NOTE);
    cmd_admin_join(&c, &config, &operator, group, user);
    assert_slot_of("p:login:{3}");
    assert_step(0, ARGV_AFTER_CHANGE, SCRIPT_NOTE);
    cmd_admin_ban(&c, &config, &operator, & everywhere, 5);
    assert_slot_of("p:fim:rules:");
    assert_step(0, ARGV_AFTER_CHANGE, SCRIPT_NOTE);
    assert_int_equal(c.when[1], ARGV_AFTER_ANY);
    assert_bytes(argv_word(c.steps[1], 1), str_of("p:fim:ev:"));
    assert_bytes(argv_word(&c, c.count - 1), str_of("")); /* the script tells nobody */
    cmd_admin_unban(&c, &config, &operator, & everywhere);
    assert_slot_of("p:fim:rules:");
    assert_int_equal(c.step_count, 1);
    cmd_admin_words(&c, &config, &operator, str_of("w"), empty);
    assert_slot_of("p:fim:words");
    assert_published(0, ARGV_AFTER_CHANGE, "{\"do\":\"words\"}");
    assert_step(1, ARGV_AFTER_CHANGE, SCRIPT_NOTE);
}

static void
what_there_is_is_asked_for_in_its_slot(void **state)
{
    (void)state;
    cmd_admin_online(&c, &config, str_of("g"));
    assert_slot_of("p:gml:{g}");
    assert_int_equal(c.step_count, 0);
    cmd_admin_log(&c, &config, 5);
    assert_slot_of("p:fim:audit");
    cmd_admin_groups(&c, &config, 5);
    assert_slot_of("p:fim:top");
    cmd_admin_hosts(&c, &config);
    assert_slot_of("p:fim:hosts");
    cmd_admin_hosts_begin(&c, &config);
    cmd_admin_hosts_add(&c, str_of("d"));
    assert_slot_of("p:fim:daemons");
    cmd_admin_wait(&c, &config, str_of("10.0.0.1"));
    assert_slot_of("p:fim:failed:client:{10.0.0.1}");
}

static void
script_that_is_not_known_keeps_slot_and_steps(void **state)
{
    int slot;

    (void)state;
    cmd_recall(&c, &config, str_of("3"), str_of("t"), str_of("g"), 5);
    slot = c.slot;
    assert_true(cmd_make_eval(&c));
    assert_bytes(argv_word(&c, 0), str_of("EVAL"));
    assert_bytes(argv_word(&c, 1), str_make(scripts_cluster[SCRIPT_RECALL].body,
                                            scripts_cluster[SCRIPT_RECALL].length));
    assert_bytes(argv_word(&c, 4), str_of("p:gml:{g}"));
    assert_int_equal(c.slot, slot);
    assert_int_equal(c.step_count, 1);
    assert_false(cmd_make_eval(&c));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(commands_of_a_user_are_in_its_slot),
        TEST(failures_of_user_and_address_are_two_commands),
        TEST(commands_of_a_group_check_the_user_first),
        TEST(nothing_is_checked_if_there_is_no_token_and_no_membership),
        TEST(who_enters_is_looked_at_in_three_slots_and_joins_behind),
        TEST(what_a_daemon_says_of_itself_is_behind_its_lease),
        TEST(last_ts_is_in_the_book),
        TEST(moderator_is_checked_first_and_noted_behind),
        TEST(what_the_daemon_asks_of_a_group_is_in_its_slot),
        TEST(operator_is_noted_alone),
        TEST(what_there_is_is_asked_for_in_its_slot),
        TEST(script_that_is_not_known_keeps_slot_and_steps),
    };

    return cmocka_run_group_tests_name("commands_cluster", tests, NULL, NULL);
}
