/* test_answer.c - what one client of fastim.v2 is told, to the byte. */
#include "push-daemon/v2/answer.h"

#include "push-daemon/client/v2_state.h"
#include "push-daemon/frames/form.h"
#include "tests/unit/push-daemon/a_crowd.h"

static struct a_crowd t;

static void
on_leave(struct session *s)
{
    (void)s;
}

static const struct session_kind kind = {.name = "kind", .form = &form_v2, .on_leave = on_leave};

static int
setup(void **state)
{
    struct ws_request request = a_v2_request("g", "-", "");

    (void)state;
    a_crowd_make(&t);
    t.s[0] = sessions_open(t.sessions, &t.ws[0], &request, &kind, NULL);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    a_crowd_free(&t);
    return 0;
}

static void
an_error_has_code_and_reason(void **state)
{
    (void)state;
    answer_error(t.s[0], BYTES(""), V2_TYPE, 0);
    answer_error(t.s[0], BYTES("k3f9"), V2_SLOW, 4200);
    answer_error(t.s[0], str_make(NULL, 0), V2_REDIS, 1000);
    answer_error(t.s[0], BYTES("a\"b"), V2_TOO_LARGE, 0);
    assert_frames(&t.ws[0],
                  "{\"type\":\"error\",\"code\":400,\"reason\":\"type\"}|"
                  "{\"type\":\"error\",\"id\":\"k3f9\",\"code\":429,\"reason\":\"slow\","
                  "\"retryAfter\":4200}|"
                  "{\"type\":\"error\",\"code\":503,\"reason\":\"redis\",\"retryAfter\":1000}|"
                  "{\"type\":\"error\",\"id\":\"a\\\"b\",\"code\":413,\"reason\":\"info\"}");
    assert_int_equal(t.env.metrics.errors[V2_SLOW], 1);
    assert_int_equal(t.env.metrics.errors[V2_TYPE], 1);
}

static void
a_refusal_by_the_site_has_its_word(void **state)
{
    (void)state;
    answer_refusal(t.s[0], BYTES("k"), BYTES("bad_taste"));
    assert_frames(&t.ws[0], "{\"type\":\"error\",\"id\":\"k\",\"code\":403,"
                            "\"reason\":\"bad_taste\"}");
    assert_int_equal(t.env.metrics.errors[V2_REVIEW], 1);
}

static void
an_ack_is_for_a_frame_with_an_id(void **state)
{
    struct text frames;

    (void)state;
    text_init(&frames);
    answer_add_ack(t.s[0], &frames, BYTES("k3f9"), INT64_C(1648368380132));
    answer_frames(t.s[0], text_str(&frames));
    text_fini(&frames);
    answer_ack(t.s[0], BYTES("r1"));
    answer_ack(t.s[0], BYTES(""));
    assert_frames(&t.ws[0], "{\"type\":\"ack\",\"id\":\"k3f9\",\"ts\":1648368380132}|"
                            "{\"type\":\"ack\",\"id\":\"r1\"}");
    assert_int_equal(t.env.metrics.acks, 2);
}

static void
small_answers_have_their_form(void **state)
{
    (void)state;
    answer_pong(t.s[0]);
    answer_reconnect(t.s[0], 8000);
    answer_you(t.s[0]);
    t.s[0]->v2->expires_ms = INT64_C(1648368380132);
    answer_you(t.s[0]);
    answer_json(t.s[0], BYTES("{}"));
    assert_frames(&t.ws[0], "{\"type\":\"pong\"}|{\"type\":\"reconnect\",\"after\":8000}|"
                            "{\"type\":\"you\",\"you\":{\"role\":\"\",\"muted\":0,\"expires\":0}}|"
                            "{\"type\":\"you\",\"you\":{\"role\":\"\",\"muted\":0,"
                            "\"expires\":1648368380132}}|{}");
}

/* Of each reason a script may give, and no other. */
static void
reasons_of_scripts_are_told_from_mistakes(void **state)
{
    static const struct {
        const char *reason;
        enum v2_error error;
    } rows[] = {
        {"banned", V2_BANNED},   {"muted", V2_MUTED},         {"quiet", V2_QUIET},
        {"words", V2_WORDS},     {"slow", V2_SLOW},           {"room", V2_ROOM},
        {"member", V2_MEMBER},   {"frame", V2_ERROR__MAX},    {"", V2_ERROR__MAX},
        {"Slow", V2_ERROR__MAX}, {"nonsense", V2_ERROR__MAX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(v2_error_of(str_of(rows[i].reason)), rows[i].error);
    }
    for (int i = 0; i < V2_ERROR__MAX; i++) {
        assert_in_range(v2_error_code((enum v2_error)i), 400, 503);
        assert_string_not_equal(v2_error_reason((enum v2_error)i), "");
    }
}

static void
who_is_closing_is_told_nothing(void **state)
{
    (void)state;
    session_close(t.s[0], CLOSE_STOPPING);
    text_clear(&t.ws[0].sent);
    answer_pong(t.s[0]);
    answer_error(t.s[0], BYTES("k"), V2_REDIS, 0);
    assert_frames(&t.ws[0], "");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_error_has_code_and_reason),
        TEST(a_refusal_by_the_site_has_its_word),
        TEST(an_ack_is_for_a_frame_with_an_id),
        TEST(small_answers_have_their_form),
        TEST(reasons_of_scripts_are_told_from_mistakes),
        TEST(who_is_closing_is_told_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
