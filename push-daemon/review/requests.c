/* requests.c - questions to the site, on the loop.
 *
 * libcurl says which sockets it waits for, and for how long; the loop tells it when they are
 * ready. */
#include "push-daemon/review/requests.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <utlist.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "push-daemon/core/loop.h"

struct request {
    struct request *prev, *next; /* in one of the lists of struct requests */
    struct review_request *http;
    void *arg;
};

struct requests {
    struct loop *loop;
    requests_fn *fn;
    void *ctx;
    CURLM *multi;
    struct loop_timer *timer;
    size_t connections;
    size_t count; /* of those under way */
    struct request *under_way;
    struct request *idle; /* to be used again */
};

/* A socket of libcurl. */
struct request_socket {
    struct requests *requests;
    curl_socket_t fd;
    struct loop_watch *watch;
};

/* ---- ends ---- */

static void
requests_remove(struct requests *rs, struct request *request)
{
    curl_multi_remove_handle(rs->multi, review_request_handle(request->http));
    DL_DELETE(rs->under_way, request);
    rs->count--;
}

void
requests_cancel(struct requests *rs, struct request *request)
{
    requests_remove(rs, request);
    DL_APPEND(rs->idle, request);
}

static void
requests_on_end(struct requests *rs, struct request *request, int code)
{
    const struct review_answer *answer = review_request_end(request->http, code);
    void *arg = request->arg;

    requests_remove(rs, request);
    rs->fn(rs->ctx, arg, answer, review_request_why(request->http));
    DL_APPEND(rs->idle, request); /* not before: what it has is told to fn */
}

static void
requests_collect(struct requests *rs)
{
    const struct CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(rs->multi, &left)) != NULL) {
        char *request = NULL;
        CURLcode code = message->data.result;

        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &request);
        requests_on_end(rs, (struct request *)request, (int)code);
    }
}

/* ---- the loop ---- */

static void
requests_act(struct requests *rs, curl_socket_t fd, int ready)
{
    int running;

    (void)curl_multi_socket_action(rs->multi, fd, ready, &running);
    requests_collect(rs);
}

static void
requests_on_ready(void *arg, bool readable, bool writable)
{
    struct request_socket *socket = arg; /* libcurl may free it by what comes now */

    requests_act(socket->requests, socket->fd,
                 (readable ? CURL_CSELECT_IN : 0) | (writable ? CURL_CSELECT_OUT : 0));
}

static void
requests_on_timer(void *arg)
{
    requests_act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static int
requests_set_timer(CURLM *multi, long timeout_ms, void *ctx)
{
    struct requests *rs = ctx;

    (void)multi;
    if (timeout_ms < 0) {
        loop_timer_stop(rs->timer);
    } else {
        loop_timer_start(rs->timer, timeout_ms, 0);
    }
    return 0;
}

static void
requests_drop_socket(struct requests *rs, struct request_socket *socket)
{
    if (socket != NULL) {
        curl_multi_assign(rs->multi, socket->fd, NULL);
        loop_watch_destroy(socket->watch);
        free(socket);
    }
}

static struct request_socket *
requests_add_socket(struct requests *rs, curl_socket_t fd)
{
    struct request_socket *socket = mem_zalloc(sizeof(*socket));

    socket->requests = rs;
    socket->fd = fd;
    socket->watch = loop_watch_create(rs->loop, fd, requests_on_ready, socket);
    curl_multi_assign(rs->multi, fd, socket);
    return socket;
}

static int
requests_set_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *known)
{
    struct requests *rs = ctx;
    struct request_socket *socket = known;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        requests_drop_socket(rs, socket);
        return 0;
    }
    socket = socket != NULL ? socket : requests_add_socket(rs, fd);
    loop_watch_want(socket->watch, (what & CURL_POLL_IN) != 0, (what & CURL_POLL_OUT) != 0);
    return 0;
}

/* ---- requests ---- */

static void
requests_limit(struct requests *rs, size_t connections)
{
    if (rs->connections != connections) {
        rs->connections = connections;
        curl_multi_setopt(rs->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)connections);
        curl_multi_setopt(rs->multi, CURLMOPT_MAXCONNECTS, (long)connections);
    }
}

static void
requests_add_idle(struct requests *rs)
{
    struct request *request = mem_zalloc(sizeof(*request));

    request->http = review_request_create();
    curl_easy_setopt(review_request_handle(request->http), CURLOPT_PRIVATE, (void *)request);
    DL_APPEND(rs->idle, request);
}

static struct request *
requests_take_idle(struct requests *rs)
{
    struct request *request;

    if (rs->idle == NULL) {
        requests_add_idle(rs);
    }
    request = rs->idle;
    DL_DELETE(rs->idle, request);
    return request;
}

struct request *
requests_start(struct requests *rs, const struct review_asking *asking, size_t connections,
               void *arg)
{
    struct request *request = requests_take_idle(rs);

    requests_limit(rs, connections);
    review_request_prepare(request->http, asking);
    request->arg = arg;
    DL_APPEND(rs->under_way, request);
    rs->count++;
    (void)curl_multi_add_handle(rs->multi, review_request_handle(request->http));
    return request;
}

size_t
requests_count(const struct requests *rs)
{
    return rs->count;
}

/* ---- life ---- */

struct requests *
requests_create(struct loop *loop, requests_fn *fn, void *ctx)
{
    struct requests *rs = mem_zalloc(sizeof(*rs));

    rs->loop = loop;
    rs->fn = fn;
    rs->ctx = ctx;
    requests_add_idle(rs); /* libcurl is begun with the first one */
    rs->multi = curl_multi_init();
    if (rs->multi == NULL) {
        log_error("review reason=\"out of memory\"");
        abort();
    }
    rs->timer = loop_timer_create(loop, requests_on_timer, rs);
    curl_multi_setopt(rs->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    curl_multi_setopt(rs->multi, CURLMOPT_TIMERFUNCTION, requests_set_timer);
    curl_multi_setopt(rs->multi, CURLMOPT_TIMERDATA, rs);
    curl_multi_setopt(rs->multi, CURLMOPT_SOCKETFUNCTION, requests_set_socket);
    curl_multi_setopt(rs->multi, CURLMOPT_SOCKETDATA, rs);
    return rs;
}

void
requests_destroy(struct requests *rs)
{
    struct request *request, *next;

    if (rs == NULL) {
        return;
    }
    while (rs->under_way != NULL) {
        requests_cancel(rs, rs->under_way);
    }
    curl_multi_cleanup(rs->multi);
    DL_FOREACH_SAFE (rs->idle, request, next) {
        review_request_destroy(request->http);
        free(request);
    }
    loop_timer_destroy(rs->timer);
    free(rs);
}
