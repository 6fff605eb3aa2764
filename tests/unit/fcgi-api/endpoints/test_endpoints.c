/* test_endpoints.c - what each endpoint makes of its parameters and of Redis' reply. */
#include "fcgi-api/endpoints/endpoint.h"

#include "tests/unit/fcgi-api/a_request.h"

static void
join_group_is_done_or_refused(void **state)
{
    struct request r = request_to("/user/joinGroup", "groupId=g");

    (void)state;
    assert_answer(ONE("EVALSHA", ":1\r\n"), r, "{\"code\":200,\"msg\":\"操作成功\",\"data\":null}");
    assert_answer(ONE("EVALSHA", ":0\r\n"), r, "{\"code\":100,\"msg\":\"操作失败\",\"data\":null}");
    assert_answer(ONE("EVALSHA", ":-1\r\n"), r, NOT_LOGGED_IN);
}

static void
list_group_is_sorted_and_without_what_is_no_id(void **state)
{
    struct request r = request_to("/user/listGroup", "");

    (void)state;
    assert_answer(
        ONE("EVALSHA", "*2\r\n$1\r\n0\r\n*6\r\n$1\r\nb\r\n$2\r\n10\r\n$1\r\n9\r\n$1\r\n1\r\n$"
                       "3\r\na/b\r\n$1\r\n\"\r\n"),
        r, "{\"code\":200,\"msg\":\"操作成功\",\"data\":[\"\\\"\",\"1\",\"10\",\"9\",\"b\"]}");
    assert_answer(ONE("EVALSHA", "*2\r\n$1\r\n0\r\n*0\r\n"), r,
                  "{\"code\":200,\"msg\":\"操作成功\",\"data\":[]}");
}

static void
list_group_goes_on_piece_by_piece_and_shows_each_once(void **state)
{
    const struct fake_step pieces[] = {
        {"EVALSHA", "*2\r\n$2\r\n17\r\n*2\r\n$1\r\nb\r\n$1\r\nc\r\n", false},
        {"EVALSHA", "*2\r\n$1\r\n4\r\n*0\r\n", false},
        {"EVALSHA", "*2\r\n$1\r\n0\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n", false},
        {NULL, NULL, false},
    };

    (void)state;
    assert_answer(pieces, request_to("/user/listGroup", ""),
                  "{\"code\":200,\"msg\":\"操作成功\",\"data\":[\"a\",\"b\",\"c\"]}");
}

/* A piece of a list: the position of its last entry, the position of the end, the entries. */
#define PIECE(last, end, entries) "*3\r\n:" #last "\r\n:" #end "\r\n" entries
#define NOTHING                   PIECE(0, 0, "*0\r\n")
/* A message with this info, a character. */
#define ENTRY(info) "$46\r\n{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"" info "\",\"ts\":2}\r\n"
#define SHOWN(info)                                                                                \
    "\"{\\\"groupId\\\":\\\"g\\\",\\\"userId\\\":\\\"u\\\",\\\"info\\\":\\\"" info                 \
    "\\\",\\\"ts\\\":2}\""

static void
history_is_recoded_and_without_what_is_no_message(void **state)
{
    struct request r = request_to("/group/listMessage", "groupId=g&startPage=0&endPage=-1");
    static const char answer[] =
        "*3\r\n:2\r\n:2\r\n*3\r\n$38\r\n{\"ts\":1,\"x\":0,\"userId\":7,\"info\":\"a\\\"\"}\r\n"
        "$7\r\ngarbage\r\n"
        "$45\r\n{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"\",\"ts\":2}\r\n";

    (void)state;
    assert_answer(
        ONE("EVALSHA", answer), r,
        "{\"code\":200,\"msg\":\"操作成功\",\"data\":["
        "\"{\\\"groupId\\\":\\\"g\\\",\\\"userId\\\":\\\"7\\\",\\\"info\\\":\\\"a\\\\\\\"\\\","
        "\\\"ts\\\":1}\","
        "\"{\\\"groupId\\\":\\\"g\\\",\\\"userId\\\":\\\"u\\\",\\\"info\\\":\\\"\\\",\\\"ts\\\":2}"
        "\"]}");
}

static void
a_stranger_of_a_group_for_members_alone_is_refused(void **state)
{
    static const char refused[] = "{\"code\":100,\"msg\":\"未加入群组\",\"data\":null}";

    (void)state;
    assert_answer(ONE("EVALSHA", ":-4\r\n"),
                  request_to("/group/listMessage", "groupId=g&startPage=0&endPage=1"), refused);
    assert_answer(ONE("EVALSHA", ":-4\r\n"),
                  request_to("/group/listOldMessage", "groupId=g&userId=u&ts=5&count=3"), refused);
    assert_answer(ONE("EVALSHA", ":-4\r\n"), request_to("/group/delMessage", "groupId=g&ts=5"),
                  refused);
}

static void
history_before_a_message_is_null_where_there_is_no_such_message(void **state)
{
    static const char form[] = "groupId=g&userId=u&ts=5&count=3";

    (void)state;
    assert_answer(ONE("EVALSHA", ":-3\r\n"), request_to("/group/listOldMessage", form),
                  "{\"code\":200,\"msg\":\"获取成功\",\"data\":null}");
    assert_answer(ONE("EVALSHA", NOTHING), request_to("/group/listOldMessage", form),
                  "{\"code\":200,\"msg\":\"获取成功\",\"data\":[]}");
    assert_answer(ONE("EVALSHA", NOTHING), request_to("/group/listMessage", form),
                  "{\"code\":200,\"msg\":\"操作成功\",\"data\":[]}");
}

static void
list_message_goes_by_position_wherever_one_is_given(void **state)
{
    (void)state;
    assert_code(ONE("EVALSHA", ":1\r\n"),
                request_to("/group/listMessage", "groupId=g&userId=u&ts=5&count=3&endPage=1"), 400,
                "startPage");
    assert_code(ONE("EVALSHA", ":1\r\n"), request_to("/group/listMessage", "groupId=g&ts=5"), 400,
                "userId");
    assert_code(ONE("EVALSHA", ":1\r\n"), request_to("/group/listMessage", "groupId=g"), 400,
                "startPage");
}

static void
history_count_is_cut_and_never_negative(void **state)
{
    static const char *const counts[] = {"0", "10000", "10001", "9223372036854775807"};
    char form[100];

    (void)state;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        snprintf(form, sizeof(form), "groupId=g&userId=u&ts=5&count=%s", counts[i]);
        assert_code(ONE("EVALSHA", NOTHING), request_to("/group/listOldMessage", form), 200, "[]");
    }
    assert_code(ONE("EVALSHA", ":1\r\n"),
                request_to("/group/listOldMessage", "groupId=g&userId=u&ts=5&count=-1"), 400,
                "count");
}

static void
history_goes_on_piece_by_piece(void **state)
{
    const struct fake_step range[] = {
        {"EVALSHA", PIECE(4, 6, "*2\r\n" ENTRY("a") ENTRY("b")), false},
        {"EVALSHA", PIECE(5, 6, "*1\r\n$7\r\ngarbage\r\n"), false},
        {"EVALSHA", PIECE(6, 6, "*1\r\n" ENTRY("c")), false},
        {NULL, NULL, false},
    };
    const struct fake_step before[] = {
        {"EVALSHA", PIECE(4, 0, "*3\r\n" ENTRY("c") "$1\r\nx\r\n" ENTRY("b")), false},
        {"EVALSHA", PIECE(3, 0, "*1\r\n" ENTRY("a")), false},
        {NULL, NULL, false},
    };

    (void)state;
    assert_answer(range, request_to("/group/listMessage", "groupId=g&startPage=3&endPage=6"),
                  "{\"code\":200,\"msg\":\"操作成功\",\"data\":[" SHOWN("a") "," SHOWN(
                      "b") "," SHOWN("c") "]}");
    assert_answer(before, request_to("/group/listOldMessage", "groupId=g&userId=u&ts=5&count=3"),
                  "{\"code\":200,\"msg\":\"获取成功\",\"data\":[" SHOWN("a") "," SHOWN(
                      "b") "," SHOWN("c") "]}");
}

/* An entry of the list may have gone meanwhile, or Redis. */
static void
history_ends_if_a_further_piece_cannot_be_had(void **state)
{
    const struct fake_step gone[] = {
        {"EVALSHA", PIECE(4, 6, "*1\r\n" ENTRY("a")), false},
        {"EVALSHA", NOTHING, false},
        {NULL, NULL, false},
    };
    const struct fake_step lost[] = {
        {"EVALSHA", PIECE(4, 6, "*1\r\n" ENTRY("a")), false},
        {"EVALSHA", "-WRONGTYPE Operation\r\n", false},
        {NULL, NULL, false},
    };
    struct request r = request_to("/group/listMessage", "groupId=g&startPage=3&endPage=6");

    (void)state;
    assert_answer(gone, r, "{\"code\":200,\"msg\":\"操作成功\",\"data\":[" SHOWN("a") "]}");
    assert_code(lost, r, 500, "");
}

/* Two messages of 3 MiB: together they are too large. */
static void
history_is_cut_at_4_mib_but_not_to_nothing(void **state)
{
    static const struct {
        const char *path, *form;
        char shown;
    } rows[] = {
        {"/group/listMessage", "groupId=g&startPage=0&endPage=-1", 'a'},
        {"/group/listOldMessage", "groupId=g&userId=u&ts=5&count=9", 'a'}, /* the newer one */
    };
    size_t sizes[] = {3 << 20, 5 << 20};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        size_t size = sizes[i / 2];
        struct text wire;
        struct response response;
        char *info = malloc(size);

        text_init(&wire);
        text_add_str(&wire, "*3\r\n:1\r\n:9\r\n*2\r\n");
        for (char c = 'a'; c <= 'b'; c++) {
            memset(info, c, size);
            text_add_str(&wire, "$");
            text_add_int(&wire, (int64_t)size + 45);
            text_add_str(&wire, "\r\n{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"");
            text_add(&wire, info, size);
            text_add_str(&wire, "\",\"ts\":2}\r\n");
        }
        struct request request = request_to(rows[i % 2].path, rows[i % 2].form);

        handle_with(ONE("EVALSHA", wire.bytes), &request, &response);
        assert_in_range(response.body.len, size, size + 200);
        assert_non_null(strchr(response.body.bytes + 80, rows[i % 2].shown));
        assert_int_equal(response.body.bytes[response.body.len - 1], '}');
        response_fini(&response);
        text_fini(&wire);
        free(info);
    }
}

static void
recall_is_done_too_late_or_of_nothing(void **state)
{
    struct request r = request_to("/group/delMessage", "groupId=g&ts=5");

    (void)state;
    assert_answer(ONE("EVALSHA", ":1\r\n"), r,
                  "{\"code\":200,\"msg\":\"撤回消息成功\",\"data\":null}");
    assert_answer(ONE("EVALSHA", ":-2\r\n"), r,
                  "{\"code\":100,\"msg\":\"无法撤回消息\",\"data\":null}");
    assert_answer(ONE("EVALSHA", ":-3\r\n"), r,
                  "{\"code\":100,\"msg\":\"消息不存在\",\"data\":null}");
}

static void
logout_is_done_for_the_login_that_the_token_names(void **state)
{
    struct request r = request_to("/user/logout", "");

    (void)state;
    assert_answer(ONE("EVALSHA", ":1\r\n"), r, "{\"code\":200,\"msg\":\"操作成功\",\"data\":null}");
    assert_answer(ONE("EVALSHA", ":-1\r\n"), r, NOT_LOGGED_IN);
}

static void
leave_group_is_done_or_refused(void **state)
{
    struct request r = request_to("/user/leaveGroup", "groupId=g");

    (void)state;
    assert_answer(ONE("EVALSHA", ":1\r\n"), r, "{\"code\":200,\"msg\":\"操作成功\",\"data\":null}");
    assert_answer(ONE("EVALSHA", ":0\r\n"), r, "{\"code\":100,\"msg\":\"操作失败\",\"data\":null}");
    assert_answer(ONE("EVALSHA", ":-1\r\n"), r, NOT_LOGGED_IN);
    r.body = str_of("groupId=a/b");
    assert_code(ONE("EVALSHA", ":1\r\n"), r, 400, "groupId");
}

static void
read_needs_a_group_and_a_time(void **state)
{
    static const struct {
        const char *form, *wrong;
    } rows[] = {
        {"ts=5", "groupId"},
        {"groupId=a/b&ts=5", "groupId"},
        {"groupId=g", "ts"},
        {"groupId=g&ts=-1", "ts"},
        {"groupId=g&ts=9007199254740993", "ts"},
        {"groupId=g&ts=x", "ts"},
    };
    struct request r = request_to("/user/read", "groupId=g&ts=9007199254740992");

    (void)state;
    assert_answer(ONE("EVALSHA", ":1\r\n"), r, "{\"code\":200,\"msg\":\"操作成功\",\"data\":null}");
    assert_answer(ONE("EVALSHA", ":0\r\n"), r, "{\"code\":100,\"msg\":\"操作失败\",\"data\":null}");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        r.body = str_of(rows[i].form);
        assert_code(ONE("EVALSHA", ":1\r\n"), r, 400, rows[i].wrong);
    }
}

static void
send_gives_the_ts_of_the_message_or_of_its_first_send(void **state)
{
    struct request r = request_to("/group/sendMessage", "groupId=g&info=x&id=k3f9");

    (void)state;
    assert_answer(ONE("EVALSHA", ":1648368380132\r\n"), r,
                  "{\"code\":200,\"msg\":\"操作成功\",\"data\":1648368380132}");
    assert_answer(ONE("EVALSHA", "*2\r\n:1\r\n:1648368380132\r\n"), r,
                  "{\"code\":200,\"msg\":\"操作成功\",\"data\":1648368380132}");
    assert_answer(ONE("EVALSHA", ":-1\r\n"), r, NOT_LOGGED_IN);
    assert_answer(ONE("EVALSHA", ":-4\r\n"), r,
                  "{\"code\":100,\"msg\":\"未加入群组\",\"data\":null}");
    assert_code(ONE("EVALSHA", ":-3\r\n"), r, 500, "");
    assert_code(ONE("EVALSHA", "-OOM command not allowed\r\n"), r, 503, "");
}

static void
send_against_a_rule_says_which_and_how_long_to_wait(void **state)
{
    struct request r = request_to("/group/sendMessage", "groupId=g&info=x");

    (void)state;
    assert_answer(ONE("EVALSHA", "*3\r\n:-5\r\n$4\r\nslow\r\n:4200\r\n"), r,
                  "{\"code\":100,\"msg\":\"slow\",\"data\":{\"reason\":\"slow\","
                  "\"retryAfter\":4200}}");
    assert_answer(ONE("EVALSHA", "*3\r\n:-5\r\n$5\r\nmuted\r\n:0\r\n"), r,
                  "{\"code\":100,\"msg\":\"muted\",\"data\":{\"reason\":\"muted\"}}");
}

static void
send_names_the_parameter_that_is_wrong(void **state)
{
    char large[32768] = "groupId=g&info=";
    size_t used = strlen(large);

    (void)state;
    assert_code(ONE("EVALSHA", ":1\r\n"), request_to("/group/sendMessage", "info=x"), 400,
                "groupId");
    assert_code(ONE("EVALSHA", ":1\r\n"), request_to("/group/sendMessage", "groupId=g"), 400,
                "info");
    assert_code(ONE("EVALSHA", ":1\r\n"), request_to("/group/sendMessage", "groupId=g&info="), 400,
                "info (empty)");
    assert_code(ONE("EVALSHA", ":1\r\n"), request_to("/group/sendMessage", "groupId=g&info=x&id="),
                400, " id ");
    assert_code(ONE("EVALSHA", ":1\r\n"),
                request_to("/group/sendMessage", "groupId=g&info=x&id=a%20b"), 400, " id ");
    memset(large + used, 'x', 24576);
    assert_code(ONE("EVALSHA", ":1\r\n"), request_to("/group/sendMessage", large), 200, "1}");
    large[used + 24576] = 'x';
    assert_code(ONE("EVALSHA", ":1\r\n"), request_to("/group/sendMessage", large), 413, "24576");
}

static void
online_is_a_number_and_users_if_they_are_told(void **state)
{
    struct request r = request_to("/group/online", "groupId=g");

    (void)state;
    assert_answer(
        ONE("EVALSHA", "*3\r\n:3\r\n$8\r\na/b/\\\"/7\r\n:4\r\n"), r,
        "{\"code\":200,\"msg\":\"操作成功\",\"data\":{\"online\":3,\"users\":[\"a\",\"b\",\"\\\"\","
        "\"7\"]}}");
    assert_answer(ONE("EVALSHA", "*3\r\n:0\r\n$0\r\n\r\n:0\r\n"), r,
                  "{\"code\":200,\"msg\":\"操作成功\",\"data\":{\"online\":0,\"users\":[]}}");
    assert_answer(ONE("EVALSHA", "*3\r\n:300\r\n$-1\r\n:9\r\n"), r,
                  "{\"code\":200,\"msg\":\"操作成功\",\"data\":{\"online\":300}}");
    assert_answer(ONE("EVALSHA", ":-1\r\n"), r, NOT_LOGGED_IN);
    assert_answer(ONE("EVALSHA", ":-4\r\n"), r,
                  "{\"code\":100,\"msg\":\"未加入群组\",\"data\":null}");
    assert_code(ONE("EVALSHA", ":1\r\n"), r, 500, "");
    assert_code(ONE("EVALSHA", ":1\r\n"), request_to("/group/online", ""), 400, "groupId");
    assert_code(ONE("EVALSHA", ":1\r\n"), request_to("/group/online", "groupId=a/b"), 400,
                "groupId");
}

/* An answer that is lost leaves open whether it was done: asked again, these would be refused, or
 * done twice. */
static void
what_is_no_repetition_is_never_asked_twice(void **state)
{
    const struct fake_step steps[] = {
        {"EVALSHA", "*2\r\n$1\r\n0\r\n*0\r\n", false}, {"EVALSHA", "", true}, {NULL, NULL, false}};
    struct request first = request_to("/user/listGroup", "");
    struct request requests[] = {
        request_to("/user/joinGroup", "groupId=g"), request_to("/user/leaveGroup", "groupId=g"),
        request_to("/user/logout", ""), request_to("/group/delMessage", "groupId=g&ts=5"),
        request_to("/group/sendMessage", "groupId=g&info=x")};

    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct response response;
        struct fake_redis f;
        struct api api;

        fake_redis_start(&f, steps);
        api = api_of(&f);
        response_init(&response);
        handle(&api, &first, &response);
        response_fini(&response);
        response_init(&response);
        handle(&api, &requests[i], &response);
        assert_int_equal(response.status, 503);
        response_fini(&response);
        api_end(&api);
        assert_int_equal(fake_redis_stop(&f), 1);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(join_group_is_done_or_refused),
        cmocka_unit_test(list_group_is_sorted_and_without_what_is_no_id),
        cmocka_unit_test(list_group_goes_on_piece_by_piece_and_shows_each_once),
        cmocka_unit_test(history_is_recoded_and_without_what_is_no_message),
        cmocka_unit_test(a_stranger_of_a_group_for_members_alone_is_refused),
        cmocka_unit_test(history_before_a_message_is_null_where_there_is_no_such_message),
        cmocka_unit_test(list_message_goes_by_position_wherever_one_is_given),
        cmocka_unit_test(history_count_is_cut_and_never_negative),
        cmocka_unit_test(history_goes_on_piece_by_piece),
        cmocka_unit_test(history_ends_if_a_further_piece_cannot_be_had),
        cmocka_unit_test(history_is_cut_at_4_mib_but_not_to_nothing),
        cmocka_unit_test(recall_is_done_too_late_or_of_nothing),
        cmocka_unit_test(logout_is_done_for_the_login_that_the_token_names),
        cmocka_unit_test(leave_group_is_done_or_refused),
        cmocka_unit_test(read_needs_a_group_and_a_time),
        cmocka_unit_test(online_is_a_number_and_users_if_they_are_told),
        cmocka_unit_test(what_is_no_repetition_is_never_asked_twice),
        cmocka_unit_test(send_gives_the_ts_of_the_message_or_of_its_first_send),
        cmocka_unit_test(send_against_a_rule_says_which_and_how_long_to_wait),
        cmocka_unit_test(send_names_the_parameter_that_is_wrong),
    };

    return cmocka_run_group_tests_name("endpoints", tests, NULL, NULL);
}
