/* store.c - sends commands to Redis: what a failure means, and when to send again. */
#include "fcgi-api/store/store.h"

#include <stdlib.h>
#include <string.h>

#include "fcgi-api/store/wire.h"
#include "lib/redis/commands.h"
#include "lib/clock.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/log_once.h"

struct store {
    const struct config *config;
    struct wire wire;
    uint64_t down;            /* fingerprint of the reason logged last; 0: Redis is up */
    struct log_once refusals; /* errors logged since Redis is up */
};

struct store *
store_create(const struct config *config)
{
    struct store *s = mem_zalloc(sizeof(*s));

    s->config = config;
    wire_init(&s->wire, config);
    return s;
}

void
store_destroy(struct store *s)
{
    if (s != NULL) {
        wire_fini(&s->wire);
        free(s);
    }
}

/* ---- the log: each cause once, not once a request ---- */

static void
store_log_down(struct store *s, const char *reason, struct str answer)
{
    uint64_t fingerprint = hash_bytes(str_of(reason)) + hash_bytes(answer);

    if (fingerprint != s->down) {
        log_warn("redis-down reason=\"%s\" answer=%s", reason, log_quote(answer).text);
        s->down = fingerprint;
    }
}

static void
store_log_up(struct store *s)
{
    if (s->down != 0) {
        log_info("redis-up");
        s->down = 0;
        memset(&s->refusals, 0, sizeof(s->refusals));
    }
}

static void
store_log_refusal(struct store *s)
{
    struct str answer = reply_complaint(s->wire.reply);

    if (log_once_first(&s->refusals, hash_bytes(answer))) {
        log_error("redis-error answer=%s", log_quote(answer).text);
    }
}

/* ---- commands ---- */

static bool
store_connect(struct store *s, struct argv *argv)
{
    const char *why;
    struct str answer;

    if (!wire_open(&s->wire, &why, &answer)) {
        store_log_down(s, why, answer);
        return false;
    }
    if (wire_is_greeted(&s->wire)) { /* of two round trips none is left after a NOSCRIPT */
        (void)cmd_make_eval(argv);
    }
    return true;
}

static bool
store_exchange(struct wire *w, struct argv *argv)
{
    if (!wire_exchange(w, argv)) {
        return false;
    }
    if (reply_is_error(w->reply, "NOSCRIPT") && cmd_make_eval(argv)) {
        return wire_exchange(w, argv);
    }
    return true;
}

/* clean: not NULL, argv is a WATCH. */
static bool
store_attempt(struct store *s, struct argv *argv, bool *clean)
{
    if (s->wire.resp == NULL && !store_connect(s, argv)) {
        return false;
    }
    if (clean != NULL ? !wire_watch(&s->wire, argv, clean) : !store_exchange(&s->wire, argv)) {
        store_log_down(s, wire_is_late(&s->wire) ? "no answer in time" : "connection broke",
                       str_make("", 0));
        wire_close(&s->wire);
        return false;
    }
    store_log_up(s);
    return true;
}

static enum store_result
store_send(struct store *s, struct argv *argv, enum store_repeat repeat, bool *clean)
{
    struct wire *w = &s->wire;
    bool was_open = wire_is_open(w), ok;

    w->deadline_ms = clock_ms() + s->config->redis.timeout_ms;
    if (!was_open) {
        wire_close(w);
    }
    ok = store_attempt(s, argv, clean);
    if (!ok && was_open && (repeat == STORE_REPEAT || w->sent == 0) && !wire_is_late(w)) {
        ok = store_attempt(s, argv, clean); /* Redis may have closed the kept connection just now */
    }
    if (!ok) {
        return STORE_UNREACHABLE;
    }
    if (reply_type(w->reply) == REPLY_ERROR) {
        store_log_refusal(s);
        if (reply_is_error(w->reply,
                           "READONLY")) { /* the master is another one: look it up again */
            wire_close(w);
        }
        if (clean != NULL) {
            return STORE_OK; /* nobody may watch, and all may have changed */
        }
        return reply_is_passing(w->reply) ? STORE_UNREACHABLE : STORE_FAULT;
    }
    return STORE_OK;
}

enum store_result
store_ask(struct store *s, struct argv *argv, enum store_repeat repeat, const struct reply **reply)
{
    enum store_result result = store_send(s, argv, repeat, NULL);

    if (result == STORE_OK) {
        *reply = s->wire.reply;
    }
    return result;
}

enum store_result
store_watch(struct store *s, struct argv *watch, bool *changed)
{
    bool clean = false;
    enum store_result result = store_send(s, watch, STORE_REPEAT, &clean);

    *changed = !clean;
    return result;
}
