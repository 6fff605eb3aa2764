/* health.c - push.health: what the daemon says of itself over HTTP. */
#include "push-daemon/ops/health.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "push-daemon/net/accept.h"
#include "push-daemon/core/env.h"
#include "push-daemon/net/listen.h"

enum {
    CLIENTS_MAX = 16, /* at once */
    REQUEST_BYTES = 4096,
    CLIENT_MS = 5000
};

/* A client has one request. */
struct health_client {
    struct health_client *prev, *next;
    struct health *owner;
    int fd;
    int64_t since_ms;
    struct loop_watch *watch;
    char request[REQUEST_BYTES];
    size_t length;
    struct text answer; /* once it is not empty, nothing more is read */
    size_t sent;
};

struct health {
    const struct env *env;
    const struct metrics *slots; /* of all workers */
    size_t slot_count;
    struct acceptor *acceptor;
    struct health_client *clients;
    size_t count;
};

static void
health_end(struct health_client *a)
{
    DL_DELETE(a->owner->clients, a);
    a->owner->count--;
    loop_watch_destroy(a->watch);
    close(a->fd);
    text_fini(&a->answer);
    free(a);
}

/* ---- answers ---- */

static void
health_begin_answer(struct health_client *a, const char *status, const char *type, struct str body)
{
    text_add_str(&a->answer, "HTTP/1.1 ");
    text_add_str(&a->answer, status);
    text_add_str(&a->answer, "\r\nContent-Type: ");
    text_add_str(&a->answer, type);
    text_add_str(&a->answer,
                 "\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: ");
    text_add_int(&a->answer, (int64_t)body.len);
    text_add_str(&a->answer, "\r\n\r\n");
    text_add(&a->answer, body.p, body.len);
}

static void
health_answer_ready(struct health_client *a)
{
    const char *why;

    if (metrics_are_ready(a->owner->slots, a->owner->slot_count, &why)) {
        health_begin_answer(a, "200 OK", "text/plain", str_of("ready\n"));
    } else {
        health_begin_answer(a, "503 Service Unavailable", "text/plain", str_of(why));
    }
}

static void
health_answer_metrics(struct health_client *a)
{
    struct text body;

    text_init(&body);
    metrics_print(a->owner->slots, a->owner->slot_count, &body);
    health_begin_answer(a, "200 OK", "text/plain; version=0.0.4", text_str(&body));
    text_fini(&body);
}

static bool
health_asks_for(const struct health_client *a, const char *path)
{
    size_t length = strlen(path);

    return strncmp(a->request, "GET ", 4) == 0 && strncmp(a->request + 4, path, length) == 0 &&
           strchr(" ?", a->request[4 + length]) != NULL;
}

static void
health_answer(struct health_client *a)
{
    if (health_asks_for(a, "/healthz")) {
        health_begin_answer(a, "200 OK", "text/plain", str_of("alive\n"));
    } else if (health_asks_for(a, "/readyz")) {
        health_answer_ready(a);
    } else if (health_asks_for(a, "/metrics")) {
        health_answer_metrics(a);
    } else {
        health_begin_answer(a, "404 Not Found", "text/plain",
                            str_of("/healthz /readyz /metrics\n"));
    }
    loop_watch_want(a->watch, false, true);
}

/* ---- bytes ---- */

static void
health_read(struct health_client *a)
{
    ssize_t n = recv(a->fd, a->request + a->length, sizeof(a->request) - 1 - a->length, 0);

    if (n <= 0) {
        health_end(a);
        return;
    }
    a->length += (size_t)n;
    a->request[a->length] = '\0';
    if (strstr(a->request, "\r\n\r\n") != NULL || a->length == sizeof(a->request) - 1) {
        health_answer(a);
    }
}

static void
health_write(struct health_client *a)
{
    ssize_t n = send(a->fd, a->answer.bytes + a->sent, a->answer.len - a->sent, MSG_NOSIGNAL);

    a->sent += n > 0 ? (size_t)n : 0;
    if (n <= 0 || a->sent == a->answer.len) {
        shutdown(a->fd, SHUT_WR);
        health_end(a);
    }
}

static void
health_on_socket(void *arg, bool readable, bool writable)
{
    struct health_client *a = arg;

    (void)readable;
    if (a->answer.len == 0) {
        health_read(a);
    } else if (writable) {
        health_write(a);
    }
}

static void
health_on_accept(void *arg, int fd)
{
    struct health *h = arg;
    struct health_client *a;

    if (h->count >= CLIENTS_MAX) {
        health_end(h->clients); /* the oldest: so silent ones keep nobody out */
    }
    a = mem_zalloc(sizeof(*a));
    a->owner = h;
    a->fd = fd;
    a->since_ms = env_now_ms(h->env);
    text_init(&a->answer);
    a->watch = loop_watch_create(h->env->loop, fd, health_on_socket, a);
    loop_watch_want(a->watch, true, false);
    DL_APPEND(h->clients, a);
    h->count++;
}

void
health_every_second(struct health *h)
{
    struct health_client *a, *next;

    if (h == NULL) {
        return;
    }
    DL_FOREACH_SAFE (h->clients, a, next) {
        if (env_now_ms(h->env) - a->since_ms > CLIENT_MS) {
            health_end(a);
        }
    }
}

/* ---- life ---- */

struct health *
health_create(const struct env *env, const struct metrics *slots, size_t count)
{
    const char *address = env->config->push.health;
    bool is_on = *address != '\0';
    int fd = is_on ? listen_open(address, env->workers > 1) : -1;
    struct health *h;

    if (is_on && fd < 0) {
        log_error("health reason=\"push.health cannot be listened on\"");
        return NULL;
    }
    h = mem_zalloc(sizeof(*h));
    h->env = env;
    h->slots = slots;
    h->slot_count = count;
    h->acceptor = is_on ? accept_start(env->loop, fd, health_on_accept, h) : NULL;
    return h;
}

void
health_destroy(struct health *h)
{
    if (h == NULL) {
        return;
    }
    while (h->clients != NULL) {
        health_end(h->clients);
    }
    accept_stop(h->acceptor);
    free(h);
}
