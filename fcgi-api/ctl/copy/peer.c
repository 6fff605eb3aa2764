/* peer.c - a Redis, or one node of a cluster, that is asked much. */
#include "fcgi-api/ctl/copy/peer.h"

#include "fcgi-api/ctl/complain.h"
#include "lib/clock.h"

enum {
    ANSWER_MS = 30000, /* longest wait for a reply: a value may be large */
    SCAN_COUNT = 500   /* keys that Redis looks at in one step */
};

void
peer_init(struct peer *p, const struct config *config, const struct place *place,
          struct progress *progress)
{
    *p = (struct peer){.progress = progress};
    wire_init(&p->wire, config);
    if (place != NULL) {
        wire_set_place(&p->wire, place);
    }
    argv_init(&p->argv);
    text_init(&p->cursor);
}

void
peer_fini(struct peer *p)
{
    reply_free(p->names);
    text_fini(&p->cursor);
    argv_fini(&p->argv);
    wire_fini(&p->wire);
}

static enum ctl_exit
peer_fail(struct peer *p, struct str answer)
{
    char node[PLACE_TEXT_SIZE] = "";

    progress_clear(p->progress);
    if (p->wire.has_place) {
        place_print(&p->wire.place, node);
    }
    complain("Redis%s%s cannot be reached, or answers an error: %.*s", *node != '\0' ? " " : "",
             node, (int)answer.len, answer.p);
    return CTL_AWAY;
}

enum ctl_exit
peer_open(struct peer *p)
{
    const char *why;
    struct str answer;

    p->wire.deadline_ms = clock_ms() + p->wire.config->redis.timeout_ms;
    return wire_open(&p->wire, &why, &answer) ? CTL_DONE : peer_fail(p, answer);
}

static enum ctl_exit
peer_lose(struct peer *p)
{
    return peer_fail(p, str_of(wire_is_late(&p->wire) ? "no answer in time" : "connection broke"));
}

static enum ctl_exit
peer_check(struct peer *p, enum ctl_exit exit)
{
    if (exit == CTL_DONE && reply_type(p->wire.reply) == REPLY_ERROR) {
        return peer_fail(p, reply_complaint(p->wire.reply));
    }
    return exit;
}

enum ctl_exit
peer_try(struct peer *p)
{
    p->wire.deadline_ms = clock_ms() + ANSWER_MS;
    return wire_exchange(&p->wire, &p->argv) ? CTL_DONE : peer_lose(p);
}

enum ctl_exit
peer_ask(struct peer *p)
{
    return peer_check(p, peer_try(p));
}

enum ctl_exit
peer_watch(struct peer *p, bool *clean)
{
    p->wire.deadline_ms = clock_ms() + ANSWER_MS;
    return peer_check(p, wire_watch(&p->wire, &p->argv, clean) ? CTL_DONE : peer_lose(p));
}

static enum ctl_exit
peer_scan_on(struct peer *p)
{
    struct str cursor = text_str(&p->cursor), next;
    enum ctl_exit exit;

    argv_clear(&p->argv);
    argv_add_str(&p->argv, "SCAN");
    argv_add(&p->argv, cursor.len > 0 ? cursor : str_of("0"));
    argv_add_str(&p->argv, "COUNT");
    argv_add_int(&p->argv, SCAN_COUNT);
    exit = peer_ask(p);
    if (exit == CTL_DONE && reply_count(p->wire.reply) != 2) {
        return peer_fail(p, str_of("no answer to SCAN"));
    }
    if (exit == CTL_DONE) {
        next = reply_text(reply_at(p->wire.reply, 0));
        text_clear(&p->cursor);
        text_add(&p->cursor, next.p, next.len);
        reply_free(p->names);
        p->names = p->wire.reply;
        p->wire.reply = NULL;
        p->at = 0;
    }
    return exit;
}

enum ctl_exit
peer_scan(struct peer *p, struct str *name)
{
    while (p->names == NULL || p->at == reply_count(reply_at(p->names, 1))) {
        enum ctl_exit exit;

        if (str_is(text_str(&p->cursor), "0")) {
            *name = str_make(NULL, 0);
            return CTL_DONE;
        }
        exit = peer_scan_on(p);
        if (exit != CTL_DONE) {
            return exit;
        }
    }
    *name = reply_text(reply_at(reply_at(p->names, 1), p->at++));
    return CTL_DONE;
}
