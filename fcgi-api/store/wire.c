/* wire.c - one connection to Redis. */
#include "fcgi-api/store/wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "lib/redis/commands.h"
#include "lib/clock.h"
#include "lib/redis/sentinel.h"

void
wire_init(struct wire *w, const struct config *config)
{
    *w = (struct wire){.config = config};
    text_init(&w->out);
}

static void
wire_forget_reply(struct wire *w)
{
    reply_free(w->reply);
    w->reply = NULL;
}

void
wire_fini(struct wire *w)
{
    wire_close(w);
    wire_forget_reply(w);
    text_fini(&w->out);
}

void
wire_close(struct wire *w)
{
    resp_close(w->resp);
    w->resp = NULL;
    w->is_watching = false;
}

void
wire_set_place(struct wire *w, const struct place *place)
{
    wire_close(w);
    w->has_place = true;
    w->place = *place;
}

/* ---- waiting ---- */

static int
wire_left_ms(const struct wire *w)
{
    int64_t left = w->deadline_ms - clock_ms();

    return left > 0 ? (int)left : 0;
}

bool
wire_is_late(const struct wire *w)
{
    return wire_left_ms(w) == 0;
}

void
wire_pause(const struct wire *w, int ms)
{
    int left = wire_left_ms(w);

    (void)poll(NULL, 0, left < ms ? left : ms);
}

/* Waits for the socket. Returns false if the deadline passed. */
static bool
wire_wait(const struct wire *w, short events)
{
    struct pollfd fd = {resp_descriptor(w->resp), events, 0};
    int n;

    do {
        n = poll(&fd, 1, wire_left_ms(w));
    } while (n < 0 && errno == EINTR && !wire_is_late(w));
    return n > 0;
}

/* If there is something to read on an idle connection, Redis has closed it. */
bool
wire_is_open(const struct wire *w)
{
    struct pollfd fd = {-1, POLLIN, 0};

    if (w->resp == NULL) {
        return false;
    }
    fd.fd = resp_descriptor(w->resp);
    return poll(&fd, 1, 0) == 0;
}

/* ---- commands ---- */

/* Sends all of out. */
static bool
wire_flush(struct wire *w)
{
    w->sent = 0;
    while (w->sent < w->out.len) {
        long n = resp_send(w->resp, str_make(w->out.bytes + w->sent, w->out.len - w->sent));

        if (n < 0 || (n == 0 && !wire_wait(w, POLLOUT))) {
            return false;
        }
        w->sent += (size_t)n;
    }
    return true;
}

bool
wire_send(struct wire *w, const struct argv *argv)
{
    text_clear(&w->out);
    argv_format(&w->out, argv);
    return wire_flush(w);
}

bool
wire_receive(struct wire *w)
{
    bool more;

    wire_forget_reply(w);
    for (;;) {
        if (!resp_next(w->resp, &w->reply)) {
            return false;
        }
        if (w->reply != NULL) {
            return true;
        }
        if (!wire_wait(w, POLLIN) || !resp_receive(w->resp, &more)) {
            return false;
        }
    }
}

bool
wire_exchange(struct wire *w, const struct argv *argv)
{
    return wire_send(w, argv) && wire_receive(w);
}

bool
wire_exchange_asking(struct wire *w, const struct argv *argv)
{
    struct argv asking;

    argv_init(&asking);
    argv_add_str(&asking, "ASKING");
    text_clear(&w->out);
    argv_format(&w->out, &asking);
    argv_fini(&asking);
    argv_format(&w->out, argv);
    return wire_flush(w) && wire_receive(w) && wire_receive(w);
}

/* A transaction without commands is refused, with NULL, if what the connection watches has changed,
 * and it ends the watch. Redis takes all three commands out of one packet, one after the other: so
 * nobody's change comes between the old watch and the new one. */
bool
wire_watch(struct wire *w, const struct argv *watch, bool *clean)
{
    static const char *const words[] = {"MULTI", "EXEC"};
    struct argv c;

    argv_init(&c);
    text_clear(&w->out);
    for (int i = 0; i < 2; i++) {
        argv_clear(&c);
        argv_add_str(&c, words[i]);
        argv_format(&w->out, &c);
    }
    argv_fini(&c);
    argv_format(&w->out, watch);
    *clean = false;
    if (!wire_flush(w) || !wire_receive(w) || !wire_receive(w)) {
        return false;
    }
    *clean = w->is_watching && reply_type(w->reply) == REPLY_LIST;
    if (!wire_receive(w)) {
        return false;
    }
    w->is_watching = reply_type(w->reply) != REPLY_ERROR;
    return true;
}

/* ---- opening ---- */

static bool
wire_connect_to(struct wire *w, const struct config_redis *redis, const char *address)
{
    w->resp = resp_connect(redis, address);
    if (w->resp == NULL) {
        return false;
    }
    errno = ETIMEDOUT;
    return wire_wait(w, POLLOUT) && resp_is_connected(w->resp);
}

static bool
wire_ask_sentinel(struct wire *w, const struct redis_addr *sentinel, struct redis_addr *master)
{
    struct argv c;
    bool known;

    argv_init(&c);
    sentinel_ask_epoch(&c, w->config);
    known = wire_connect_to(w, &sentinel->redis, sentinel->address) && wire_exchange(w, &c);
    if (known) {
        master->epoch = sentinel_epoch(w->reply);
        sentinel_ask_address(&c, w->config);
        known = wire_exchange(w, &c) && sentinel_take(w->config, w->reply, master);
    }
    argv_fini(&c);
    wire_forget_reply(w);
    wire_close(w);
    return known;
}

/* Asks all Sentinels; each gets a third of the time that is left. */
static bool
wire_find_master(struct wire *w, struct redis_addr *master)
{
    int64_t deadline = w->deadline_ms;
    struct redis_addr sentinel, answer;
    bool found = false;

    for (size_t i = 0; sentinel_at(w->config, i, &sentinel); i++) {
        w->deadline_ms = clock_ms() + (deadline - clock_ms()) / 3;
        if (wire_ask_sentinel(w, &sentinel, &answer) && (!found || answer.epoch > master->epoch)) {
            *master = answer;
            found = true;
        }
    }
    w->deadline_ms = deadline;
    return found;
}

static bool
wire_connect(struct wire *w)
{
    const struct config_redis *redis = &w->config->redis;
    struct redis_addr master;

    errno = EHOSTUNREACH; /* what the log says if nobody knows where to go */
    if (w->has_place) {
        sentinel_addr_of(w->config, &w->place, &master);
        return wire_connect_to(w, &master.redis, master.address);
    }
    if (config_is_cluster(redis)) {
        return false; /* nobody knows which node has it */
    }
    if (!sentinel_is_used(w->config)) {
        return wire_connect_to(w, redis, redis->host);
    }
    return wire_find_master(w, &master) && wire_connect_to(w, &master.redis, master.address);
}

static bool
wire_has_password(const struct wire *w)
{
    return w->config->redis.password[0] != '\0' || w->config->redis.username[0] != '\0';
}

static bool
wire_has_database(const struct wire *w)
{
    return w->config->redis.database != 0; /* a connection begins with 0 */
}

bool
wire_is_greeted(const struct wire *w)
{
    return wire_has_password(w) || wire_has_database(w);
}

/* Sends AUTH and SELECT, and asks in which form all programs write, or whether it is a node of a
 * cluster: any other Redis would carry out each command. Returns false if the connection
 * broke, or if Redis refused (w->reply), or if that is another form: *refusal says so. */
static bool
wire_greet(struct wire *w, const char **refusal)
{
    bool asks = !w->takes_any_encoding && !w->has_place, ok;
    struct argv c;

    argv_init(&c);
    text_clear(&w->out);
    if (cmd_auth(&c, w->config)) {
        argv_format(&w->out, &c);
    }
    if (cmd_select(&c, w->config)) {
        argv_format(&w->out, &c);
    }
    if (asks) {
        cmd_encoding(&c, w->config);
        argv_format(&w->out, &c);
    }
    if (w->has_place) {
        cmd_is_cluster(&c);
        argv_format(&w->out, &c);
    }
    argv_fini(&c);
    ok = wire_flush(w);
    for (int n = wire_has_password(w) + wire_has_database(w) + asks + w->has_place; ok && n > 0;
         n--) {
        ok = wire_receive(w) && reply_type(w->reply) != REPLY_ERROR;
    }
    *refusal = ok && asks ? cmd_encoding_refusal(reply_text(w->reply)) : NULL;
    return ok && *refusal == NULL;
}

bool
wire_open(struct wire *w, const char **why, struct str *answer)
{
    const char *refusal;

    wire_forget_reply(w);
    if (!wire_connect(w)) {
        *why = "cannot connect";
        *answer = str_of(strerror(errno));
    } else if (!wire_greet(w, &refusal)) {
        *why = refusal != NULL   ? refusal
               : wire_is_late(w) ? "no answer in time"
                                 : "greeting failed";
        *answer = refusal != NULL ? reply_text(w->reply) : reply_complaint(w->reply);
    } else {
        return true;
    }
    wire_close(w);
    return false;
}
