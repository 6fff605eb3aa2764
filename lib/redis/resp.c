/* resp.c - a connection to Redis and its replies; the only file that knows hiredis.
 *
 * hiredis connects and parses. fastim does not use its async layer, for two reasons. That ties
 * callbacks to channel names: a SUBSCRIBE behind an unacknowledged UNSUBSCRIBE loses its callback.
 * And its output buffer has no bound. */
#include "lib/redis/resp.h"

#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/log.h"

enum {
    READ_BYTES = 16384 /* that hiredis reads at a time */
};

static const redisReply *
reply_raw(const struct reply *r)
{
    return (const redisReply *)r;
}

enum reply_type
reply_type(const struct reply *r)
{
    if (r == NULL) {
        return REPLY_LOST;
    }
    switch (reply_raw(r)->type) {
    case REDIS_REPLY_INTEGER:
        return REPLY_INT;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
        return REPLY_TEXT;
    case REDIS_REPLY_ARRAY:
        return REPLY_LIST;
    case REDIS_REPLY_ERROR:
        return REPLY_ERROR;
    default:
        return REPLY_NULL;
    }
}

int64_t
reply_int(const struct reply *r)
{
    return reply_type(r) == REPLY_INT ? reply_raw(r)->integer : 0;
}

struct str
reply_text(const struct reply *r)
{
    enum reply_type type = reply_type(r);

    if (type != REPLY_TEXT && type != REPLY_ERROR) {
        return str_make("", 0);
    }
    return str_make(reply_raw(r)->str, (size_t)reply_raw(r)->len);
}

size_t
reply_count(const struct reply *r)
{
    return reply_type(r) == REPLY_LIST ? reply_raw(r)->elements : 0;
}

const struct reply *
reply_at(const struct reply *r, size_t i)
{
    return (const struct reply *)reply_raw(r)->element[i];
}

size_t
reply_bytes(const struct reply *r)
{
    size_t bytes = reply_text(r).len;

    for (size_t i = 0; i < reply_count(r); i++) {
        bytes += reply_bytes(reply_at(r, i));
    }
    return bytes;
}

bool
reply_is_error(const struct reply *r, const char *code)
{
    struct str text = reply_text(r);
    size_t length = strlen(code);

    return reply_type(r) == REPLY_ERROR && text.len >= length && memcmp(text.p, code, length) == 0;
}

bool
reply_is_passing(const struct reply *reply)
{
    static const char *const codes[] = {
        "LOADING",  "BUSY",        "MASTERDOWN", "READONLY", "OOM",
        "NOAUTH",   "WRONGPASS",   "NOPERM",     "MISCONF",  "NOREPLICAS",
        "TRYAGAIN", "CLUSTERDOWN", "UNKILLABLE", "DENIED",   "ERR max number of clients",
        "MOVED ",   "ASK ",
    };

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (reply_is_error(reply, codes[i])) {
            return true;
        }
    }
    return false;
}

struct str
reply_complaint(const struct reply *r)
{
    static const char quote[] = ", with args beginning with";
    struct str text = reply_type(r) == REPLY_ERROR ? reply_text(r) : str_make("", 0);
    const char *quoted = memmem(text.p, text.len, quote, sizeof(quote) - 1);

    return quoted != NULL ? str_make(text.p, (size_t)(quoted - text.p)) : text;
}

void
reply_free(struct reply *r)
{
    freeReplyObject(r);
}

/* ---- the connection ---- */

static redisContext *
resp_context(const struct resp *r)
{
    return (redisContext *)(uintptr_t)r;
}

bool
resp_resolve(const struct config_redis *redis, char address[RESP_ADDRESS_SIZE])
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int result;

    address[0] = '\0';
    if (redis->socket[0] != '\0') {
        return true;
    }
    result = getaddrinfo(redis->host, NULL, &hints, &found);
    if (result == 0) {
        result = getnameinfo(found->ai_addr, found->ai_addrlen, address, RESP_ADDRESS_SIZE, NULL, 0,
                             NI_NUMERICHOST);
        freeaddrinfo(found);
    }
    if (result != 0) {
        log_error("redis.host host=%s reason=\"%s\"", log_quote(str_of(redis->host)).text,
                  gai_strerror(result));
    }
    return result == 0;
}

struct resp *
resp_connect(const struct config_redis *redis, const char *address)
{
    redisContext *c = redis->socket[0] != '\0' ? redisConnectUnixNonBlock(redis->socket)
                                               : redisConnectNonBlock(address, (int)redis->port);

    if (c == NULL || c->err != 0) {
        int why = errno;

        resp_close((struct resp *)c);
        errno = why;
        return NULL;
    }
    if (redis->socket[0] == '\0') {
        (void)redisEnableKeepAlive(c);
    }
    (void)fcntl(c->fd, F_SETFD, FD_CLOEXEC);
    return (struct resp *)c;
}

bool
resp_is_connected(const struct resp *r)
{
    int error = 0;
    socklen_t length = sizeof(error);

    if (getsockopt(resp_context(r)->fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) {
        return false;
    }
    errno = error;
    return error == 0;
}

void
resp_close(struct resp *r)
{
    if (r != NULL) {
        redisFree(resp_context(r));
    }
}

int
resp_descriptor(const struct resp *r)
{
    return resp_context(r)->fd;
}

long
resp_send(struct resp *r, struct str bytes)
{
    ssize_t n;

    do {
        n = send(resp_context(r)->fd, bytes.p, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return errno == EAGAIN ? 0 : -1;
    }
    return n;
}

void
resp_send_most(struct resp *r, struct text *out)
{
    size_t sent = 0;
    long n = 1;

    while (n > 0 && sent < out->len) {
        n = resp_send(r, str_make(out->bytes + sent, out->len - sent));
        sent += n > 0 ? (size_t)n : 0;
    }
    if (sent > 0) {
        memmove(out->bytes, out->bytes + sent, out->len - sent);
        out->len -= sent;
    }
}

bool
resp_receive(struct resp *r, bool *more)
{
    size_t before = resp_context(r)->reader->len;

    *more = false;
    if (redisBufferRead(resp_context(r)) != REDIS_OK) {
        return false;
    }
    *more = resp_context(r)->reader->len - before >= READ_BYTES;
    return true;
}

bool
resp_next(struct resp *r, struct reply **reply)
{
    void *next = NULL;
    bool ok = redisGetReplyFromReader(resp_context(r), &next) == REDIS_OK;

    *reply = next;
    return ok;
}
