/* history.c - what the endpoints that show messages share.
 *
 * Redis gives the entries in pieces, so that none of its scripts takes long. Each piece is added to
 * the answer before the next one is asked for: there is one piece and one answer in memory. */
#include "fcgi-api/endpoints/history.h"

#include "lib/encoding/codec.h"
#include "lib/garbage.h"
#include "lib/hash.h"
#include "lib/message.h"
#include "lib/redis/commands.h"

enum {
    READ_MAX = 2 * HISTORY_MAX,             /* entries, messages or not */
    READ_MAX_BYTES = 2 * HISTORY_MAX_BYTES, /* likewise */
    MORE_ENTRIES = 500                      /* beyond what is missing: so few may be messages */
};

struct history {
    struct exchange *ex;
    struct str group;
    enum history_order order;
    size_t most;
    size_t count; /* of messages in the answer */
    size_t bytes; /* of them, as they are stored */
    size_t read, read_bytes;
    bool full;
    struct text answer;
    size_t gap; /* newest first: the answer grows towards its begin, this is free before it */
    struct text message, item;
};

/* ---- the answer ---- */

static void
history_prepend(struct history *h, struct str s)
{
    struct text *t = &h->answer;

    if (h->gap < s.len) {
        size_t used = t->len - h->gap, more = s.len + t->len;

        text_reserve(t, more);
        memmove(t->bytes + h->gap + more, t->bytes + h->gap, used);
        h->gap += more;
        t->len += more;
    }
    h->gap -= s.len;
    memcpy(t->bytes + h->gap, s.p, s.len);
}

static void
history_put(struct history *h, struct str s)
{
    if (h->order == HISTORY_NEWEST_FIRST) {
        history_prepend(h, s);
    } else {
        text_add(&h->answer, s.p, s.len);
    }
}

static void
history_begin(struct history *h, const char *msg)
{
    if (h->order == HISTORY_NEWEST_FIRST) {
        history_put(h, str_of("]" RESPONSE_ENVELOPE_END));
    } else {
        response_open_envelope(&h->answer, CODE_OK, str_of(msg));
        text_add_str(&h->answer, "[");
    }
}

static void
history_end(struct history *h, const char *msg)
{
    struct text *t = &h->answer;

    if (h->order == HISTORY_NEWEST_FIRST) {
        text_clear(&h->item);
        response_open_envelope(&h->item, CODE_OK, str_of(msg));
        text_add_str(&h->item, "[");
        history_put(h, text_str(&h->item));
        memmove(t->bytes, t->bytes + h->gap, t->len - h->gap);
        t->len -= h->gap;
        t->bytes[t->len] = '\0';
    } else {
        text_add_str(t, "]" RESPONSE_ENVELOPE_END);
    }
    response_take(h->ex->response, CODE_OK, t);
}

/* ---- entries ---- */

static void
history_take_entry(struct history *h, struct str stored)
{
    static struct garbage garbage; /* of this process */
    enum config_encoding encoding = (enum config_encoding)h->ex->config->redis.encoding;
    size_t size = stored.len;

    h->read++;
    h->read_bytes += stored.len;
    text_clear(&h->message);
    if (!codec_recode(encoding, &h->message, h->group, stored, NULL)) {
        garbage_note(&garbage, h->group, stored, hash_bytes(stored));
        return;
    }
    if (codec_hurts_java(encoding, stored)) {
        garbage_note_unwrapped(&garbage, h->group, stored, hash_bytes(stored));
    }
    if (encoding != ENCODING_PLAIN) {
        size = h->message.len; /* the same messages as in plain */
    }
    h->full = h->count > 0 && h->bytes + size > HISTORY_MAX_BYTES;
    if (h->full) {
        return;
    }
    if (h->count > 0) {
        history_put(h, str_of(","));
    }
    text_clear(&h->item);
    text_add_json(&h->item, text_str(&h->message));
    history_put(h, text_str(&h->item));
    h->count++;
    h->bytes += size;
    h->full = h->count == h->most;
}

/* Returns true if there is another piece to ask for: *place says where. */
static bool
history_take_piece(struct history *h, const struct reply *reply, struct cmd_place *place)
{
    const struct reply *entries = reply_count(reply) == 3 ? reply_at(reply, 2) : NULL;

    for (size_t i = 0; !h->full && i < reply_count(entries); i++) {
        history_take_entry(h, reply_text(reply_at(entries, i)));
    }
    if (h->full || reply_count(entries) == 0 || h->read >= READ_MAX ||
        h->read_bytes >= READ_MAX_BYTES) {
        return false;
    }
    *place = (struct cmd_place){
        .position = reply_int(reply_at(reply, 0)),
        .entry = reply_text(reply_at(entries, reply_count(entries) - 1)),
        .step = h->order == HISTORY_NEWEST_FIRST ? -1 : 1,
        .end = reply_int(reply_at(reply, 1)),
    };
    return place->position != place->end;
}

/* Returns false if Redis failed; the response then says so. */
static bool
history_take_all(struct history *h, const struct reply *reply)
{
    struct cmd_place place;

    while (history_take_piece(h, reply, &place)) {
        cmd_list_more(h->ex->argv, h->ex->config, h->group, &place,
                      (int64_t)(h->most - h->count + MORE_ENTRIES), CMD_PIECE_BYTES);
        if (!exchange_ask(h->ex, STORE_REPEAT, &reply)) {
            return false;
        }
    }
    return true;
}

void
history_answer(struct exchange *ex, const char *msg, enum history_order order, size_t most,
               const struct reply *reply)
{
    struct history h = {
        .ex = ex,
        .group = form_get(ex->form, "groupId"),
        .order = order,
        .most = most,
        .full = most == 0,
    };

    if (reply_type(reply) != REPLY_LIST) {
        response_say(ex->response, CODE_OK, msg);
        return;
    }
    text_init(&h.answer);
    text_init(&h.message);
    text_init(&h.item);
    history_begin(&h, msg);
    if (history_take_all(&h, reply)) {
        history_end(&h, msg);
    }
    text_fini(&h.answer);
    text_fini(&h.message);
    text_fini(&h.item);
}

/* ---- before a message ---- */

/* A larger count is cut. */
static int64_t
history_count(struct exchange *ex)
{
    int64_t count = exchange_int(ex, "count", 0, INT64_MAX);

    return count < HISTORY_MAX ? count : HISTORY_MAX;
}

void
history_ask_before(struct exchange *ex)
{
    struct str sender = exchange_id(ex, "userId");
    struct str group = exchange_group(ex, CODE_REFUSED);
    int64_t ts = exchange_int(ex, "ts", 0, MESSAGE_TS_MAX);
    int64_t count = history_count(ex);

    if (ex->fault == 0) {
        cmd_list_before(ex->argv, ex->config, ex->request->user, ex->token, group, sender, ts,
                        count);
    }
}

void
history_answer_before(struct exchange *ex, const char *msg, const struct reply *reply)
{
    history_answer(ex, msg, HISTORY_NEWEST_FIRST, (size_t)history_count(ex), reply);
}
