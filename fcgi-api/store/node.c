/* node.c - one Redis, or one node of a cluster. */
#include "fcgi-api/store/node.h"

#include <stdio.h>
#include <string.h>

#include "lib/hash.h"
#include "lib/log.h"
#include "lib/redis/commands.h"

void
node_init(struct node *n, const struct config *config, const struct place *place)
{
    memset(n, 0, sizeof(*n));
    wire_init(&n->wire, config);
    if (place != NULL) {
        wire_set_place(&n->wire, place);
    }
}

void
node_fini(struct node *n)
{
    wire_fini(&n->wire);
}

/* ---- the log: each cause once, not once a request ---- */

/* Which node it is; of the one Redis nothing. */
static const char *
node_name(const struct node *n, char out[PLACE_TEXT_SIZE + 6])
{
    char place[PLACE_TEXT_SIZE];

    *out = '\0';
    if (n->wire.has_place) {
        place_print(&n->wire.place, place);
        snprintf(out, PLACE_TEXT_SIZE + 6, " node=%s", place);
    }
    return out;
}

static void
node_log_down(struct node *n, const char *reason, struct str answer)
{
    uint64_t fingerprint = hash_bytes(str_of(reason)) + hash_bytes(answer);
    char name[PLACE_TEXT_SIZE + 6];

    if (fingerprint != n->down) {
        log_warn("redis-down%s reason=\"%s\" answer=%s", node_name(n, name), reason,
                 log_quote(answer).text);
        n->down = fingerprint;
    }
}

static void
node_log_up(struct node *n)
{
    char name[PLACE_TEXT_SIZE + 6];

    if (n->down != 0) {
        log_info("redis-up%s", node_name(n, name));
        n->down = 0;
        memset(&n->refusals, 0, sizeof(n->refusals));
    }
}

void
node_log_refusal(struct node *n)
{
    struct str answer = reply_complaint(n->wire.reply);
    char name[PLACE_TEXT_SIZE + 6];

    if (log_once_first(&n->refusals, hash_bytes(answer))) {
        log_error("redis-error%s answer=%s", node_name(n, name), log_quote(answer).text);
    }
}

void
node_log_no_map(struct node *n)
{
    static const char reason[] = "no answer to CLUSTER NODES";
    struct str answer = reply_complaint(n->wire.reply);
    char name[PLACE_TEXT_SIZE + 6];

    if (log_once_first(&n->refusals, hash_bytes(str_of(reason)) + hash_bytes(answer))) {
        log_warn("cluster-map%s reason=\"%s\" answer=%s", node_name(n, name), reason,
                 log_quote(answer).text);
    }
}

/* ---- commands ---- */

static bool
node_connect(struct node *n, struct argv *argv)
{
    const char *why;
    struct str answer;

    if (!wire_open(&n->wire, &why, &answer)) {
        node_log_down(n, why, answer);
        return false;
    }
    if (wire_is_greeted(&n->wire)) { /* of two round trips none is left after a NOSCRIPT */
        (void)cmd_make_eval(argv);
    }
    return true;
}

static bool
node_exchange_once(struct wire *w, const struct argv *argv, const struct node_how *how)
{
    return how->is_asking ? wire_exchange_asking(w, argv) : wire_exchange(w, argv);
}

static bool
node_exchange(struct wire *w, struct argv *argv, const struct node_how *how)
{
    if (how->clean != NULL) {
        return wire_watch(w, argv, how->clean);
    }
    if (!node_exchange_once(w, argv, how)) {
        return false;
    }
    if (reply_is_error(w->reply, "NOSCRIPT") && cmd_make_eval(argv)) {
        return node_exchange_once(w, argv, how);
    }
    return true;
}

static bool
node_attempt(struct node *n, struct argv *argv, const struct node_how *how)
{
    struct wire *w = &n->wire;

    n->may_have_run = false;
    if (w->resp == NULL && !node_connect(n, argv)) {
        return false;
    }
    if (!node_exchange(w, argv, how)) {
        n->may_have_run = w->sent > 0;
        node_log_down(n, wire_is_late(w) ? "no answer in time" : "connection broke",
                      str_make("", 0));
        wire_close(w);
        return false;
    }
    node_log_up(n);
    return true;
}

bool
node_ask(struct node *n, struct argv *argv, const struct node_how *how)
{
    struct wire *w = &n->wire;
    bool was_open = wire_is_open(w), ok;

    if (!was_open) {
        wire_close(w);
    }
    ok = node_attempt(n, argv, how);
    if (!ok && was_open && (how->may_repeat || !n->may_have_run) && !wire_is_late(w)) {
        ok = node_attempt(n, argv, how); /* Redis may have closed the kept connection just now */
    }
    return ok;
}
