/* reader.c - all entries of a group's list, or the newest ones, in small steps. */
#include "fcgi-api/transfer/reader.h"

#include "lib/encoding/codec.h"
#include "lib/redis/commands_admin.h"

enum {
    STEP_FIRST = 64, /* entries may be large */
    BACK_FIRST = 64,
    BACK_MAX = 512, /* beyond that the search goes on by windows of its own */
    OLDER_MAX = 256 /* so many older entries in a row: the anchors are gone */
};

/* A search for the anchors, from their place towards the begin of the list. */
struct search {
    int64_t top;    /* ts of the newest anchor that is a message; -1: none is one */
    int64_t behind; /* position behind the newest of the older entries met in a row; -1: none */
    int64_t older;  /* how many of these */
    bool found, given_up;
};

/* Sets *length to that of the list. */
static bool
reader_ask_length(struct reader *r, int64_t *length)
{
    const struct reply *reply;
    enum store_result result;

    cmd_admin_length(&r->argv, r->config, r->group);
    result = store_ask(r->store, &r->argv, STORE_REPEAT, &reply);
    r->away = result == STORE_UNREACHABLE;
    *length = result == STORE_OK ? reply_int(reply) : 0;
    return result == STORE_OK;
}

bool
reader_init(struct reader *r, const struct config *config, struct store *store, struct str group,
            int64_t newest)
{
    *r = (struct reader){.config = config, .store = store, .group = group, .step = STEP_FIRST};
    argv_init(&r->argv);
    text_init(&r->scratch);
    if (!reader_ask_length(r, &r->end)) {
        return false;
    }
    r->next = newest >= 0 && newest < r->end ? r->end - newest : 0;
    return true;
}

void
reader_fini(struct reader *r)
{
    for (size_t i = 0; i < READER_ANCHORS; i++) {
        text_fini(&r->anchors[i]);
    }
    argv_fini(&r->argv);
    text_fini(&r->scratch);
}

struct str
reader_entry(const struct reader *r, size_t i)
{
    return reply_text(reply_at(r->reply, r->from + i));
}

/* ---- what was read ---- */

void
reader_note(struct reader *r, struct str entry)
{
    struct text *anchor = &r->anchors[r->anchor_count++ % READER_ANCHORS];

    text_clear(anchor);
    text_add(anchor, entry.p, entry.len);
}

static size_t
reader_anchors(const struct reader *r)
{
    return r->anchor_count < READER_ANCHORS ? r->anchor_count : READER_ANCHORS;
}

static bool
reader_was_read(const struct reader *r, struct str entry)
{
    for (size_t i = reader_anchors(r); i > 0; i--) {
        if (str_equal(text_str(&r->anchors[(r->anchor_count - i) % READER_ANCHORS]), entry)) {
            return true;
        }
    }
    return false;
}

/* -1: it is no message. */
static int64_t
reader_ts(struct reader *r, struct str entry)
{
    enum config_encoding encoding = (enum config_encoding)r->config->redis.encoding;
    int64_t ts;

    text_clear(&r->scratch);
    return codec_recode(encoding, &r->scratch, r->group, entry, &ts) ? ts : -1;
}

static int64_t
reader_top_ts(struct reader *r)
{
    int64_t top = -1;

    for (size_t i = reader_anchors(r); i > 0 && top < 0; i--) {
        size_t newest = r->anchor_count - 1 - (reader_anchors(r) - i);

        top = reader_ts(r, text_str(&r->anchors[newest % READER_ANCHORS]));
    }
    return top;
}

/* ---- a step ---- */

/* Asks for the entries from one position to another. */
static bool
reader_ask(struct reader *r, int64_t first, int64_t last)
{
    enum store_result result;

    cmd_admin_entries(&r->argv, r->config, r->group, first, last);
    result = store_ask(r->store, &r->argv, STORE_REPEAT, &r->reply);
    r->away = result == STORE_UNREACHABLE;
    return result == STORE_OK;
}

/* What follows position first - 1 in the reply, which begins at position base, is the step. */
static void
reader_take(struct reader *r, int64_t base, int64_t first)
{
    int64_t shift = r->next - first; /* so many have gone */
    size_t all = reply_count(r->reply), bytes = reply_bytes(r->reply);

    r->from = (size_t)(first - base);
    r->count = all > r->from ? all - r->from : 0;
    if (r->end != INT64_MAX) {
        r->end -= shift;
        r->count = first + (int64_t)r->count > r->end
                       ? (size_t)(r->end > first ? r->end - first : 0)
                       : r->count;
    }
    r->next = first + (int64_t)r->count;
    r->back = shift == 0 ? r->back / 2 : 2 * shift < BACK_MAX ? 2 * shift : BACK_MAX;
    for (size_t i = r->count > READER_ANCHORS ? r->count - READER_ANCHORS : 0; i < r->count; i++) {
        reader_note(r, reader_entry(r, i));
    }
    if (all > 0) {
        int64_t fit = READER_STEP_BYTES / (int64_t)(bytes / all + 1) + 1;

        fit = fit < 2 * r->step ? fit : 2 * r->step;
        r->step = fit < READER_STEP_MAX ? fit : READER_STEP_MAX;
    }
}

/* ---- the search ---- */

/* Looks for an anchor in the reply, which begins at position base, from position last downwards. */
static void
reader_search_reply(struct reader *r, struct search *s, int64_t base, int64_t last)
{
    int64_t i = last - base;

    if (i >= (int64_t)reply_count(r->reply)) {
        i = (int64_t)reply_count(r->reply) - 1;
    }
    for (; i >= 0 && !s->found && !s->given_up; i--) {
        struct str entry = reply_text(reply_at(r->reply, (size_t)i));
        int64_t ts;

        if (reader_was_read(r, entry)) {
            s->found = true;
            s->behind = base + i + 1;
            return;
        }
        ts = reader_ts(r, entry);
        if (ts > s->top) {
            s->older = 0;
            s->behind = -1;
        } else if (ts >= 0) {
            s->behind = s->older == 0 ? base + i + 1 : s->behind;
            s->given_up = ++s->older == OLDER_MAX;
        }
    }
}

/* Neither at their place nor right before it do the anchors stand. Looks for them down to the begin
 * of the list. If they are gone, what is newer than they is what was not read. */
static bool
reader_search(struct reader *r)
{
    struct search s = {.top = reader_top_ts(r), .behind = -1};
    int64_t base;

    if (!reader_ask_length(r, &base)) {
        return false;
    }
    base = base < r->next ? base : r->next;
    while (base > 0 && !s.found && !s.given_up) {
        int64_t last = base - 1;

        base = base > READER_STEP_MAX / 2 ? base - READER_STEP_MAX / 2 : 0;
        if (!reader_ask(r, base, last + r->step)) {
            return false;
        }
        reader_search_reply(r, &s, base, last);
    }
    if (!s.found) {
        r->lost = r->lost || s.behind < 0;
        base = s.behind < 0 ? 0 : s.behind;
        s.behind = base;
        if (!reader_ask(r, base, base + r->step - 1)) {
            return false;
        }
    }
    reader_take(r, base, s.behind);
    return true;
}

/* Returns false if Redis failed. */
static bool
reader_step(struct reader *r)
{
    int64_t last = r->next - 1;

    if (r->anchor_count == 0) {
        if (!reader_ask(r, r->next, last + r->step)) {
            return false;
        }
        reader_take(r, r->next, r->next);
        return true;
    }
    for (;;) {
        struct search s = {.top = -1, .behind = -1};
        int64_t base = last > r->back ? last - r->back : 0;

        if (!reader_ask(r, base, last + r->step)) {
            return false;
        }
        reader_search_reply(r, &s, base, last);
        if (s.found) {
            reader_take(r, base, s.behind);
            return true;
        }
        if (r->back >= BACK_FIRST) {
            return reader_search(r);
        }
        r->back = BACK_FIRST;
    }
}

bool
reader_go_on(struct reader *r)
{
    int64_t length;

    if (!reader_ask_length(r, &length)) {
        return false;
    }
    if (r->anchor_count > 0 && length > r->next) {
        r->next = length;
    }
    r->end = INT64_MAX;
    return true;
}

enum reader_result
reader_next(struct reader *r)
{
    if (r->next >= r->end) {
        return READER_END;
    }
    if (!reader_step(r)) {
        return READER_FAILED;
    }
    return r->count > 0 ? READER_ENTRIES : READER_END;
}
