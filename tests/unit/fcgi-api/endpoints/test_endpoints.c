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
        ONE("EVALSHA",
            "*6\r\n$1\r\nb\r\n$2\r\n10\r\n$1\r\n9\r\n$1\r\n1\r\n$3\r\na/b\r\n$1\r\n\"\r\n"),
        r, "{\"code\":200,\"msg\":\"操作成功\",\"data\":[\"\\\"\",\"1\",\"10\",\"9\",\"b\"]}");
    assert_answer(ONE("EVALSHA", "*0\r\n"), r, "{\"code\":200,\"msg\":\"操作成功\",\"data\":[]}");
}

static void
history_is_recoded_and_without_what_is_no_message(void **state)
{
    struct request r = request_to("/group/listMessage", "groupId=g&startPage=0&endPage=-1");
    static const char answer[] =
        "*3\r\n$38\r\n{\"ts\":1,\"x\":0,\"userId\":7,\"info\":\"a\\\"\"}\r\n"
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
    assert_answer(ONE("EVALSHA", "*0\r\n"), request_to("/group/listOldMessage", form),
                  "{\"code\":200,\"msg\":\"获取成功\",\"data\":[]}");
    assert_answer(ONE("EVALSHA", "*0\r\n"), request_to("/group/listMessage", form),
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
history_count_is_bounded(void **state)
{
    (void)state;
    assert_code(ONE("EVALSHA", ":1\r\n"),
                request_to("/group/listOldMessage", "groupId=g&userId=u&ts=5&count=10001"), 400,
                "count");
    assert_code(ONE("EVALSHA", "*0\r\n"),
                request_to("/group/listOldMessage", "groupId=g&userId=u&ts=5&count=10000"), 200,
                "");
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

/* An answer that is lost leaves open whether it was done: asked again, these two would be
 * refused. */
static void
join_and_recall_are_never_asked_twice(void **state)
{
    const struct fake_step steps[] = {
        {"EVALSHA", "*0\r\n", false}, {"EVALSHA", "", true}, {NULL, NULL, false}};
    struct request first = request_to("/user/listGroup", "");
    struct request requests[] = {request_to("/user/joinGroup", "groupId=g"),
                                 request_to("/group/delMessage", "groupId=g&ts=5")};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
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
        cmocka_unit_test(history_is_recoded_and_without_what_is_no_message),
        cmocka_unit_test(a_stranger_of_a_group_for_members_alone_is_refused),
        cmocka_unit_test(history_before_a_message_is_null_where_there_is_no_such_message),
        cmocka_unit_test(list_message_goes_by_position_wherever_one_is_given),
        cmocka_unit_test(history_count_is_bounded),
        cmocka_unit_test(recall_is_done_too_late_or_of_nothing),
        cmocka_unit_test(join_and_recall_are_never_asked_twice),
    };

    return cmocka_run_group_tests_name("endpoints", tests, NULL, NULL);
}
