/* test_conn.c - a connection to Redis: coming up, commands and replies, going down, coming back. */
#include "push-daemon/redis/conn.h"

#include <sys/mman.h>

#include "lib/redis/commands.h"
#include "push-daemon/redis/discovery.h"
#include "tests/unit/push-daemon/a_config.h"
#include "tests/unit/push-daemon/fake_loop.h"
#include "tests/unit/push-daemon/redis/peers.h"

struct scene {
    struct config config;
    struct loop *loop;
    struct conn *conn;
    char log[512]; /* a word for each thing that happened, with a blank behind it */
    bool drops;    /* on_reply gives the connection up */
    bool sends;    /* on_up sends a command */
};

/* ---- a fake discovery: it says what the test says ---- */

struct discovery {
    discovery_fn *fn;
    void *arg;
    bool searching;
};

static struct discovery discovery;
static bool has_no_address;

struct discovery *
discovery_create(struct loop *loop, const struct config *config, discovery_fn *fn, void *arg)
{
    (void)loop;
    (void)config;
    discovery = (struct discovery){fn, arg, false};
    return has_no_address ? NULL : &discovery;
}

void
discovery_destroy(struct discovery *d)
{
    (void)d;
}

void
discovery_begin(struct discovery *d)
{
    d->searching = true;
}

void
discovery_rest(struct discovery *d)
{
    d->searching = false;
}

static void
found(struct scene *s, const char *address)
{
    struct redis_addr addr = {.redis = s->config.redis};

    addr.redis.socket = "";
    strcpy(addr.address, address);
    discovery.fn(discovery.arg, &addr);
}

/* ---- the scene ---- */

static void
note(struct scene *s, const char *word, const struct reply *reply)
{
    size_t have = strlen(s->log);
    struct str text = reply_text(reply);

    snprintf(s->log + have, sizeof(s->log) - have, "%s%.*s ", word, (int)text.len, text.p);
}

#define assert_log(s, wanted)                                                                      \
    do {                                                                                           \
        assert_string_equal((s)->log, wanted);                                                     \
        (s)->log[0] = '\0';                                                                        \
    } while (0)

static void
send_words(struct conn *conn, const char *words, reply_fn *fn, void *arg, bool script)
{
    struct argv argv;
    char copy[256], *rest = copy, *word;

    argv_init(&argv);
    snprintf(copy, sizeof(copy), "%s", words);
    while ((word = strsep(&rest, " ")) != NULL) {
        argv_add_str(&argv, word);
    }
    (script ? conn_send_script : conn_send)(conn, &argv, fn, arg);
    argv_fini(&argv);
}

static void
on_reply(void *arg, const struct reply *reply)
{
    struct scene *s = arg;

    note(s, reply_type(reply) == REPLY_LOST ? "lost" : "reply:", reply);
    if (s->drops) {
        conn_drop(s->conn, "the test says so");
    }
}

static void
on_up(void *ctx)
{
    struct scene *s = ctx;

    note(s, "up", NULL);
    assert_true(conn_is_up(s->conn));
    if (s->sends) {
        send_words(s->conn, "GET first", on_reply, s, false);
    }
}

static void
on_down(void *ctx)
{
    note(ctx, "down", NULL);
}

static void
on_moved(void *ctx, const struct redis_addr *addr)
{
    note(ctx, addr->address, NULL);
}

static void
on_push(void *ctx, const struct reply *reply)
{
    note(ctx, "push:", reply);
}

static const struct conn_events events = {on_up, on_down, on_moved, NULL};
static const struct conn_events subscription_events = {on_up, on_down, on_moved, on_push};

/* As the daemon does at the end of each turn. */
static void
flush(void *arg)
{
    struct scene *s = arg;

    conn_flush(s->conn);
}

static int
set_up(void **state)
{
    static struct scene s;

    memset(&s, 0, sizeof(s));
    has_no_address = false;
    a_config_make(&s.config);
    s.loop = loop_create();
    s.conn = conn_create(s.loop, &s.config, "test", &events, &s);
    loop_on_turn_end(s.loop, flush, &s);
    *state = &s;
    return 0;
}

static int
tear_down(void **state)
{
    struct scene *s = *state;

    conn_destroy(s->conn);
    loop_destroy(s->loop);
    a_config_free(&s->config);
    peers_forget();
    return 0;
}

static void
use_subscription(struct scene *s)
{
    conn_destroy(s->conn);
    s->conn = conn_create(s->loop, &s->config, "test", &subscription_events, s);
}

/* From the start, or from the begin of a retry, to a socket that is connected. */
static void
connect_to(struct scene *s, const char *address)
{
    assert_true(discovery.searching);
    found(s, address);
    peer_connected(s->loop, peer_last());
}

static void
bring_up(struct scene *s)
{
    conn_start(s->conn);
    fake_loop_advance(s->loop, 1000);
    connect_to(s, "10.0.0.1");
    assert_string_equal(peer_commands(peer_last()), "ENCODING|PING|");
    peer_answer(s->loop, peer_last(), "+ok\r\n+PONG\r\n");
    assert_true(conn_is_up(s->conn));
    assert_log(s, "up ");
}

static void
command(struct scene *s, const char *words)
{
    send_words(s->conn, words, on_reply, s, false);
}

/* ---- coming up ---- */

static void
it_connects_greets_and_is_up(void **state)
{
    struct scene *s = *state;

    assert_false(discovery.searching);
    conn_start(s->conn);
    assert_false(discovery.searching);
    fake_loop_advance(s->loop, 0);
    assert_true(discovery.searching);
    found(s, "10.0.0.1");
    assert_string_equal(peer_last()->where, "10.0.0.1:6379");
    fake_loop_advance(s->loop, 10);
    assert_string_equal(peer_commands(peer_last()), ""); /* it is not connected yet */
    peer_connected(s->loop, peer_last());
    assert_string_equal(peer_commands(peer_last()), "ENCODING|PING|");
    assert_false(fake_loop_watch(s->loop, peer_last()->theirs)->write);
    assert_false(conn_is_up(s->conn));
    assert_int_equal(conn_in_flight(s->conn), 2);
    peer_answer(s->loop, peer_last(), "+ok\r\n+PONG\r\n");
    assert_log(s, "up ");
    assert_int_equal(conn_in_flight(s->conn), 0);
}

static void
the_greeting_is_as_the_settings_say(void **state)
{
    struct scene *s = *state;

    a_config_set(&s->config, "redis.password", "secret");
    a_config_set(&s->config, "redis.database", "3");
    a_config_set(&s->config, "redis.sentinels", "10.0.0.7:26379");
    conn_start(s->conn);
    fake_loop_advance(s->loop, 0);
    connect_to(s, "10.0.0.1");
    assert_string_equal(peer_commands(peer_last()), "AUTH secret|SELECT 3|ROLE|ENCODING|PING|");
    peer_answer(s->loop, peer_last(), "+OK\r\n+OK\r\n*1\r\n$6\r\nmaster\r\n");
    assert_log(s, "");
    peer_answer(s->loop, peer_last(), "+ok\r\n+PONG\r\n");
    assert_log(s, "up ");
}

static void
a_refused_connection_is_down(void **state)
{
    static const char *const answers[] = {
        "-NOAUTH Authentication required.\r\n+OK\r\n*1\r\n$6\r\nmaster\r\n+ok\r\n+PONG\r\n",
        "+OK\r\n-ERR DB index is out of range\r\n*1\r\n$6\r\nmaster\r\n+ok\r\n+PONG\r\n",
        "+OK\r\n+OK\r\n-NOPERM\r\n+ok\r\n+PONG\r\n",
        "+OK\r\n+OK\r\n*1\r\n$5\r\nslave\r\n+ok\r\n+PONG\r\n",
        "+OK\r\n+OK\r\n*0\r\n+ok\r\n+PONG\r\n",
        "+OK\r\n+OK\r\n+OK\r\n+ok\r\n+PONG\r\n",
        "+OK\r\n+OK\r\n*1\r\n$6\r\nmaster\r\n+ok\r\n-LOADING the dataset\r\n",
        "+OK\r\n+OK\r\n*1\r\n$6\r\nmaster\r\n-NOPERM\r\n+PONG\r\n",
        "+OK\r\n+OK\r\n*1\r\n$6\r\nmaster\r\n$4\r\njava\r\n+PONG\r\n",
    };
    struct scene *s = *state;

    a_config_set(&s->config, "redis.password", "secret");
    a_config_set(&s->config, "redis.database", "3");
    a_config_set(&s->config, "redis.sentinels", "10.0.0.7:26379");
    conn_start(s->conn);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        fake_loop_advance(s->loop, 1000);
        connect_to(s, "10.0.0.1");
        peer_answer(s->loop, peer_last(), answers[i]);
        assert_false(conn_is_up(s->conn));
        assert_true(peer_is_left(peer_last()));
        assert_int_equal(conn_in_flight(s->conn), 0);
        assert_log(s, "");
    }
}

/* The peer closes while bytes to it wait: that is an error of the socket. */
static void
it_tries_again_if_connecting_fails(void **state)
{
    struct scene *s = *state;

    conn_start(s->conn);
    fake_loop_advance(s->loop, 0);
    found(s, "10.0.0.1");
    assert_int_equal(send(peer_last()->theirs, "x", 1, 0), 1);
    peer_hang_up(s->loop, peer_last());
    assert_int_equal(fake_loop_watch_count(s->loop), 0);
    assert_false(discovery.searching);
    fake_loop_advance(s->loop, 1000);
    assert_true(discovery.searching);
    peers_unreachable = true;
    found(s, "10.0.0.1");
    assert_false(discovery.searching);
    fake_loop_advance(s->loop, 1000);
    assert_true(discovery.searching);
    discovery.fn(discovery.arg, NULL); /* no Sentinel knows */
    assert_false(discovery.searching);
    fake_loop_advance(s->loop, 1000);
    peers_unreachable = false;
    connect_to(s, "10.0.0.2");
    peer_answer(s->loop, peer_last(), "+ok\r\n+PONG\r\n");
    assert_log(s, "up ");
}

static void
connecting_may_take_two_seconds(void **state)
{
    struct scene *s = *state;

    conn_start(s->conn);
    fake_loop_advance(s->loop, 0);
    found(s, "10.0.0.1");
    fake_loop_advance(s->loop, 2000);
    assert_false(peer_is_left(peer_last()));
    fake_loop_advance(s->loop, 250);
    assert_true(peer_is_left(peer_last()));
    fake_loop_advance(s->loop, 1000);
    connect_to(s, "10.0.0.1"); /* greeted now, and not answered */
    fake_loop_advance(s->loop, 2250);
    assert_true(peer_is_left(peer_last()));
    assert_log(s, "");
}

static void
connecting_and_greeting_have_two_seconds_each(void **state)
{
    struct scene *s = *state;

    conn_start(s->conn);
    fake_loop_advance(s->loop, 0);
    found(s, "10.0.0.1");
    fake_loop_advance(s->loop, 1900);
    peer_connected(s->loop, peer_last());
    fake_loop_advance(s->loop, 1900);
    peer_answer(s->loop, peer_last(), "+ok\r\n+PONG\r\n");
    assert_log(s, "up ");
}

/* Of failures in a row the first is logged. */
static void
a_redis_that_is_gone_for_long_does_not_fill_the_log(void **state)
{
    struct scene *s = *state;
    int real = dup(STDERR_FILENO), log = memfd_create("log", 0);
    char lines[4096] = "";

    dup2(log, STDERR_FILENO);
    conn_start(s->conn);
    for (int i = 0; i < 3; i++) {
        fake_loop_advance(s->loop, 1000);
        connect_to(s, "10.0.0.1");
        peer_answer(s->loop, peer_last(), "-LOADING\r\n");
    }
    fake_loop_advance(s->loop, 1000);
    connect_to(s, "10.0.0.1");
    peer_answer(s->loop, peer_last(), "+ok\r\n+PONG\r\n");
    conn_drop(s->conn, "the test says so");
    dup2(real, STDERR_FILENO);
    assert_true(pread(log, lines, sizeof(lines) - 1, 0) > 0);
    assert_string_equal(lines,
                        "warn redis-refused connection=test answer=\"LOADING\"\n"
                        "warn redis-down connection=test reason=\"refused\" lost=1\n"
                        "warn redis-down connection=test reason=\"the test says so\" lost=0\n");
    close(real);
    close(log);
}

/* What to do is logged once, also if something else was wrong before. */
static void
among_values_of_another_form_it_is_never_up(void **state)
{
    struct scene *s = *state;
    int real = dup(STDERR_FILENO), log = memfd_create("log", 0);
    char lines[4096] = "";

    dup2(log, STDERR_FILENO);
    conn_start(s->conn);
    fake_loop_advance(s->loop, 0);
    connect_to(s, "10.0.0.1");
    peer_hang_up(s->loop, peer_last());
    for (int i = 0; i < 6; i++) {
        fake_loop_advance(s->loop, 1000);
        connect_to(s, "10.0.0.1");
        peer_answer(s->loop, peer_last(), i < 3 ? "+java\r\n+PONG\r\n" : "+java data\r\n");
        assert_true(peer_is_left(peer_last()));
    }
    dup2(real, STDERR_FILENO);
    assert_log(s, "");
    assert_true(pread(log, lines, sizeof(lines) - 1, 0) > 0);
    assert_string_equal(
        strchr(lines, '\n') + 1,
        "warn redis-down connection=test reason=\"the other hosts write as the Java original: set "
        "redis.encoding: java\" lost=1\n"
        "warn redis-down connection=test reason=\"data of the Java original: set redis.encoding: "
        "java\" lost=1\n");
    close(real);
    close(log);
    fake_loop_advance(s->loop, 1000);
    connect_to(s, "10.0.0.1");
    peer_answer(s->loop, peer_last(), "+ok\r\n+PONG\r\n");
    assert_log(s, "up ");
}

static void
without_an_address_there_is_no_connection(void **state)
{
    struct scene *s = *state;

    has_no_address = true;
    assert_null(conn_create(s->loop, &s->config, "test", &events, s));
}

/* ---- commands and replies ---- */

static void
commands_go_out_together_at_the_end_of_the_turn(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "GET a");
    command(s, "SET b c");
    send_words(s->conn, "DEL d", NULL, NULL, false);
    assert_string_equal(peer_commands(peer_last()), "");
    fake_loop_turn_end(s->loop);
    assert_string_equal(peer_commands(peer_last()), "GET a|SET b c|DEL d|");
    assert_int_equal(conn_in_flight(s->conn), 3);
}

static void
replies_go_to_their_commands_in_order(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "GET a");
    send_words(s->conn, "DEL d", NULL, NULL, false);
    command(s, "GET b");
    peer_answer(s->loop, peer_last(), "$1\r\nA\r\n:1\r\n$1\r\n");
    assert_log(s, "reply:A ");
    peer_answer(s->loop, peer_last(), "B\r\n");
    assert_log(s, "reply:B ");
    assert_int_equal(conn_in_flight(s->conn), 0);
}

static void
on_up_may_send(void **state)
{
    struct scene *s = *state;

    s->sends = true;
    bring_up(s);
    assert_string_equal(peer_commands(peer_last()), "GET first|");
    peer_answer(s->loop, peer_last(), "+here\r\n");
    assert_log(s, "reply:here ");
}

static void
a_script_that_is_not_there_is_sent_whole(void **state)
{
    struct scene *s = *state;
    struct argv argv;
    const char *again;

    bring_up(s);
    argv_init(&argv);
    cmd_check_login(&argv, &s->config, str_of("u"), str_of("t"));
    conn_send_script(s->conn, &argv, on_reply, s);
    argv_fini(&argv);
    command(s, "GET b");
    fake_loop_turn_end(s->loop);
    peer_commands(peer_last());
    peer_answer(s->loop, peer_last(), "-NOSCRIPT No matching script.\r\n+b\r\n");
    assert_log(s, "reply:b ");
    again = peer_commands(peer_last());
    assert_int_equal(strncmp(again, "EVAL ", 5), 0);
    assert_non_null(strstr(again, " 1 login:u t|"));
    peer_answer(s->loop, peer_last(), "-NOSCRIPT really\r\n"); /* once is enough */
    assert_log(s, "reply:NOSCRIPT really ");
    assert_string_equal(peer_commands(peer_last()), "");
}

static void
noscript_is_an_answer_to_what_is_no_script(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "EVALSHA 123 0");
    send_words(s->conn, "GET a", on_reply, s, true);
    peer_answer(s->loop, peer_last(), "-NOSCRIPT 1\r\n-NOSCRIPT 2\r\n");
    assert_log(s, "reply:NOSCRIPT 1 reply:NOSCRIPT 2 ");
}

static void
a_script_that_fails_is_not_sent_again(void **state)
{
    struct scene *s = *state;
    struct argv argv;

    bring_up(s);
    argv_init(&argv);
    cmd_check_login(&argv, &s->config, str_of("u"), str_of("t"));
    conn_send_script(s->conn, &argv, on_reply, s);
    argv_fini(&argv);
    fake_loop_turn_end(s->loop);
    peer_commands(peer_last());
    peer_answer(s->loop, peer_last(), "-ERR wrong\r\n");
    assert_log(s, "reply:ERR wrong ");
    assert_string_equal(peer_commands(peer_last()), "");
}

/* Each is read whole, whatever the socket takes at a time. */
static void
what_the_socket_does_not_take_goes_out_later(void **state)
{
    struct scene *s = *state;
    struct argv argv;
    struct text big;
    char in[65536];
    size_t have = 0;
    ssize_t n;

    bring_up(s);
    argv_init(&argv);
    text_init(&big);
    text_reserve(&big, 1000000);
    memset(big.bytes, 'x', big.len = 1000000);
    argv_add(&argv, text_str(&big));
    conn_send(s->conn, &argv, NULL, NULL);
    fake_loop_turn_end(s->loop);
    assert_true(fake_loop_watch(s->loop, peer_last()->theirs)->write);
    while ((n = recv(peer_last()->fd, in, sizeof(in), 0)) > 0 || have < 1000000) {
        have += n > 0 ? (size_t)n : 0;
        fake_loop_ready(s->loop, peer_last()->theirs, false, true);
    }
    assert_int_equal(have, strlen("*1\r\n$1000000\r\n\r\n") + 1000000);
    assert_false(fake_loop_watch(s->loop, peer_last()->theirs)->write);
    argv_fini(&argv);
    text_fini(&big);
}

/* 16 KB a read, four reads a turn. */
static void
what_comes_in_a_flood_is_read_in_several_turns(void **state)
{
    struct scene *s = *state;
    char wire[16384];
    size_t first;

    bring_up(s);
    for (int i = 0; i < 3 * 16384 * 2 / 4; i++) {
        send_words(s->conn, "X", NULL, NULL, false);
    }
    for (size_t i = 0; i < sizeof(wire); i += 4) {
        memcpy(wire + i, ":1\r\n", 4);
    }
    for (int i = 0; i < 6; i++) {
        assert_int_equal(send(peer_last()->fd, wire, sizeof(wire), 0), sizeof(wire));
    }
    assert_true(fake_loop_ready(s->loop, peer_last()->theirs, true, false));
    first = conn_in_flight(s->conn);
    assert_int_equal(first, 2 * 16384 / 4);
    assert_true(fake_loop_ready(s->loop, peer_last()->theirs, true, false));
    assert_int_equal(conn_in_flight(s->conn), 0);
    assert_true(conn_is_up(s->conn));
}

/* ---- going down ---- */

static void
each_lost_reply_is_reported_once_before_on_down(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "GET a");
    command(s, "GET b");
    send_words(s->conn, "EVALSHA x 0", on_reply, s, true);
    send_words(s->conn, "GET c", NULL, NULL, false);
    peer_answer(s->loop, peer_last(), "+A\r\n");
    assert_log(s, "reply:A ");
    peer_hang_up(s->loop, peer_last());
    assert_log(s, "lost lost down ");
    assert_false(conn_is_up(s->conn));
    conn_drop(s->conn, "again");
    fake_loop_advance(s->loop, 1000);
    assert_log(s, "");
}

static void
what_came_before_the_end_is_read(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "GET a");
    command(s, "GET b");
    fake_loop_turn_end(s->loop);
    peer_commands(peer_last());
    assert_int_equal(send(peer_last()->fd, "+A\r\n", 4, 0), 4);
    peer_hang_up(s->loop, peer_last());
    if (conn_is_up(s->conn)) { /* the end may come with the next read */
        fake_loop_ready(s->loop, peer_last()->theirs, true, true);
    }
    assert_log(s, "reply:A lost down ");
}

static void
a_reply_that_does_not_come_in_two_seconds_is_lost(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "GET a");
    fake_loop_advance(s->loop, 1000);
    command(s, "GET b");
    fake_loop_advance(s->loop, 900);
    peer_answer(s->loop, peer_last(), "+A\r\n");
    fake_loop_advance(s->loop, 1100);
    assert_log(s, "reply:A ");
    fake_loop_advance(s->loop, 250);
    assert_log(s, "lost down ");
    assert_true(peer_is_left(peer_last()));
}

static void
an_idle_connection_stays(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    fake_loop_advance(s->loop, 60000);
    assert_true(conn_is_up(s->conn));
}

static void
dropped_by_a_reply_it_reads_no_more(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "GET a");
    command(s, "GET b");
    s->drops = true;
    peer_answer(s->loop, peer_last(), "+A\r\n+B\r\n");
    assert_log(s, "reply:A lost down ");
}

static void
dropped_between_the_turns_it_is_down_at_once(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "GET a");
    conn_drop(s->conn, "the test says so");
    assert_log(s, "lost down ");
    assert_true(peer_is_left(peer_last()));
}

static void
a_reply_that_nobody_asked_for_is_the_end(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    peer_answer(s->loop, peer_last(), "+surprise\r\n");
    assert_log(s, "down ");
}

static void
bytes_that_are_not_resp_are_the_end(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "GET a");
    peer_answer(s->loop, peer_last(), "HTTP/1.1 200 OK\r\n");
    assert_log(s, "lost down ");
}

static void
readonly_is_the_end_if_there_are_sentinels(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "SET a b");
    peer_answer(s->loop, peer_last(), "-READONLY You can't write\r\n");
    assert_true(conn_is_up(s->conn));
    s->log[0] = '\0';
    a_config_set(&s->config, "redis.sentinels", "10.0.0.7:26379");
    command(s, "SET a b");
    peer_answer(s->loop, peer_last(), "-READONLY again\r\n");
    assert_log(s, "reply:READONLY again down ");
}

static void
destroying_reports_nothing(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "GET a");
    send_words(s->conn, "EVALSHA x 0", on_reply, s, true);
    conn_destroy(s->conn);
    s->conn = NULL;
    assert_true(peer_is_left(peer_last()));
    assert_log(s, "");
}

/* ---- coming back ---- */

static int64_t
wait_until_searching(struct scene *s)
{
    int64_t from = loop_now_ms(s->loop);

    while (!discovery.searching && loop_now_ms(s->loop) < from + 5000) {
        fake_loop_advance(s->loop, 1);
    }
    return loop_now_ms(s->loop) - from;
}

static void
it_waits_longer_each_time_until_it_was_up(void **state)
{
    static const int64_t least[] = {50, 100, 200, 400, 500, 500};
    static const int64_t most[] = {100, 200, 400, 800, 1000, 1000};
    struct scene *s = *state;

    for (int round = 0; round < 2; round++) {
        bring_up(s);
        peer_hang_up(s->loop, peer_last());
        assert_log(s, "down ");
        for (int i = 0; i < 6; i++) {
            assert_in_range(wait_until_searching(s), least[i], most[i]);
            connect_to(s, "10.0.0.1");
            peer_hang_up(s->loop, peer_last());
        }
        wait_until_searching(s);
    }
}

static void
after_a_reconnect_nothing_is_sent_again(void **state)
{
    struct scene *s = *state;

    bring_up(s);
    command(s, "GET a");
    fake_loop_turn_end(s->loop);
    peer_hang_up(s->loop, peer_last());
    assert_log(s, "lost down ");
    fake_loop_advance(s->loop, 1000);
    connect_to(s, "10.0.0.1");
    assert_string_equal(peer_commands(peer_last()), "ENCODING|PING|");
    peer_answer(s->loop, peer_last(), "+ok\r\n+PONG\r\n");
    command(s, "GET b");
    peer_answer(s->loop, peer_last(), "+B\r\n");
    assert_log(s, "up reply:B ");
}

static void
another_master_is_reported_to_the_owner(void **state)
{
    struct redis_addr here = {.address = "10.0.0.1"}, there = {.address = "10.0.0.2"};
    struct scene *s = *state;

    here.redis.port = there.redis.port = 6379;
    bring_up(s);
    assert_true(conn_is_at(s->conn, &here));
    found(s, "10.0.0.2");
    assert_log(s, "10.0.0.2 ");
    assert_true(conn_is_up(s->conn));
    assert_false(conn_is_at(s->conn, &there));
    conn_drop(s->conn, "moved");
    assert_true(conn_is_at(s->conn, &here)); /* it was */
    assert_log(s, "down ");
    fake_loop_advance(s->loop, 1000);
    connect_to(s, "10.0.0.2");
    assert_true(conn_is_at(s->conn, &there));
    assert_string_equal(peer_last()->where, "10.0.0.2:6379");
}

/* ---- a subscription ---- */

static void
all_that_comes_to_a_subscription_is_a_push(void **state)
{
    struct scene *s = *state;

    use_subscription(s);
    bring_up(s);
    command(s, "SUBSCRIBE a");
    fake_loop_turn_end(s->loop);
    assert_string_equal(peer_commands(peer_last()), "SUBSCRIBE a|");
    assert_int_equal(conn_in_flight(s->conn), 0);
    peer_answer(s->loop, peer_last(), "+one\r\n+two\r\n");
    assert_log(s, "push:one push:two ");
    fake_loop_advance(s->loop, 60000); /* silence is no fault of its */
    assert_true(conn_is_up(s->conn));
    peer_hang_up(s->loop, peer_last());
    assert_log(s, "down ");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(it_connects_greets_and_is_up),
        TEST(the_greeting_is_as_the_settings_say),
        TEST(a_refused_connection_is_down),
        TEST(it_tries_again_if_connecting_fails),
        TEST(connecting_may_take_two_seconds),
        TEST(connecting_and_greeting_have_two_seconds_each),
        TEST(a_redis_that_is_gone_for_long_does_not_fill_the_log),
        TEST(among_values_of_another_form_it_is_never_up),
        TEST(without_an_address_there_is_no_connection),
        TEST(commands_go_out_together_at_the_end_of_the_turn),
        TEST(replies_go_to_their_commands_in_order),
        TEST(on_up_may_send),
        TEST(a_script_that_is_not_there_is_sent_whole),
        TEST(noscript_is_an_answer_to_what_is_no_script),
        TEST(a_script_that_fails_is_not_sent_again),
        TEST(what_the_socket_does_not_take_goes_out_later),
        TEST(what_comes_in_a_flood_is_read_in_several_turns),
        TEST(each_lost_reply_is_reported_once_before_on_down),
        TEST(what_came_before_the_end_is_read),
        TEST(a_reply_that_does_not_come_in_two_seconds_is_lost),
        TEST(an_idle_connection_stays),
        TEST(dropped_by_a_reply_it_reads_no_more),
        TEST(dropped_between_the_turns_it_is_down_at_once),
        TEST(a_reply_that_nobody_asked_for_is_the_end),
        TEST(bytes_that_are_not_resp_are_the_end),
        TEST(readonly_is_the_end_if_there_are_sentinels),
        TEST(destroying_reports_nothing),
        TEST(it_waits_longer_each_time_until_it_was_up),
        TEST(after_a_reconnect_nothing_is_sent_again),
        TEST(another_master_is_reported_to_the_owner),
        TEST(all_that_comes_to_a_subscription_is_a_push),
    };

    return cmocka_run_group_tests_name("conn", tests, NULL, NULL);
}
