/* test_scripts.c - the Lua scripts as they are embedded. */
#include "lib/scripts.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static void
scripts_stand_each_in_its_place(void **state)
{
    static const char *const names[SCRIPT__MAX] = {
        [SCRIPT_APPEND] = "append",
        [SCRIPT_SNAPSHOT] = "snapshot",
        [SCRIPT_RESUME] = "resume",
        [SCRIPT_ENTER] = "enter",
        [SCRIPT_CHECK_LOGIN] = "check_login",
        [SCRIPT_JOIN_GROUP] = "join_group",
        [SCRIPT_LIST_GROUPS] = "list_groups",
        [SCRIPT_LIST_RANGE] = "list_range",
        [SCRIPT_LIST_BEFORE] = "list_before",
        [SCRIPT_LIST_BEFORE_TS] = "list_before_ts",
        [SCRIPT_LIST_MORE] = "list_more",
        [SCRIPT_RECALL] = "recall",
        [SCRIPT_SUMMARY] = "summary",
        [SCRIPT_LOGIN] = "login",
        [SCRIPT_LOGIN_FAILED] = "login_failed",
        [SCRIPT_LOGIN_WAIT] = "login_wait",
        [SCRIPT_LOGOUT] = "logout",
        [SCRIPT_LEAVE_GROUP] = "leave_group",
        [SCRIPT_READ] = "read",
        [SCRIPT_PRESENCE] = "presence",
        [SCRIPT_LEASE] = "lease",
        [SCRIPT_ONLINE] = "online",
        [SCRIPT_TALLY] = "tally",
        [SCRIPT_SET_RULE] = "set_rule",
        [SCRIPT_SETTINGS] = "settings",
        [SCRIPT_RULES] = "rules",
        [SCRIPT_RECALL_ANY] = "recall_any",
        [SCRIPT_PURGE] = "purge",
        [SCRIPT_CLEAR] = "clear",
        [SCRIPT_NOTICE] = "notice",
        [SCRIPT_NOTICE_ALL] = "notice_all",
        [SCRIPT_WORDS] = "words",
        [SCRIPT_MEMBERSHIP] = "membership",
        [SCRIPT_HOSTS] = "hosts",
        [SCRIPT_IMPORT] = "import",
        [SCRIPT_ENCODING] = "encoding",
        [SCRIPT_CONVERT] = "convert",
        [SCRIPT_ABOUT] = "about",
        [SCRIPT_ADMIT] = "admit",
        [SCRIPT_BANNED] = "banned",
        [SCRIPT_NOTE] = "note",
    };

    (void)state;
    for (int i = 0; i < SCRIPT__MAX; i++) {
        assert_non_null(scripts[i].name);
        assert_string_equal(scripts[i].name, names[i]);
        assert_int_equal(strlen(scripts[i].body), scripts[i].length);
        assert_non_null(strstr(scripts[i].body, scripts[i].name));
        assert_string_equal(scripts_java[i].name, names[i]);
        assert_int_equal(strlen(scripts_java[i].body), scripts_java[i].length);
        assert_string_equal(scripts_cluster[i].name, names[i]);
        assert_int_equal(strlen(scripts_cluster[i].body), scripts_cluster[i].length);
    }
}

static void
scripts_of_java_differ_where_they_look_into_a_value(void **state)
{
    static const enum script_id same[] = {SCRIPT_SNAPSHOT, SCRIPT_SUMMARY, SCRIPT_LOGIN,
                                          SCRIPT_PRESENCE, SCRIPT_LEASE,   SCRIPT_WORDS};
    static const enum script_id other[] = {SCRIPT_APPEND, SCRIPT_RECALL, SCRIPT_ENTER,
                                           SCRIPT_PURGE,  SCRIPT_RESUME, SCRIPT_MEMBERSHIP};

    (void)state;
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        assert_string_equal(scripts[same[i]].sha1, scripts_java[same[i]].sha1);
        assert_string_not_equal(scripts[other[i]].sha1, scripts_java[other[i]].sha1);
    }
    for (int i = 0; i < SCRIPT__MAX; i++) {
        assert_null(strstr(scripts[i].body, "-- Java:"));
        assert_null(strstr(scripts_java[i].body, "-- Java:"));
        assert_null(strstr(scripts[i].body, "is_member("));
        assert_null(strstr(scripts_java[i].body, "-- Needs:"));
    }
    assert_non_null(strstr(scripts_java[SCRIPT_RECALL].body, "function unwrapped"));
    assert_non_null(strstr(scripts_java[SCRIPT_RECALL].body, "function remove_all"));
}

/* What runs on a cluster publishes to sharded channels alone, and keeps the last ts in a hash. */
static void
scripts_of_a_cluster_keep_to_their_slot(void **state)
{
    static const enum script_id same[] = {SCRIPT_CHECK_LOGIN, SCRIPT_LOGIN, SCRIPT_LIST_RANGE};
    static const enum script_id other[] = {SCRIPT_APPEND, SCRIPT_RECALL, SCRIPT_SET_RULE,
                                           SCRIPT_PURGE,  SCRIPT_RESUME, SCRIPT_MEMBERSHIP};

    (void)state;
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        assert_string_equal(scripts[same[i]].sha1, scripts_cluster[same[i]].sha1);
    }
    for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
        assert_string_not_equal(scripts[other[i]].sha1, scripts_cluster[other[i]].sha1);
    }
    for (int i = 0; i < SCRIPT__MAX; i++) {
        assert_null(strstr(scripts[i].body, "-- Cluster:"));
        assert_null(strstr(scripts_java[i].body, "-- Cluster:"));
        assert_null(strstr(scripts_cluster[i].body, "-- Cluster:"));
        assert_null(strstr(scripts[i].body, "'SPUBLISH'"));
        assert_null(strstr(scripts_cluster[i].body, "'PUBLISH'"));
        assert_null(strstr(scripts_cluster[i].body, "is_member("));
    }
}

static void
scripts_come_with_the_preludes_they_need(void **state)
{
    (void)state;
    assert_non_null(strstr(scripts[SCRIPT_ENTER].body, "function logged_in"));
    assert_non_null(strstr(scripts[SCRIPT_RECALL].body, "function find_message"));
    assert_true(strstr(scripts[SCRIPT_RECALL].body, "function read_message") <
                strstr(scripts[SCRIPT_RECALL].body, "function find_message"));
    assert_true(strstr(scripts[SCRIPT_APPEND].body, "function read_message") <
                strstr(scripts[SCRIPT_APPEND].body, "function highest_of"));
    assert_true(strstr(scripts[SCRIPT_APPEND].body, "is_free") <
                strstr(scripts[SCRIPT_APPEND].body, "function read_message"));
    assert_non_null(strstr(scripts[SCRIPT_SNAPSHOT].body, "function newest_entries"));
    assert_non_null(strstr(scripts[SCRIPT_RESUME].body, "function missed_since"));
    assert_null(strstr(scripts[SCRIPT_SNAPSHOT].body, "-- Needs: "));
}

/* sha1sum(1) says so: what EVALSHA takes is the SHA-1 of the body as it is loaded. */
static void
scripts_sha1_is_that_of_the_body(void **state)
{
    char path[] = "/tmp/fastim-script-XXXXXX", argv[64], sha1[41] = "";
    FILE *file, *sum;

    (void)state;
    for (int i = 0; i < 3 * SCRIPT__MAX; i++) {
        static const struct script *const tables[] = {scripts, scripts_java, scripts_cluster};
        const struct script *s = &tables[i / SCRIPT__MAX][i % SCRIPT__MAX];

        memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
        file = fdopen(mkstemp(path), "w");
        assert_non_null(file);
        assert_int_equal(fwrite(s->body, 1, s->length, file), s->length);
        assert_int_equal(fclose(file), 0);
        snprintf(argv, sizeof(argv), "sha1sum <%s", path);
        sum = popen(argv, "r");
        assert_non_null(sum);
        assert_non_null(fgets(sha1, sizeof(sha1), sum));
        assert_int_equal(pclose(sum), 0);
        assert_int_equal(unlink(path), 0);
        assert_string_equal(s->sha1, sha1);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scripts_stand_each_in_its_place),
        cmocka_unit_test(scripts_come_with_the_preludes_they_need),
        cmocka_unit_test(scripts_of_java_differ_where_they_look_into_a_value),
        cmocka_unit_test(scripts_of_a_cluster_keep_to_their_slot),
        cmocka_unit_test(scripts_sha1_is_that_of_the_body),
    };

    return cmocka_run_group_tests_name("scripts", tests, NULL, NULL);
}
