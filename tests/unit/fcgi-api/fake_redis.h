/* fake_redis.h - a Redis that awaits certain commands, and answers each as the test says.
 *
 * The question of each new connection, in which form all programs write, or whether it is a node of
 * a cluster, is answered by itself: a step need await it ("ENCODING", "READWRITE") only for another
 * answer.
 *
 * It listens on a unix socket of its own, in a thread. A command that is not the one awaited is
 * noted in `surprise`. fake_redis_stop() fails the test then, or if steps are left over. */
#ifndef TESTS_UNIT_API_FAKE_REDIS_H
#define TESTS_UNIT_API_FAKE_REDIS_H

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/config/settings.h"
#include "tests/unit/unit.h"

struct fake_step {
    const char *awaits; /* the first word of the next command */
    const char *answers;
    bool hangs_up; /* closes the connection behind the answer */
};

struct fake_redis {
    struct sockaddr_un address;
    char folder[32];
    int listener;
    int quit[2];    /* written to: the thread ends */
    int hung_up[2]; /* written to by the thread, each time */
    pthread_t thread;
    const struct fake_step *steps; /* ends in one that awaits NULL */
    size_t done;
    int connections;
    char surprise[64];
    struct config config; /* that leads here */
};

/* ---- the thread ---- */

/* Waits for bytes or a connection; false: it is to end. */
static inline bool
fake_wait(struct fake_redis *f, int fd)
{
    struct pollfd fds[] = {{fd, POLLIN, 0}, {f->quit[0], POLLIN, 0}};

    return poll(fds, 2, -1) > 0 && fds[1].revents == 0;
}

/* Length of the whole command at the begin of in, 0 if it is not whole; its first word in word. */
static inline size_t
fake_take(const char *in, char word[64])
{
    const char *p = in;
    int words = 0, length, used;

    if (sscanf(p, "*%d%n", &words, &used) != 1 || strlen(p) < (size_t)used + 2) {
        return 0;
    }
    p += used + 2;
    for (int i = 0; i < words; i++) {
        if (sscanf(p, "$%d%n", &length, &used) != 1 ||
            strlen(p) < (size_t)used + 2 + (size_t)length + 2) {
            return 0;
        }
        p += used + 2;
        if (i == 0) {
            snprintf(word, 64, "%.*s", length, p);
        }
        p += length + 2;
    }
    return words > 0 ? (size_t)(p - in) : 0;
}

static inline void
fake_serve(struct fake_redis *f, int fd)
{
    char in[65536] = "", word[64];
    size_t have = 0, taken;
    ssize_t n;

    while (fake_wait(f, fd) && (n = read(fd, in + have, sizeof(in) - 1 - have)) > 0) {
        have += (size_t)n;
        in[have] = '\0';
        while ((taken = fake_take(in, word)) > 0) {
            const struct fake_step *step = &f->steps[f->done];
            bool asks = memmem(in, taken, "fim:encoding", 12) != NULL;

            memmove(in, in + taken, have - taken + 1);
            have -= taken;
            if (asks && (step->awaits == NULL || strcmp(step->awaits, "ENCODING") != 0)) {
                (void)!send(fd, "+ok\r\n", 5, MSG_NOSIGNAL);
                continue;
            }
            if (asks) {
                strcpy(word, "ENCODING");
            }
            if (strcmp(word, "READWRITE") == 0 &&
                (step->awaits == NULL || strcmp(step->awaits, word) != 0)) {
                (void)!send(fd, "+OK\r\n", 5, MSG_NOSIGNAL);
                continue;
            }
            if (step->awaits == NULL || strcmp(word, step->awaits) != 0) {
                snprintf(f->surprise, sizeof(f->surprise), "%s", word);
                return;
            }
            f->done++;
            (void)!send(fd, step->answers, strlen(step->answers), MSG_NOSIGNAL);
            if (step->hangs_up) {
                return;
            }
        }
    }
}

static inline void *
fake_run(void *arg)
{
    struct fake_redis *f = arg;

    while (fake_wait(f, f->listener)) {
        int fd = accept(f->listener, NULL, NULL);

        f->connections++;
        fake_serve(f, fd);
        close(fd);
        (void)!write(f->hung_up[1], "x", 1);
    }
    return NULL;
}

/* ---- for the test ---- */

/* For a node of a cluster: listens on 127.0.0.1, and is to be run when the steps are known.
 * Returns the port. */
static inline int
fake_redis_bind(struct fake_redis *f)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(at);

    memset(f, 0, sizeof(*f));
    f->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(f->listener, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(f->listener, 8), 0);
    assert_int_equal(getsockname(f->listener, (struct sockaddr *)&at, &length), 0);
    assert_int_equal(pipe(f->quit), 0);
    assert_int_equal(pipe(f->hung_up), 0);
    return ntohs(at.sin_port);
}

static inline void
fake_redis_run(struct fake_redis *f, const struct fake_step *steps)
{
    f->steps = steps;
    assert_int_equal(pthread_create(&f->thread, NULL, fake_run, f), 0);
}

static inline void
fake_redis_start(struct fake_redis *f, const struct fake_step *steps)
{
    memset(f, 0, sizeof(*f));
    f->steps = steps;
    strcpy(f->folder, "/tmp/fake-redis-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    f->address.sun_family = AF_UNIX;
    snprintf(f->address.sun_path, sizeof(f->address.sun_path), "%s/socket", f->folder);
    f->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(f->listener, (struct sockaddr *)&f->address, sizeof(f->address)), 0);
    assert_int_equal(listen(f->listener, 8), 0);
    assert_int_equal(pipe(f->quit), 0);
    assert_int_equal(pipe(f->hung_up), 0);
    settings_set_defaults(&f->config);
    assert_true(
        settings_set(&f->config, settings_find("redis.socket"), str_of(f->address.sun_path)));
    assert_int_equal(pthread_create(&f->thread, NULL, fake_run, f), 0);
}

static inline void
fake_redis_set(struct fake_redis *f, const char *key, const char *value)
{
    assert_true(settings_set(&f->config, settings_find(key), str_of(value)));
}

/* Waits until it has closed a connection. */
static inline void
fake_redis_await_hang_up(struct fake_redis *f)
{
    char x;

    assert_int_equal(read(f->hung_up[0], &x, 1), 1);
}

/* Returns how many connections it has had. */
static inline int
fake_redis_stop(struct fake_redis *f)
{
    assert_int_equal(write(f->quit[1], "x", 1), 1);
    pthread_join(f->thread, NULL);
    close(f->listener);
    close(f->quit[0]);
    close(f->quit[1]);
    close(f->hung_up[0]);
    close(f->hung_up[1]);
    if (f->folder[0] != '\0') {
        unlink(f->address.sun_path);
        rmdir(f->folder);
    }
    settings_free_strings(&f->config);
    assert_string_equal(f->surprise, "");
    assert_null(f->steps[f->done].awaits);
    return f->connections;
}

#endif
