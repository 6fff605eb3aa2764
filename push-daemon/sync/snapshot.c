/* snapshot.c - one reading of a group's list, from the request to its use. */
#include "push-daemon/sync/snapshot.h"

#include <stdlib.h>

#include "lib/encoding/codec.h"
#include "lib/garbage.h"
#include "lib/hash.h"
#include "lib/mem.h"
#include "lib/redis/resp.h"
#include "push-daemon/room/newest.h"

static void
snapshot_destroy_marked(struct marked *m)
{
    snapshot_destroy((struct snapshot *)m);
}

struct snapshot *
snapshot_create(void *owner, int64_t window, int64_t most_bytes)
{
    struct snapshot *s = mem_zalloc(sizeof(*s));

    s->request.owner = owner;
    s->request.destroy = snapshot_destroy_marked;
    s->window = window;
    s->most_bytes = most_bytes;
    return s;
}

void
snapshot_destroy(struct snapshot *s)
{
    if (s != NULL) {
        free(s->entries);
        free(s->passed);
        text_fini(&s->bytes);
        free(s);
    }
}

bool
snapshot_read(struct snapshot *s, const struct reply *reply)
{
    const struct reply *list;
    size_t from = 0;

    if (reply_count(reply) != 2 || reply_type(reply_at(reply, 1)) != REPLY_LIST) {
        return false;
    }
    list = reply_at(reply, 1);
    s->total = reply_int(reply_at(reply, 0));
    s->entry_count = reply_count(list);
    s->entries = mem_zalloc(s->entry_count * sizeof(*s->entries));
    for (size_t i = 0; i < s->entry_count; i++) {
        struct str raw = reply_text(reply_at(list, i));

        text_add(&s->bytes, raw.p, raw.len);
        s->entries[i].raw.len = raw.len;
        s->entries[i].hash = hash_bytes(raw);
    }
    for (size_t i = 0; i < s->entry_count; i++) { /* now s->bytes stays where it is */
        s->entries[i].raw.p = s->bytes.bytes + from;
        from += s->entries[i].raw.len;
    }
    return true;
}

void
snapshot_note(struct snapshot *s, uint64_t hash, uint64_t from, uint64_t to)
{
    if ((s->passed_count & (s->passed_count - 1)) == 0) { /* full at every power of two */
        s->passed = mem_resize(s->passed, (s->passed_count > 0 ? 2 * s->passed_count : 1) *
                                              sizeof(*s->passed));
    }
    s->passed[s->passed_count++] = (struct snapshot_passed){hash, from, to};
}

bool
snapshot_is_whole(const struct snapshot *s)
{
    return (int64_t)s->entry_count >= s->total;
}

bool
snapshot_can_widen(const struct snapshot *s, int64_t max)
{
    /* Fewer than asked for: they are as many bytes as a snapshot may have. */
    bool is_full = (int64_t)s->entry_count < s->window;

    return !snapshot_is_whole(s) && !is_full && s->window < max;
}

/* ---- the first frame ---- */

size_t
snapshot_first_frame(const struct snapshot *s, enum config_encoding encoding, struct str group,
                     size_t count, struct garbage *garbage, struct text *out, size_t *first)
{
    struct newest newest = {.encoding = encoding};
    size_t found;
    int64_t ts;

    for (*first = s->entry_count; *first > 0 && newest.count < count;) {
        const struct snapshot_entry *entry = &s->entries[--*first];

        if (!newest_take(&newest, group, entry->raw, &ts)) {
            garbage_note(garbage, group, entry->raw, entry->hash);
        } else if (codec_hurts_java(encoding, entry->raw)) {
            garbage_note_unwrapped(garbage, group, entry->raw, entry->hash);
        }
    }
    text_add_str(out, "{\"list\":[");
    newest_write(&newest, out);
    text_add_str(out, "],\"total\":");
    text_add_int(out, s->total);
    text_add_str(out, "}");
    found = newest.count;
    newest_fini(&newest);
    return found;
}
