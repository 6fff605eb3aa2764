/* test_server.c - the WebSocket server: how many come in, and its end. */
#include "push-daemon/net/server.h"

#include "tests/unit/push-daemon/net/a_server.h"

static void
it_answers_503_if_all_sockets_are_taken(void **state)
{
    int fds[SOCKETS + 1];
    char in[64] = "";

    (void)state;
    for (int i = 0; i < SOCKETS; i++) {
        open_one();
        fds[i] = s.client;
        s.client = -1;
    }
    fds[SOCKETS] = connect_one();
    assert_true(hear(fds[SOCKETS], in, 30) > 12);
    assert_int_equal(atoi(in + 9), 503);
    for (int i = 0; i <= SOCKETS; i++) {
        close(fds[i]);
    }
    for (int i = 0; i < 20; i++) {
        loop_turn(s.loop);
    }
    memset(s.log, 0, sizeof(s.log));
    open_one(); /* there is room again */
}

/* The oldest of those that have asked for nothing yet makes room. */
static void
a_silent_socket_keeps_nobody_out(void **state)
{
    int fds[SOCKETS];
    char x;

    (void)state;
    for (int i = 0; i < SOCKETS; i++) {
        fds[i] = connect_one();
        for (int turn = 0; turn < 10; turn++) {
            loop_turn(s.loop);
        }
        assert_int_equal(s.metrics.handshakes_waiting, i + 1);
    }
    open_one();
    assert_int_equal(s.metrics.handshakes_waiting, SOCKETS - 1);
    assert_int_equal(s.metrics.handshakes_cut, 1);
    assert_int_equal(hear(fds[0], &x, 1), 0);
    assert_int_equal(recv(fds[1], &x, 1, 0), -1);
    for (int i = 0; i < SOCKETS; i++) {
        close(fds[i]);
    }
    for (int turn = 0; turn < 20; turn++) {
        loop_turn(s.loop);
    }
    assert_int_equal(s.metrics.handshakes_waiting, 0);
    assert_int_equal(s.metrics.handshakes_cut, 1);
}

static void
destroying_the_server_closes_what_is_open(void **state)
{
    char x;

    (void)state;
    open_one();
    ws_server_destroy(s.server);
    s.server = NULL;
    assert_string_equal(s.log, "c");
    assert_int_equal(hear(s.client, &x, 1), 0);
}

static void
it_can_stop_listening_and_go_on(void **state)
{
    int fd, error = 0;
    socklen_t length = sizeof(error);

    (void)state;
    open_one();
    ws_server_stop_listening(s.server);
    fd = connect_one();
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
    close(fd);
    say_frame(0x81, "hi", 2);
    assert_log("a");
}

static void
an_address_in_use_is_no_server(void **state)
{
    (void)state;
    assert_null(ws_server_create(&s.env, &handlers));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(it_answers_503_if_all_sockets_are_taken),
        TEST(a_silent_socket_keeps_nobody_out),
        TEST(destroying_the_server_closes_what_is_open),
        TEST(it_can_stop_listening_and_go_on),
        TEST(an_address_in_use_is_no_server),
    };

    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
