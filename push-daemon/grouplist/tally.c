/* tally.c - who wrote the newest entries of a group's list, and when. */
#include "push-daemon/grouplist/tally.h"

#include <stdlib.h>

#include "lib/encoding/codec.h"
#include "lib/hash.h"
#include "lib/mem.h"
#include "lib/message.h"
#include "lib/redis/resp.h"
#include "lib/text.h"

enum {
    SLACK = 8 /* entries that may come between two questions, and cost no reading of all */
};

struct tally *
tally_create(enum config_encoding encoding)
{
    struct tally *t = mem_zalloc(sizeof(*t));

    t->encoding = encoding;
    return t;
}

void
tally_destroy(struct tally *t)
{
    if (t != NULL) {
        free(t->entries);
        free(t);
    }
}

void
tally_clear(struct tally *t)
{
    t->known = true;
    t->total = 0;
    t->newest = 0;
    t->count = 0;
}

size_t
tally_wants(const struct tally *t, int64_t total)
{
    int64_t added = total - t->total;

    if (t->count == 0 || t->total < 0 || added <= 0 || added >= TALLY_ENTRIES - SLACK) {
        return TALLY_ENTRIES;
    }
    return (size_t)added + 1 + SLACK;
}

static struct tally_entry
tally_read(const struct tally *t, struct str group, struct str raw)
{
    struct tally_entry entry = {0, -1};
    struct text message;

    text_init(&message);
    if (codec_recode(t->encoding, &message, group, raw, &entry.ts)) {
        entry.user = hash_bytes(message_quoted_user(text_str(&message)));
    } else {
        entry.ts = -1;
    }
    text_fini(&message);
    return entry;
}

static uint64_t
tally_fingerprint(const struct reply *entries, size_t i)
{
    return hash_bytes(reply_text(reply_at(entries, i)));
}

/* Puts count of the entries read, from first on, in front of what is kept of the old ones. */
static void
tally_put(struct tally *t, struct str group, const struct reply *entries, size_t first,
          size_t count, size_t kept)
{
    struct tally_entry *old = t->entries;

    count = count < TALLY_ENTRIES ? count : TALLY_ENTRIES;
    kept = kept < TALLY_ENTRIES - count ? kept : TALLY_ENTRIES - count;
    t->count = count + kept;
    t->entries = mem_alloc((t->count + 1) * sizeof(*t->entries));
    for (size_t i = 0; i < count; i++) {
        t->entries[i] = tally_read(t, group, reply_text(reply_at(entries, first + i)));
    }
    if (kept > 0) {
        memcpy(t->entries + count, old, kept * sizeof(*old));
    }
    free(old);
}

bool
tally_take(struct tally *t, struct str group, int64_t total, const struct reply *entries,
           size_t asked, size_t first)
{
    size_t count = reply_count(entries) - first;
    int64_t added = total - t->total;

    if (t->total > 0 && added > 0 && (size_t)added < count &&
        tally_fingerprint(entries, first + (size_t)added) == t->newest) {
        tally_put(t, group, entries, first, (size_t)added, t->count);
    } else if (asked >= TALLY_ENTRIES || reply_count(entries) < asked) {
        tally_put(t, group, entries, first, count, 0);
    } else {
        return false;
    }
    t->known = true;
    t->total = total;
    t->newest = count > 0 ? tally_fingerprint(entries, first) : 0;
    return true;
}

uint64_t
tally_user(struct str user)
{
    struct text quoted;
    uint64_t print;

    text_init(&quoted);
    text_add_json(&quoted, user);
    print = hash_bytes(text_str(&quoted));
    text_fini(&quoted);
    return print;
}

unsigned
tally_count(const struct tally *t, uint64_t user, int64_t mark)
{
    unsigned unread = 0;

    for (size_t i = 0; i < t->count; i++) {
        unread += t->entries[i].ts > mark && t->entries[i].user != user;
    }
    return unread;
}
