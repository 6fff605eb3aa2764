/* peers.h - the other ends of connections to Redis: socketpairs, held by the test.
 *
 * It stands before hiredis' functions that connect, so lib/redis/resp.c is the real one. Include it
 * with fake_loop.h. peer_connected() and peer_answer() are turns of that loop. */
#ifndef TESTS_UNIT_PUSHD_REDIS_PEERS_H
#define TESTS_UNIT_PUSHD_REDIS_PEERS_H

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/push-daemon/fake_loop.h"

enum {
    PEERS_MAX = 32
};

struct peer {
    char where[64]; /* ADDRESS:PORT, or the path of the socket */
    int fd;         /* -1: hung up */
    int theirs;     /* of the code under test */
    struct text commands;
};

static struct peer peers[PEERS_MAX];
static int peer_count;         /* connections so far */
static bool peers_unreachable; /* connecting fails at once */

/* ---- before hiredis ---- */

static inline redisContext *
peers_add(const char *where)
{
    redisContext *c;
    struct peer *p = &peers[peer_count];
    int fds[2];

    if (peers_unreachable) {
        return NULL;
    }
    assert_in_range(peer_count++, 0, PEERS_MAX - 1);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    snprintf(p->where, sizeof(p->where), "%s", where);
    p->fd = fds[0];
    p->theirs = fds[1];
    c = redisConnectFd(fds[1]);
    assert_non_null(c);
    c->flags &= ~REDIS_BLOCK;
    return c;
}

redisContext *
redisConnectNonBlock(const char *ip, int port)
{
    char where[64];

    snprintf(where, sizeof(where), "%s:%d", ip, port);
    return peers_add(where);
}

redisContext *
redisConnectUnixNonBlock(const char *path)
{
    return peers_add(path);
}

int
redisEnableKeepAlive(redisContext *c)
{
    (void)c;
    return REDIS_OK;
}

/* ---- for the test ---- */

static inline struct peer *
peer_last(void)
{
    assert_true(peer_count > 0);
    return &peers[peer_count - 1];
}

/* The question for the encoding is a whole script: its name stands for it. */
static inline void
peer_shorten(struct text *commands, size_t from)
{
    if (strncmp(commands->bytes + from, "EVAL ", 5) == 0 &&
        strstr(commands->bytes + from, " 1 fim:encoding plain ") != NULL) {
        commands->len = from;
        text_add_str(commands, "ENCODING");
    }
}

/* All that has come since the last call: words with spaces between them, commands with | behind
 * each. */
static inline const char *
peer_commands(struct peer *p)
{
    char in[65536], *at = in;
    ssize_t n = recv(p->fd, in, sizeof(in) - 1, 0);
    int words, length, used;

    text_clear(&p->commands);
    in[n > 0 ? n : 0] = '\0';
    while (*at != '\0') {
        size_t from = p->commands.len;

        assert_int_equal(sscanf(at, "*%d\r\n%n", &words, &used), 1);
        at += used;
        for (int i = 0; i < words; i++) {
            assert_int_equal(sscanf(at, "$%d%n", &length, &used), 1);
            at += used + 2;
            text_add_str(&p->commands, i > 0 ? " " : "");
            text_add(&p->commands, at, (size_t)length);
            at += length + 2;
        }
        peer_shorten(&p->commands, from);
        text_add_str(&p->commands, "|");
    }
    text_add(&p->commands, "", 1);
    return p->commands.bytes;
}

static inline void
peer_connected(struct loop *loop, struct peer *p)
{
    assert_true(fake_loop_ready(loop, p->theirs, false, true));
}

static inline void
peer_answer(struct loop *loop, struct peer *p, const char *wire)
{
    assert_int_equal(send(p->fd, wire, strlen(wire), 0), (ssize_t)strlen(wire));
    assert_true(fake_loop_ready(loop, p->theirs, true, false));
}

static inline void
peer_hang_up(struct loop *loop, struct peer *p)
{
    close(p->fd);
    p->fd = -1;
    assert_true(fake_loop_ready(loop, p->theirs, true, true));
}

/* True: the code under test has closed its end. What had come is skipped. */
static inline bool
peer_is_left(const struct peer *p)
{
    char skipped[4096];
    ssize_t n;

    while ((n = recv(p->fd, skipped, sizeof(skipped), 0)) > 0) {
    }
    return n == 0;
}

/* Between tests. */
static inline void
peers_forget(void)
{
    for (int i = 0; i < peer_count; i++) {
        if (peers[i].fd >= 0) {
            close(peers[i].fd);
        }
        text_fini(&peers[i].commands);
    }
    memset(peers, 0, sizeof(peers));
    peer_count = 0;
    peers_unreachable = false;
}

#endif
