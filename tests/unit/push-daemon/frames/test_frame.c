/* test_frame.c - the frames that a WebSocket server sends (RFC 6455, section 5). */
#include "push-daemon/frames/frame.h"

#include "tests/unit/unit.h"

static void
frame_head_uses_the_shortest_length(void **state)
{
    static const struct {
        size_t payload;
        struct str head;
    } cases[] = {
        {0, {"\x81\x00", 2}},
        {125, {"\x81\x7d", 2}},
        {126, {"\x81\x7e\x00\x7e", 4}},
        {65535, {"\x81\x7e\xff\xff", 4}},
        {65536, {"\x81\x7f\0\0\0\0\0\1\0\0", 10}},
        {0x123456789a, {"\x81\x7f\0\0\0\x12\x34\x56\x78\x9a", 10}},
    };
    unsigned char head[FRAME_HEAD_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t length = frame_text_head(head, cases[i].payload);

        assert_bytes(str_make((char *)head, length), cases[i].head);
    }
}

static void
frame_close_carries_its_code_and_reason(void **state)
{
    unsigned char frame[FRAME_CLOSE_MAX];
    char longest[200] = "";
    size_t length;

    (void)state;
    length = frame_close(frame, 1013, "later");
    assert_bytes(str_make((char *)frame, length), BYTES("\x88\x07\x03\xf5later"));
    assert_int_equal(frame_close(frame, 1000, ""), 4);
    memset(longest, 'x', sizeof(longest) - 1);
    assert_int_equal(frame_close(frame, 1000, longest), FRAME_CLOSE_MAX);
    assert_int_equal(frame[1], 125);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frame_head_uses_the_shortest_length),
        cmocka_unit_test(frame_close_carries_its_code_and_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
