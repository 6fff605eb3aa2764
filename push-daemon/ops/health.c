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
#include "push-daemon/core/loop.h"
#include "push-daemon/core/metrics.h"
#include "push-daemon/net/listen.h"
#include "push-daemon/workers.h"

enum {
    CLIENTS_MAX = 16, /* at once */
    REQUEST_BYTES = 4096,
    PATIENCE_MS = 5000
};

/* One request, and then it is over. */
struct asker {
    struct asker *prev, *next;
    struct health *owner;
    int fd;
    int64_t since_ms;
    struct loop_watch *watch;
    char request[REQUEST_BYTES];
    size_t length;
    struct text answer; /* begun: the request is read no further */
    size_t sent;
};

struct health {
    struct loop *loop;
    const struct metrics *places;
    size_t place_count;
    struct acceptor *acceptor;
    struct loop_timer *second;
    struct asker *askers;
    size_t count;
};

static void
end(struct asker *a)
{
    DL_DELETE(a->owner->askers, a);
    a->owner->count--;
    loop_watch_destroy(a->watch);
    close(a->fd);
    text_fini(&a->answer);
    free(a);
}

/* ---- answers ---- */

static void
begin_answer(struct asker *a, const char *status, const char *type, struct str body)
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
answer_ready(struct asker *a)
{
    const char *why;

    if (metrics_are_ready(a->owner->places, a->owner->place_count, &why)) {
        begin_answer(a, "200 OK", "text/plain", str_of("ready\n"));
    } else {
        begin_answer(a, "503 Service Unavailable", "text/plain", str_of(why));
    }
}

static void
answer_metrics(struct asker *a)
{
    struct text body;

    text_init(&body);
    metrics_print(a->owner->places, a->owner->place_count, &body);
    begin_answer(a, "200 OK", "text/plain; version=0.0.4", text_str(&body));
    text_fini(&body);
}

static bool
asks_for(const struct asker *a, const char *path)
{
    size_t length = strlen(path);

    return strncmp(a->request, "GET ", 4) == 0 && strncmp(a->request + 4, path, length) == 0 &&
           strchr(" ?", a->request[4 + length]) != NULL;
}

static void
answer(struct asker *a)
{
    if (asks_for(a, "/healthz")) {
        begin_answer(a, "200 OK", "text/plain", str_of("alive\n"));
    } else if (asks_for(a, "/readyz")) {
        answer_ready(a);
    } else if (asks_for(a, "/metrics")) {
        answer_metrics(a);
    } else {
        begin_answer(a, "404 Not Found", "text/plain", str_of("/healthz /readyz /metrics\n"));
    }
    loop_watch_want(a->watch, false, true);
}

/* ---- bytes ---- */

static void
read_request(struct asker *a)
{
    ssize_t n = recv(a->fd, a->request + a->length, sizeof(a->request) - 1 - a->length, 0);

    if (n <= 0) {
        end(a);
        return;
    }
    a->length += (size_t)n;
    a->request[a->length] = '\0';
    if (strstr(a->request, "\r\n\r\n") != NULL || a->length == sizeof(a->request) - 1) {
        answer(a);
    }
}

static void
write_answer(struct asker *a)
{
    ssize_t n = send(a->fd, a->answer.bytes + a->sent, a->answer.len - a->sent, MSG_NOSIGNAL);

    a->sent += n > 0 ? (size_t)n : 0;
    if (n <= 0 || a->sent == a->answer.len) {
        shutdown(a->fd, SHUT_WR);
        end(a);
    }
}

static void
on_socket(void *arg, bool readable, bool writable)
{
    struct asker *a = arg;

    (void)readable;
    if (a->answer.len == 0) {
        read_request(a);
    } else if (writable) {
        write_answer(a);
    }
}

static void
on_accept(void *arg, int fd)
{
    struct health *h = arg;
    struct asker *a;

    if (h->count >= CLIENTS_MAX) {
        close(fd);
        return;
    }
    a = mem_zalloc(sizeof(*a));
    a->owner = h;
    a->fd = fd;
    a->since_ms = loop_now_ms(h->loop);
    text_init(&a->answer);
    a->watch = loop_watch_create(h->loop, fd, on_socket, a);
    loop_watch_want(a->watch, true, false);
    DL_APPEND(h->askers, a);
    h->count++;
}

static void
end_slow_ones(void *arg)
{
    struct health *h = arg;
    struct asker *a, *next;

    DL_FOREACH_SAFE (h->askers, a, next) {
        if (loop_now_ms(h->loop) - a->since_ms > PATIENCE_MS) {
            end(a);
        }
    }
}

/* ---- life ---- */

struct health *
health_create(struct loop *loop, const struct config *config, const struct metrics *places,
              size_t count)
{
    struct health *h;
    int fd;

    if (*config->push.health == '\0') {
        return NULL;
    }
    fd = listen_open(config->push.health, workers_wanted(config) > 1);
    if (fd < 0) {
        log_warn("health reason=\"push.health cannot be listened on: nothing is told there\"");
        return NULL;
    }
    h = mem_zalloc(sizeof(*h));
    h->loop = loop;
    h->places = places;
    h->place_count = count;
    h->acceptor = accept_start(loop, fd, on_accept, h);
    h->second = loop_timer_create(loop, end_slow_ones, h);
    loop_timer_start(h->second, 1000, 1000);
    return h;
}

void
health_destroy(struct health *h)
{
    if (h == NULL) {
        return;
    }
    while (h->askers != NULL) {
        end(h->askers);
    }
    accept_stop(h->acceptor);
    loop_timer_destroy(h->second);
    free(h);
}
