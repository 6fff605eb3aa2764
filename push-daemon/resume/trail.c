/* trail.c - the entries of a list that were read, and how Redis finds the place again. */
#include "push-daemon/resume/trail.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/redis/resp.h"

enum {
    KNOWN_MAX = 64,                    /* entries are asked for again at most, */
    KNOWN_BYTES_MAX = CMD_PIECE_BYTES, /* and so many bytes */
    ENTRY_COST = 400                   /* prelude_budget.lua counts no more */
};

static struct trail_entry
trail_entry(struct str raw, bool is_message)
{
    size_t length = raw.len < CMD_PLACE_BYTES ? raw.len : CMD_PLACE_BYTES;
    struct trail_entry e = {
        .end_length = (uint32_t)length, .length = (uint32_t)raw.len, .is_message = is_message};

    memcpy(e.end, raw.p + raw.len - length, length);
    return e;
}

static bool
trail_is_like(const struct trail_entry *a, const struct trail_entry *b)
{
    return a->end_length == b->end_length && memcmp(a->end, b->end, a->end_length) == 0;
}

void
trail_add(struct trail *t, struct str raw, bool is_message)
{
    if ((t->count & (t->count - 1)) == 0) { /* full at every power of two */
        t->entries =
            mem_resize(t->entries, (t->count > 0 ? 2 * t->count : 1) * sizeof(*t->entries));
    }
    t->entries[t->count++] = trail_entry(raw, is_message);
    t->bytes += raw.len;
}

static bool
trail_is_unlike_others(const struct trail *t, size_t i)
{
    for (size_t k = 0; k < t->count; k++) {
        if (k != i && trail_is_like(&t->entries[k], &t->entries[i])) {
            return false;
        }
    }
    return true;
}

bool
trail_find(const struct trail *t, struct trail_place *place)
{
    size_t known_bytes = 0;

    for (size_t known = 0; known < t->count && known <= KNOWN_MAX; known++) {
        size_t i = t->count - 1 - known;
        const struct trail_entry *e = &t->entries[i];

        if (e->is_message && trail_is_unlike_others(t, i)) {
            struct str end = str_make(e->end, e->end_length);

            *place = (struct trail_place){
                {t->position + (int64_t)known, end, -1, 0}, known, known_bytes};
            return true;
        }
        known_bytes += e->length + ENTRY_COST;
        if (known_bytes > KNOWN_BYTES_MAX) {
            return false;
        }
    }
    return false;
}

bool
trail_goes_on(const struct trail *t, size_t known, const struct reply *entries)
{
    if (reply_count(entries) <= known) {
        return false;
    }
    for (size_t i = 0; i < known; i++) {
        struct trail_entry e = trail_entry(reply_text(reply_at(entries, i)), false);

        if (!trail_is_like(&e, &t->entries[t->count - known + i])) {
            return false;
        }
    }
    return true;
}

void
trail_fini(struct trail *t)
{
    free(t->entries);
    *t = (struct trail){.count = 0};
}
