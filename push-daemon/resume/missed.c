/* missed.c - what resume.lua answered, as frames. */
#include "push-daemon/resume/missed.h"

#include <stdlib.h>

#include "lib/encoding/codec.h"
#include "lib/garbage.h"
#include "lib/hash.h"
#include "lib/mem.h"
#include "lib/redis/resp.h"
#include "push-daemon/frames/blob.h"
#include "push-daemon/frames/form.h"
#include "push-daemon/resume/numbered.h"

enum {
    PARTS = 6 /* of the answer */
};

/* Adds the entry as a message; false if it is none. */
static bool
missed_recode(const struct missed_reader *r, const struct reply *entry, struct text *message,
              int64_t *ts)
{
    struct str raw = reply_text(entry);

    text_clear(message);
    if (!codec_recode(r->encoding, message, r->group, raw, ts)) {
        garbage_note(r->garbage, r->group, raw, hash_bytes(raw));
        return false;
    }
    return true;
}

/* ---- frames ---- */

static void
missed_end_frame(struct missed *m, int64_t at, bool counts)
{
    if ((m->count & (m->count - 1)) == 0) { /* full at every power of two */
        m->frames = mem_resize(m->frames, (m->count > 0 ? 2 * m->count : 1) * sizeof(*m->frames));
    }
    m->frames[m->count++] = (struct missed_frame){m->json.len, at, counts};
}

/* A member of the log is ANCHOR FRONT FRAME. */
static struct str
missed_frame_of(struct str member)
{
    for (int spaces = 0; member.len > 0 && spaces < 2; member.p++, member.len--) {
        spaces += *member.p == ' ';
    }
    return member;
}

/* Adds the events whose number is at most that, from *next on. */
static void
missed_add_events(struct missed *m, const struct reply *events, size_t *next, int64_t most,
                  int64_t *at)
{
    while (*next + 1 < reply_count(events)) {
        struct str json = missed_frame_of(reply_text(reply_at(events, *next)));
        int64_t number = strtoll(reply_text(reply_at(events, *next + 1)).p, NULL, 10);

        if (number > most) {
            return;
        }
        *next += 2;
        *at = number > *at ? number : *at;
        text_add(&m->json, json.p, json.len);
        missed_end_frame(m, *at, false);
    }
}

/* An event comes before the first message with a higher ts. One with the same ts, of another
 * writer, is not above the position behind the event. If the last message is late, it may have come
 * behind the events that have the highest numbers: nothing tells. */
static void
missed_merge(struct missed *m, const struct missed_reader *r, const struct reply *entries,
             const struct reply *events)
{
    int64_t at = m->from.at, ts;
    struct text message;
    size_t next = 0;

    m->exact = true;
    text_init(&message);
    for (size_t i = 0; i < reply_count(entries); i++) {
        if (!missed_recode(r, reply_at(entries, i), &message, &ts)) {
            continue;
        }
        missed_add_events(m, events, &next, ts, &at);
        m->exact = numbered_add(&m->json, text_str(&message), ts, &at, r->redis_ms);
        missed_end_frame(m, at, m->exact);
    }
    missed_add_events(m, events, &next, INT64_MAX, &at);
    text_fini(&message);
}

/* ---- the list ---- */

static void
missed_write_list(struct missed *m)
{
    m->exact = m->newest_ts == m->now.at;
    m->count = m->newest.count;
    text_add_str(&m->json, "{\"type\":\"list\",\"epoch\":\"");
    text_add_str(&m->json, m->now.epoch);
    text_add_str(&m->json, "\",\"at\":");
    text_add_int(&m->json, m->now.at);
    text_add_str(&m->json, ",\"total\":");
    text_add_int(&m->json, m->total);
    text_add_str(&m->json, ",\"list\":[");
    newest_write(&m->newest, &m->json);
    text_add_str(&m->json, "]}");
    newest_fini(&m->newest);
    trail_fini(&m->trail);
}

/* The next older entry. */
static void
missed_take_entry(struct missed *m, const struct missed_reader *r, struct str raw)
{
    bool is_message;
    int64_t ts;

    if (m->newest.count >= r->list_num) {
        return;
    }
    is_message = newest_take(&m->newest, r->group, raw, &ts);
    trail_add(&m->trail, raw, is_message);
    if (!is_message) {
        garbage_note(r->garbage, r->group, raw, hash_bytes(raw));
    } else if (m->newest.count == 1) {
        m->newest_ts = ts;
    }
}

/* So many entries as messages are wanted are read in any case. If some of them are no message, more
 * are read, within bounds. */
static bool
missed_reads_on(const struct missed *m, const struct missed_reader *r)
{
    const struct trail *t = &m->trail;

    return !m->in_one && t->position > 0 && m->newest.count < r->list_num &&
           (t->count < r->list_num ||
            (t->count < MISSED_ENTRIES_MAX && t->bytes < MISSED_BYTES_MAX));
}

/* All of a piece was taken. position: of its oldest entry. */
static void
missed_end_piece(struct missed *m, const struct missed_reader *r, int64_t position)
{
    m->trail.position = position;
    m->lacks = missed_reads_on(m, r);
    if (!m->lacks) {
        missed_write_list(m);
    }
}

/* The first piece; oldest first. */
static void
missed_take_newest(struct missed *m, const struct missed_reader *r, const struct reply *entries)
{
    size_t count = reply_count(entries);

    m->newest.encoding = r->encoding;
    for (size_t i = count; i > 0; i--) {
        missed_take_entry(m, r, reply_text(reply_at(entries, i - 1)));
    }
    missed_end_piece(m, r, count > 0 ? m->total - (int64_t)count : 0);
}

/* Newest first, as list_more.lua answers. */
bool
missed_add(struct missed *m, const struct missed_reader *r, const struct reply *reply)
{
    const struct reply *entries = reply_count(reply) == 3 ? reply_at(reply, 2) : NULL;
    struct trail_place place;

    if (!trail_find(&m->trail, &place) || !trail_goes_on(&m->trail, place.known, entries)) {
        return false;
    }
    for (size_t i = place.known; i < reply_count(entries); i++) {
        missed_take_entry(m, r, reply_text(reply_at(entries, i)));
    }
    missed_end_piece(m, r, reply_int(reply_at(reply, 0)));
    return true;
}

/* ---- all of it ---- */

bool
missed_read(struct missed *m, const struct missed_reader *r, const struct reply *reply)
{
    const struct reply *entries, *events;

    if (reply_count(reply) != PARTS) {
        return false;
    }
    entries = reply_at(reply, 4);
    events = reply_at(reply, 5);
    m->now = position_make(reply_text(reply_at(reply, 0)), reply_int(reply_at(reply, 1)));
    m->total = reply_int(reply_at(reply, 2));
    m->proven = reply_int(reply_at(reply, 3)) == 1;
    if (!position_is_set(&m->now)) {
        return false;
    }
    if (m->proven) {
        missed_merge(m, r, entries, events);
    } else {
        missed_take_newest(m, r, entries);
    }
    return true;
}

void
missed_fini(struct missed *m)
{
    text_fini(&m->json);
    newest_fini(&m->newest);
    trail_fini(&m->trail);
    free(m->frames);
    m->frames = NULL;
}

size_t
missed_find(const struct missed *m, const struct position *position)
{
    if (!m->proven || !position_has_epoch(position, m->now.epoch)) {
        return SIZE_MAX;
    }
    if (position->at == m->from.at) {
        return 0;
    }
    for (size_t i = 0; i < m->count; i++) {
        if (m->frames[i].counts && m->frames[i].at == position->at) {
            return i + 1;
        }
    }
    return SIZE_MAX;
}

static struct str
missed_json(const struct missed *m, size_t i)
{
    size_t begin = i > 0 ? m->frames[i - 1].end : 0;

    return str_make(m->json.bytes + begin, m->frames[i].end - begin);
}

struct blob *
missed_blob(const struct missed *m, size_t from, const struct form *form)
{
    struct position position = m->now;
    struct blob *blob = NULL;
    struct text out;

    if (!m->proven) {
        return form_blob(form, text_str(&m->json), &position);
    }
    text_init(&out);
    for (size_t i = from; i < m->count; i++) {
        position.at = m->frames[i].at;
        form->add(&out, missed_json(m, i), &position);
    }
    if (out.len > 0) {
        blob = blob_of(text_str(&out));
    }
    text_fini(&out);
    return blob;
}

void
missed_each(const struct missed *m, size_t from,
            void (*add)(void *arg, struct str json, int64_t at), void *arg)
{
    if (!m->proven) {
        add(arg, text_str(&m->json), m->now.at);
        return;
    }
    for (size_t i = from; i < m->count; i++) {
        add(arg, missed_json(m, i), m->frames[i].at);
    }
}
