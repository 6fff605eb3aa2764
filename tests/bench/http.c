/* http.c - requests a second over HTTP: the same request again and again on so many kept
 * connections.
 *
 *   http PORT CONNECTIONS SECONDS COUNT FILE EXPECTED [FIRST STEP]
 *
 * FILE holds the request, whole. It ends after SECONDS, or after COUNT requests if that is not 0.
 * Every answer must be 200 and hold the text EXPECTED. With FIRST and STEP each request has, in
 * place of the text @NUMBER@ in it, the next of FIRST, FIRST + STEP, … (13 digits). */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/hist.h"
#include "tests/bench/stamp.h"

enum {
    REQUEST_MAX = 8192,
    ANSWER_MAX = 4 << 20,
    EVENTS = 64,
    NUMBER_DIGITS = 13
};

struct connection {
    int fd;
    size_t length;
    uint64_t began_ns;
    char *answer;
};

static char request[REQUEST_MAX];
static size_t request_length;
static char *number_at;
static long long number, step;
static const char *expected;
static unsigned long asked, wanted;
static struct hist times;

static void
die(const char *what, const char *more)
{
    fprintf(stderr, "http: %s: %.1500s\n", what, more);
    exit(1);
}

static void
read_request(const char *path)
{
    FILE *f = fopen(path, "r");

    if (f == NULL) {
        die(path, strerror(errno));
    }
    request_length = fread(request, 1, sizeof(request) - 1, f);
    fclose(f);
    number_at = strstr(request, "@NUMBER@");
    if (number_at != NULL) {
        memmove(number_at + NUMBER_DIGITS, number_at + 8, strlen(number_at + 8) + 1);
        request_length += NUMBER_DIGITS - 8;
    }
}

static void
ask(struct connection *c)
{
    char digits[32];

    if (wanted != 0 && asked == wanted) {
        return;
    }
    asked++;
    if (number_at != NULL) {
        snprintf(digits, sizeof(digits), "%0*lld", NUMBER_DIGITS, number);
        memcpy(number_at, digits, NUMBER_DIGITS);
        number += step;
    }
    c->length = 0;
    c->began_ns = now_ns();
    if (send(c->fd, request, request_length, MSG_NOSIGNAL) != (ssize_t)request_length) {
        die("send", strerror(errno));
    }
}

/* True: the whole answer is there. */
static int
is_whole(struct connection *c)
{
    char *end = strstr(c->answer, "\r\n\r\n"), *length;

    if (end == NULL) {
        return 0;
    }
    length = strcasestr(c->answer, "\r\ncontent-length:");
    if (length == NULL || length > end) {
        die("no Content-Length", c->answer);
    }
    return c->length >= (size_t)(end + 4 - c->answer) + (size_t)atol(length + 17);
}

static void
read_from(struct connection *c)
{
    ssize_t n = recv(c->fd, c->answer + c->length, ANSWER_MAX - c->length - 1, 0);

    if (n <= 0) {
        die("connection", n == 0 ? "closed" : strerror(errno));
    }
    c->length += (size_t)n;
    c->answer[c->length] = '\0';
    if (!is_whole(c)) {
        return;
    }
    if (strncmp(c->answer, "HTTP/1.1 200 ", 13) != 0 || strstr(c->answer, expected) == NULL) {
        die("not the answer", c->answer);
    }
    hist_add(&times, now_ns() - c->began_ns);
    ask(c);
}

static void
open_one(struct connection *c, int loop, int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    int on = 1;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->answer = malloc(ANSWER_MAX);
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->answer == NULL || connect(c->fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
        die("connect", strerror(errno));
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    epoll_ctl(loop, EPOLL_CTL_ADD, c->fd, &e);
}

int
main(int argc, char **argv)
{
    struct epoll_event events[EVENTS];
    struct connection *all;
    int loop = epoll_create1(0), count;
    uint64_t began, end;
    double seconds;

    if (argc < 7) {
        fprintf(stderr, "usage: http PORT CONNECTIONS SECONDS COUNT FILE EXPECTED [FIRST STEP]\n");
        return 2;
    }
    count = atoi(argv[2]);
    wanted = strtoul(argv[4], NULL, 10);
    read_request(argv[5]);
    expected = argv[6];
    number = argc > 7 ? atoll(argv[7]) : 0;
    step = argc > 8 ? atoll(argv[8]) : 0;
    all = calloc((size_t)count, sizeof(*all));
    for (int i = 0; i < count; i++) {
        open_one(&all[i], loop, atoi(argv[1]));
    }
    began = now_ns();
    end = began + (uint64_t)(atof(argv[3]) * 1e9);
    for (int i = 0; i < count; i++) {
        ask(&all[i]);
    }
    while (now_ns() < end && (wanted == 0 || times.count < wanted)) {
        int n = epoll_wait(loop, events, EVENTS, 100);

        for (int i = 0; i < n; i++) {
            read_from(events[i].data.ptr);
        }
    }
    seconds = (double)(now_ns() - began) / 1e9;
    printf("requests=%llu seconds=%.3f rate=%.1f p50_us=%.1f p99_us=%.1f\n",
           (unsigned long long)times.count, seconds, (double)times.count / seconds,
           hist_at(&times, 0.5) / 1e3, hist_at(&times, 0.99) / 1e3);
    return wanted != 0 && times.count < wanted ? 1 : 0;
}
