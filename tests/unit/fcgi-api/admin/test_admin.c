/* test_admin.c - what the paths of operators make of their parameters and of Redis' replies. */
#include "fcgi-api/admin/admin.h"

#include "fcgi-api/admin/steps.h"
#include "lib/clock.h"
#include "tests/unit/fcgi-api/admin/an_operator.h"

static int64_t step_ms; /* that each look at the clock takes */

int64_t
clock_ms(void)
{
    static int64_t now_ms = 1000000;

    return now_ms += step_ms;
}

int64_t
clock_unix_ms(void)
{
    return 1700000000000;
}

#define ALL(data)  "{\"code\":200,\"msg\":\"操作成功\",\"data\":" data "}"
#define NONE(data) "{\"code\":100,\"msg\":\"操作失败\",\"data\":" data "}"
#define CUT(data)                                                                                  \
    "{\"code\":503,\"msg\":\"未完成，请重试 (not all of it is done, try again)\",\"data\":" data "}"
#define BROKEN "{\"code\":500,\"msg\":\"服务器错误 (internal error)\",\"data\":null}"

/* An operator of the program itself: no command but the endpoint's own. */
static void
assert_said(const struct fake_step *steps, const char *path, const char *form, const char *wanted)
{
    assert_body(steps, request_of_operator(path, form), wanted);
}

/* One that comes by HTTP has limits of time. */
static struct request
request_by_http(const char *path, const char *form)
{
    struct request r = request_to(path, form);

    r.user = r.token = str_make("", 0);
    r.admin_token = str_of("ann-s-token");
    return r;
}

static void
assert_fault(const char *path, const char *form, int code, const char *words)
{
    struct response response;
    struct fake_redis f;
    struct api api;
    struct request r = request_of_operator(path, form);
    char begin[32];

    snprintf(begin, sizeof(begin), "{\"code\":%d,\"msg\":\"", code);
    fake_redis_start(&f, no_command);
    api = api_of(&f);
    response_init(&response);
    handle(&api, &r, &response);
    assert_memory_equal(response.body.bytes, begin, strlen(begin));
    assert_non_null(strstr(response.body.bytes, words));
    response_fini(&response);
    api_end(&api);
    (void)fake_redis_stop(&f);
}

/* ---- what all rows have in common ---- */

static const struct {
    const char *path, *form;
    bool is_plain; /* 1, 0 or a refusal are all that Redis says */
} rows[] = {
    {"/admin/message", "groupId=g&userId=u&info=x", false},
    {"/admin/notice", "groupId=g&info=x", true},
    {"/admin/recall", "groupId=g&userId=u&ts=5", true},
    {"/admin/purge", "groupId=g&userId=u", false},
    {"/admin/clear", "groupId=g", true},
    {"/admin/mute", "groupId=g&userId=u&seconds=0", true},
    {"/admin/unmute", "groupId=g&userId=u", true},
    {"/admin/ban", "groupId=g&userId=u&seconds=60", true},
    {"/admin/ban", "address=10.1.2.3", true},
    {"/admin/unban", "groupId=g&userId=u", true},
    {"/admin/unban", "address=::1", true},
    {"/admin/kick", "groupId=g&userId=u", true},
    {"/admin/kick", "userId=u", true},
    {"/admin/join", "groupId=g&userId=u", true},
    {"/admin/leave", "groupId=g&userId=u", true},
    {"/admin/role", "groupId=g&userId=u&role=mod", true},
    {"/admin/role", "groupId=g&userId=u&role=", true},
    {"/admin/settings", "groupId=g&slow=5", false},
    {"/admin/rules", "groupId=g", false},
    {"/admin/words", "add=bad", true},
    {"/admin/words", "remove=bad", true},
    {"/admin/online", "groupId=g", false},
    {"/admin/groups", "", false},
    {"/admin/hosts", "", false},
    {"/admin/log", "", false},
};

enum {
    ROWS = sizeof(rows) / sizeof(rows[0])
};

static const struct endpoint *
endpoint_of(const char *path)
{
    for (size_t i = 0; endpoint_table[i] != NULL; i++) {
        if (strcmp(endpoint_table[i]->path, path) == 0) {
            return endpoint_table[i];
        }
    }
    fail_msg("no such path: %s", path);
    return NULL;
}

static void
each_path_of_operators_has_a_row(void **state)
{
    (void)state;
    for (size_t i = 0; endpoint_table[i] != NULL; i++) {
        enum endpoint_for whom = endpoint_table[i]->whom;
        bool found = whom == FOR_USERS || whom == FOR_ANYBODY || whom == FOR_OPERATORS_PLACES;

        assert_int_equal(strncmp(endpoint_table[i]->path, "/admin/", 7) == 0, !found);
        for (size_t k = 0; k < ROWS; k++) {
            found = found || strcmp(rows[k].path, endpoint_table[i]->path) == 0;
        }
        assert_true(found);
    }
}

static void
what_changed_nothing_is_100(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].is_plain) {
            assert_said(ONE("EVALSHA", ":1\r\n"), rows[i].path, rows[i].form, ALL("null"));
            assert_said(ONE("EVALSHA", ":0\r\n"), rows[i].path, rows[i].form, NONE("null"));
        }
    }
}

/* A user's command is refused by its script, in whatever form its reply is otherwise. */
static void
user_without_the_role_is_not_allowed(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        bool moderated = endpoint_of(rows[i].path)->whom == FOR_MODERATORS;

        if (moderated && strncmp(rows[i].form, "groupId=", 8) == 0) {
            assert_body(ONE("EVALSHA", NO_ROLE), request_to(rows[i].path, rows[i].form),
                        NO_ROLE_ANSWER);
        } else if (!moderated) {
            assert_body(ONE("EVALSHA", ":1\r\n"), request_to(rows[i].path, rows[i].form),
                        "{\"code\":403,\"msg\":\"不允许 (not allowed: this is for "
                        "operators)\",\"data\":null}");
        }
    }
}

static void
all_groups_are_for_operators(void **state)
{
    static const char *const paths[] = {"/admin/notice", "/admin/ban", "/admin/unban",
                                        "/admin/kick", "/admin/rules"};

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_body(ONE("EVALSHA", ":1\r\n"), request_to(paths[i], "userId=u&info=x"),
                    "{\"code\":403,\"msg\":\"不允许 (not allowed: all groups are for "
                    "operators)\",\"data\":null}");
    }
}

static void
wrong_parameters_are_told_by_their_names(void **state)
{
    static const struct {
        const char *path, *form;
        int code;
        const char *words;
    } faults[] = {
        {"/admin/message", "userId=u&info=x", 400, "groupId"},
        {"/admin/message", "groupId=g&info=x", 400, "userId"},
        {"/admin/message", "groupId=g&userId=u&info=", 400, "info (empty)"},
        {"/admin/message", "groupId=g&userId=u&info=x&id=%20", 400, "id (1 to 64"},
        {"/admin/notice", "groupId=g", 400, "info"},
        {"/admin/notice", "groupId=&info=x", 400, "groupId"},
        {"/admin/recall", "groupId=g&userId=u", 400, "ts"},
        {"/admin/recall", "groupId=g&userId=u&ts=x", 400, "ts"},
        {"/admin/purge", "groupId=g", 400, "userId"},
        {"/admin/clear", "", 400, "groupId"},
        {"/admin/mute", "groupId=g&userId=u&seconds=-1", 400, "seconds"},
        {"/admin/mute", "groupId=g&userId=u&seconds=315360001", 400, "seconds"},
        {"/admin/mute", "userId=u&seconds=5", 400, "groupId"},
        {"/admin/ban", "groupId=g", 400, "one of them"},
        {"/admin/ban", "groupId=g&userId=u&address=::1", 400, "one of them"},
        {"/admin/ban", "groupId=g&address=10.1.2.3/8", 400, "address"},
        {"/admin/ban", "groupId=g&userId=u&purge=2", 400, "purge"},
        {"/admin/ban", "userId=u&purge=1", 400, "purge"},
        {"/admin/ban", "groupId=g&address=::1&purge=1", 400, "purge"},
        {"/admin/unban", "groupId=g&userId=a/b", 400, "userId"},
        {"/admin/kick", "groupId=g", 400, "userId"},
        {"/admin/join", "userId=u", 400, "groupId"},
        {"/admin/leave", "groupId=g", 400, "userId"},
        {"/admin/role", "groupId=g&userId=u", 400, "role"},
        {"/admin/role", "groupId=g&userId=u&role=king", 400, "role"},
        {"/admin/settings", "slow=5", 400, "groupId"},
        {"/admin/settings", "groupId=g&slow=21601", 400, "slow"},
        {"/admin/settings", "groupId=g&cap=x", 400, "cap"},
        {"/admin/settings", "groupId=g&quiet=2", 400, "quiet"},
        {"/admin/settings", "groupId=g&attr.=x", 400, "attr.NAME"},
        {"/admin/settings", "groupId=g&attr.a.b=x", 400, "attr.NAME"},
        {"/admin/settings", "groupId=g&attr.012345678901234567890123456789012=x", 400, "attr.NAME"},
        {"/admin/words", "add=", 400, "add (empty)"},
        {"/admin/words", "remove=%20", 400, "remove (empty)"},
        {"/admin/words", "add=%E2%80%8D", 400, "add (has only spaces"},
        {"/admin/online", "", 400, "groupId"},
        {"/admin/groups", "top=0", 400, "top"},
        {"/admin/log", "count=1001", 400, "count"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        assert_fault(faults[i].path, faults[i].form, faults[i].code, faults[i].words);
    }
}

static void
assert_too_long(const char *path, const char *begin, size_t length, int code, const char *words)
{
    static char form[40000];

    strcpy(form, begin);
    memset(form + strlen(begin), 'x', length);
    form[strlen(begin) + length] = '\0';
    assert_fault(path, form, code, words);
}

static void
sizes_are_bounded(void **state)
{
    (void)state;
    assert_too_long("/admin/message", "groupId=g&userId=u&info=", 24577, 413, "info");
    assert_too_long("/admin/notice", "groupId=g&info=", 24577, 413, "info");
    assert_too_long("/admin/settings", "groupId=g&pinned=", 4097, 400, "pinned");
    assert_too_long("/admin/words", "add=", 257, 400, "add (is too long");
}

/* No such reply is known; it must do no harm. */
static void
broken_reply_is_a_fault_of_ours(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        if (!rows[i].is_plain && strcmp(rows[i].path, "/admin/groups") != 0 &&
            strcmp(rows[i].path, "/admin/hosts") != 0 && strcmp(rows[i].path, "/admin/log") != 0) {
            assert_said(ONE("EVALSHA", ":-9\r\n"), rows[i].path, rows[i].form, BROKEN);
            assert_said(ONE("EVALSHA", "$1\r\nx\r\n"), rows[i].path, rows[i].form, BROKEN);
        }
    }
    assert_said(ONE("EVALSHA", ":-9\r\n"), "/admin/notice", "info=x", BROKEN);
    assert_said(ONE("SSCAN", ":-9\r\n"), "/admin/words", "", BROKEN);
}

/* ---- single rows ---- */

static void
message_is_answered_by_its_ts(void **state)
{
    (void)state;
    assert_said(ONE("EVALSHA", ":17\r\n"), rows[0].path, rows[0].form, ALL("17"));
    assert_said(ONE("EVALSHA", "*2\r\n:1\r\n:16\r\n"), rows[0].path, rows[0].form, ALL("16"));
    assert_said(ONE("EVALSHA", ":-1\r\n"), rows[0].path, rows[0].form, BROKEN);
}

static void
recall_of_no_message_says_so(void **state)
{
    (void)state;
    assert_said(ONE("EVALSHA", ":-3\r\n"), "/admin/recall", "groupId=g&userId=u&ts=5",
                "{\"code\":100,\"msg\":\"消息不存在\",\"data\":null}");
}

#define TOLD(cursor, n) "*3\r\n" cursor "\r\n:" #n "\r\n:99\r\n"

static void
notice_to_all_goes_on_until_all_are_told(void **state)
{
    const struct fake_step steps[] = {{"EVALSHA", TOLD("$2\r\n17", 8), false},
                                      {"EVALSHA", TOLD("$1\r\n3", 0), false},
                                      {"EVALSHA", TOLD("$1\r\n0", 2), false},
                                      {NULL, NULL, false}};

    (void)state;
    assert_said(steps, "/admin/notice", "info=x", ALL("10"));
    assert_said(ONE("EVALSHA", TOLD("$1\r\n0", 0)), "/admin/notice", "info=x", NONE("0"));
}

#define TOOK(n, total, cursor) "*3\r\n:" #n "\r\n:" #total "\r\n" cursor "\r\n"

static void
purge_goes_on_until_it_is_done(void **state)
{
    const struct fake_step steps[] = {{"EVALSHA", TOOK(500, 500, "$3\r\n1 2"), false},
                                      {"EVALSHA", TOOK(0, 500, "$3\r\n1 1"), false},
                                      {"EVALSHA", TOOK(7, 507, "$0\r\n"), false},
                                      {NULL, NULL, false}};
    const struct fake_step refused[] = {{"EVALSHA", TOOK(500, 500, "$3\r\n1 2"), false},
                                        {"EVALSHA", NO_ROLE, false},
                                        {NULL, NULL, false}};

    (void)state;
    assert_said(steps, "/admin/purge", "groupId=g&userId=u", ALL("507"));
    assert_said(ONE("EVALSHA", TOOK(0, 0, "$0\r\n")), "/admin/purge", "groupId=g&userId=u",
                NONE("0"));
    assert_body(refused, request_to("/admin/purge", "groupId=g&userId=u"), NO_ROLE_ANSWER);
}

static void
ban_may_purge_as_well(void **state)
{
    const char *form = "groupId=g&userId=u&purge=1";

    (void)state;
    assert_said(STEPS(STEP(":1\r\n"), STEP(TOOK(2, 2, "$0\r\n"))), "/admin/ban", form, ALL("2"));
    assert_said(STEPS(STEP(":0\r\n"), STEP(TOOK(2, 2, "$0\r\n"))), "/admin/ban", form, ALL("2"));
    assert_said(STEPS(STEP(":0\r\n"), STEP(TOOK(0, 0, "$0\r\n"))), "/admin/ban", form, NONE("0"));
    assert_body(ONE("EVALSHA", NO_ROLE), request_to("/admin/ban", form), NO_ROLE_ANSWER);
}

/* What is done by then stays done, and the answer tells it. */
static void
what_takes_too_long_is_cut_and_says_so(void **state)
{
    static const char *const patient[] = {"redis.timeoutMs", "60000", NULL};
    const struct fake_step purge[] = {STEP(":0\r\n"),
                                      STEP(TOOK(500, 500, "$3\r\n1 2")),
                                      STEP(TOOK(500, 1000, "$3\r\n1 1")),
                                      {NULL, NULL, false}};
    const struct fake_step notice[] = {
        STEP(":0\r\n"), STEP(TOLD("$2\r\n17", 8)), STEP(TOLD("$2\r\n16", 8)), {NULL, NULL, false}};
    const struct fake_step words[] = {STEP(":0\r\n"),
                                      {"SSCAN", "*2\r\n$1\r\n7\r\n*1\r\n$1\r\na\r\n", false},
                                      {"SSCAN", "*2\r\n$1\r\n6\r\n*1\r\n$1\r\nb\r\n", false},
                                      {NULL, NULL, false}};
    const struct fake_step rules[] = {
        STEP(":0\r\n"),
        STEP("*3\r\n$1\r\n7\r\n$2\r\n{}\r\n*0\r\n"),
        STEP("*3\r\n$1\r\n6\r\n$2\r\n{}\r\n*2\r\n$3\r\nm:u\r\n$1\r\n0\r\n"),
        {NULL, NULL, false}};

    (void)state;
    step_ms = 6000; /* a command takes three or more looks at the clock */
    assert_body_with(purge, request_by_http("/admin/purge", "groupId=g&userId=u"), patient,
                     CUT("1000"));
    assert_body_with(notice, request_by_http("/admin/notice", "info=x"), patient, CUT("16"));
    assert_body_with(words, request_by_http("/admin/words", ""), patient, CUT("[\"a\",\"b\"]"));
    assert_body_with(rules, request_by_http("/admin/rules", "groupId=g"), patient,
                     CUT("{\"settings\":{},\"bans\":[],\"mutes\":[{\"userId\":\"u\",\"until\":-1}],"
                         "\"roles\":[]}"));
}

/* Who waits for it there may end it. */
static void
program_itself_has_any_time(void **state)
{
    static const char *const patient[] = {"redis.timeoutMs", "60000", NULL};

    (void)state;
    step_ms = 6000;
    assert_body_with(STEPS(STEP(TOOK(1, 1, "$3\r\n1 2")), STEP(TOOK(1, 2, "$3\r\n1 2")),
                           STEP(TOOK(1, 3, "$3\r\n1 2")), STEP(TOOK(1, 4, "$0\r\n"))),
                     request_of_operator("/admin/purge", "groupId=g&userId=u"), patient, ALL("4"));
}

static int
stop_clock(void **state)
{
    (void)state;
    step_ms = 0;
    return 0;
}

static void
settings_are_told_whether_they_change_or_not(void **state)
{
    const char *form = "groupId=g&slow=&quiet=true&cap=1000000&pinned=&attr.a-Z_9=x&slow=99999999";

    (void)state;
    assert_said(ONE("EVALSHA", "*2\r\n:1\r\n$10\r\n{\"slow\":5}\r\n"), "/admin/settings", form,
                ALL("{\"slow\":5}"));
    assert_said(ONE("EVALSHA", "*2\r\n:0\r\n$10\r\n{\"slow\":0}\r\n"), "/admin/settings",
                "groupId=g", NONE("{\"slow\":0}"));
    assert_said(ONE("EVALSHA", ":-2\r\n"), "/admin/settings", "groupId=g&attr.x=y",
                "{\"code\":400,\"msg\":\"参数错误 attr (over 32 of them, or over 8 KiB "
                "together)\",\"data\":null}");
}

static void
rules_come_in_pieces_and_are_told_once(void **state)
{
    const struct fake_step steps[] = {
        {"EVALSHA",
         "*3\r\n$1\r\n7\r\n$2\r\n{}\r\n*6\r\n$3\r\nb:u\r\n$1\r\n0\r\n$3\r\nr:v\r\n$3\r\nmod\r\n"
         "$3\r\nm:w\r\n$2\r\n17\r\n",
         false},
        {"EVALSHA",
         "*3\r\n$1\r\n0\r\n$2\r\n{}\r\n*10\r\n$3\r\nb:u\r\n$1\r\n0\r\n$5\r\na:::1\r\n$2\r\n18\r\n"
         "$3\r\nm:\xff\r\n$1\r\n0\r\n$3\r\nb:x\r\n$1\r\nx\r\n$2\r\nzz\r\n$1\r\n0\r\n",
         false},
        {NULL, NULL, false}};

    (void)state;
    assert_said(
        steps, "/admin/rules", "groupId=g",
        ALL("{\"settings\":{},\"bans\":[{\"userId\":\"u\",\"until\":-1},{\"address\":\"::1\","
            "\"until\":18}],\"mutes\":[{\"userId\":\"w\",\"until\":17}],\"roles\":[{"
            "\"userId\":\"v\",\"role\":\"mod\"}]}"));
    assert_said(ONE("EVALSHA", "*3\r\n$1\r\n0\r\n$2\r\n{}\r\n*0\r\n"), "/admin/rules", "",
                ALL("{\"settings\":{},\"bans\":[],\"mutes\":[],\"roles\":[]}"));
}

static void
words_are_listed_added_and_removed(void **state)
{
    const struct fake_step pieces[] = {
        {"SSCAN", "*2\r\n$1\r\n7\r\n*3\r\n$1\r\na\r\n$1\r\n\"\r\n$1\r\n\xff\r\n", false},
        {"SSCAN", "*2\r\n$1\r\n0\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n", false},
        {NULL, NULL, false}};

    (void)state;
    assert_said(pieces, "/admin/words", "", ALL("[\"a\",\"\\\"\",\"b\"]"));
    assert_said(ONE("EVALSHA", ":-2\r\n"), "/admin/words", "add=a&remove=b",
                "{\"code\":100,\"msg\":\"屏蔽词过多 (too many words)\",\"data\":null}");
    assert_said(STEPS(STEP(":0\r\n"), STEP(":1\r\n")), "/admin/words", "add=a&remove=b",
                ALL("null"));
    assert_said(STEPS(STEP(":1\r\n"), STEP(":0\r\n")), "/admin/words", "add=a&remove=b",
                ALL("null"));
    assert_said(STEPS(STEP(":0\r\n"), STEP(":0\r\n")), "/admin/words", "add=a&remove=b",
                NONE("null"));
}

static void
online_has_connections_and_perhaps_users(void **state)
{
    (void)state;
    assert_said(ONE("EVALSHA", "*3\r\n:3\r\n$3\r\na/b\r\n:4\r\n"), "/admin/online", "groupId=g",
                ALL("{\"online\":3,\"connections\":4,\"users\":[\"a\",\"b\"]}"));
    assert_said(ONE("EVALSHA", "*3\r\n:300\r\n$-1\r\n:301\r\n"), "/admin/online", "groupId=g",
                ALL("{\"online\":300,\"connections\":301}"));
    assert_said(ONE("EVALSHA", ":1\r\n"), "/admin/online", "groupId=g", BROKEN);
}

static void
groups_hosts_and_actions_are_lists(void **state)
{
    (void)state;
    assert_said(ONE("ZREVRANGE", "*6\r\n$1\r\ng\r\n$2\r\n17\r\n$1\r\n/\r\n$1\r\n9\r\n$1\r\n\"\r\n"
                                 "$1\r\n3\r\n"),
                "/admin/groups", "top=3",
                ALL("[{\"groupId\":\"g\",\"online\":17},{\"groupId\":\"\\\"\",\"online\":3}]"));
    assert_said(
        ONE("EVALSHA",
            "*6\r\n$1\r\nd\r\n$45\r\n{\"host\":\"a\",\"connections\":5,\"groups\":2,\"x\":1}"
            "\r\n$1\r\ne\r\n$0\r\n\r\n$1\r\nf\r\n$18\r\n{\"connections\":-1}\r\n"),
        "/admin/hosts", "",
        ALL("[{\"daemon\":\"d\",\"host\":\"a\",\"connections\":5,\"groups\":2},"
            "{\"daemon\":\"e\",\"host\":\"\",\"connections\":0,\"groups\":0},"
            "{\"daemon\":\"f\",\"host\":\"\",\"connections\":0,\"groups\":0}]"));
    assert_said(ONE("LRANGE", "*3\r\n$10\r\n{\"when\":1}\r\n$4\r\nnone\r\n$2\r\n{}\r\n"),
                "/admin/log", "", ALL("[{\"when\":1},{}]"));
    assert_said(ONE("LRANGE", "*0\r\n"), "/admin/log", "count=1000", ALL("[]"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_path_of_operators_has_a_row),
        cmocka_unit_test(what_changed_nothing_is_100),
        cmocka_unit_test(user_without_the_role_is_not_allowed),
        cmocka_unit_test(all_groups_are_for_operators),
        cmocka_unit_test(wrong_parameters_are_told_by_their_names),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(broken_reply_is_a_fault_of_ours),
        cmocka_unit_test(message_is_answered_by_its_ts),
        cmocka_unit_test(recall_of_no_message_says_so),
        cmocka_unit_test(notice_to_all_goes_on_until_all_are_told),
        cmocka_unit_test(purge_goes_on_until_it_is_done),
        cmocka_unit_test(ban_may_purge_as_well),
        cmocka_unit_test_teardown(what_takes_too_long_is_cut_and_says_so, stop_clock),
        cmocka_unit_test_teardown(program_itself_has_any_time, stop_clock),
        cmocka_unit_test(settings_are_told_whether_they_change_or_not),
        cmocka_unit_test(rules_come_in_pieces_and_are_told_once),
        cmocka_unit_test(words_are_listed_added_and_removed),
        cmocka_unit_test(online_has_connections_and_perhaps_users),
        cmocka_unit_test(groups_hosts_and_actions_are_lists),
    };

    return cmocka_run_group_tests_name("admin", tests, NULL, NULL);
}
