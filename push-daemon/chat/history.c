/* history.c - the frame `history` of fastim.v2: messages of the past, in pieces of one script. */
#include "push-daemon/chat/history.h"

#include <stdlib.h>

#include "lib/hash.h"
#include "lib/mem.h"
#include "lib/redis/commands.h"
#include "lib/redis/resp.h"
#include "push-daemon/chat/ask_query.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/sessions.h"
#include "push-daemon/client/v2_state.h"
#include "push-daemon/core/redis_clock.h"
#include "push-daemon/room/newest.h"
#include "push-daemon/v2/answer.h"
#include "push-daemon/v2/client_frame.h"

enum {
    MORE_ENTRIES = 500,        /* asked for beside the messages: so many may be none */
    READ_MAX_BYTES = 1 << 20,  /* of entries for one frame */
    SEEK_MAX_BYTES = 32 << 20, /* ... until there is a message for it */
    DAY_MS = 86400000
};

/* Messages come newest first. */
struct history {
    struct ask_query query; /* the first member, so that each is a pointer to the other */
    struct newest messages;
    size_t wanted;
    int64_t before;
    bool is_shared; /* messages of others may have that ts, too */
    size_t read;    /* bytes of entries */
    bool end;       /* there is nothing older */
};

static void
history_end(struct history *h)
{
    h->query.session->v2->asks_history = false;
    newest_fini(&h->messages);
    ask_end(&h->query);
}

/* ---- the answer ---- */

static void
history_answer(struct history *h)
{
    struct str id = ask_id(&h->query);
    struct text out;

    text_init(&out);
    text_add_str(&out, "{\"type\":\"history\"");
    if (id.len > 0) {
        text_add_str(&out, ",\"id\":");
        text_add_json(&out, id);
    }
    text_add_str(&out, ",\"list\":[");
    newest_write(&h->messages, &out);
    text_add_str(&out, h->end ? "],\"end\":true}" : "],\"end\":false}");
    answer_json(h->query.session, text_str(&out));
    text_fini(&out);
}

/* ---- pieces ---- */

/* If entries are large, the script may not find where to begin, and gives the newest ones. */
static bool
history_is_newer(const struct history *h, int64_t ts)
{
    const struct env *env = h->query.ask->env;
    int64_t now = redis_clock_at_ms(env->redis_clock, env_now_ms(env));

    return h->messages.count == 1 && ts >= h->before + h->is_shared && ts < now + DAY_MS;
}

static void
history_take_entry(struct history *h, const struct reply *entry)
{
    struct str raw = reply_text(entry);
    int64_t ts;

    h->read += raw.len;
    if (!newest_take(&h->messages, h->query.session->group, raw, &ts)) {
        garbage_note(&h->query.ask->garbage, h->query.session->group, raw, hash_bytes(raw));
    } else if (history_is_newer(h, ts)) {
        newest_drop_last(&h->messages);
    }
}

/* A frame has a message at least, if there is one. */
static bool
history_may_read(const struct history *h)
{
    size_t count = h->messages.count;

    return count < h->wanted && h->read < (count > 0 ? READ_MAX_BYTES : SEEK_MAX_BYTES);
}

/* Returns true if there is another piece to ask for: *place says where. */
static bool
history_take_piece(struct history *h, const struct reply *reply, struct cmd_place *place)
{
    const struct reply *entries = reply_count(reply) == 3 ? reply_at(reply, 2) : NULL;
    size_t n = reply_count(entries), taken = 0;

    while (taken < n && history_may_read(h)) {
        history_take_entry(h, reply_at(entries, taken++));
    }
    if (n == 0) {
        h->end = true;
        return false;
    }
    *place = (struct cmd_place){
        .position = reply_int(reply_at(reply, 0)),
        .entry = reply_text(reply_at(entries, n - 1)),
        .step = -1,
        .end = reply_int(reply_at(reply, 1)),
    };
    h->end = taken == n && place->position == place->end;
    return !h->end && history_may_read(h);
}

static void
history_on_piece(void *arg, const struct reply *reply)
{
    struct history *h = arg;
    struct session *s = h->query.session;
    struct ask *ask = h->query.ask;
    struct cmd_place place;
    size_t before = h->read;

    if (!session_is_open(s) || ask_is_refused(&h->query, reply)) {
        history_end(h); /* who has left has given its ticket back: nothing can be charged */
        return;
    }
    if (history_take_piece(h, reply, &place)) {
        sessions_charge(ask->sessions, s, h->read - before);
        cmd_list_more(&h->query.argv, ask->env->config, s->group, &place,
                      (int64_t)(h->wanted - h->messages.count + MORE_ENTRIES), CMD_PIECE_BYTES);
        if (!ask_send_costly(&h->query, history_on_piece)) {
            history_on_piece(h, NULL);
        }
        return;
    }
    sessions_charge(ask->sessions, s, h->read - before);
    history_answer(h);
    history_end(h);
}

void
history_take(struct ask *ask, struct session *s, const struct client_frame *f)
{
    struct history *h;

    if (s->v2->asks_history) {
        answer_error(s, f->id, V2_CONNECTION, ASK_RETRY_MS);
        return;
    }
    if (!ask_within_rate(ask, s, &s->v2->history, f->id)) {
        return;
    }
    h = (struct history *)ask_begin(ask, s, f, sizeof(*h));
    h->messages.encoding = (enum config_encoding)ask->env->config->redis.encoding;
    h->wanted = (size_t)f->count;
    h->before = f->ts;
    h->is_shared = f->user.len > 0;
    s->v2->asks_history = true;
    cmd_list_before_ts(&h->query.argv, ask->env->config, s->user, ask_token(&h->query), s->group,
                       f->user, f->ts, f->count + MORE_ENTRIES);
    if (!ask_send_costly(&h->query, history_on_piece)) {
        history_on_piece(h, NULL);
    }
}
