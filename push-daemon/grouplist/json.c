/* json.c - the frames that a group-list client gets: one entry a group, newest message first. */
#include "push-daemon/grouplist/json.h"

#include <stdlib.h>

static int
grouplist_compare_ids(struct str a, struct str b)
{
    int order = memcmp(a.p, b.p, a.len < b.len ? a.len : b.len);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int
grouplist_compare(const void *left, const void *right)
{
    const struct grouplist_entry *a = left, *b = right;

    if ((a->message.len > 0) != (b->message.len > 0)) {
        return a->message.len > 0 ? -1 : 1;
    }
    if (a->message.len > 0 && a->ts != b->ts) {
        return a->ts > b->ts ? -1 : 1;
    }
    return grouplist_compare_ids(a->group, b->group);
}

void
grouplist_sort(struct grouplist_entry *entries, size_t count)
{
    if (count > 0) {
        qsort(entries, count, sizeof(*entries), grouplist_compare);
    }
}

static void
grouplist_add_entry(struct text *out, const struct grouplist_entry *entry)
{
    text_add_str(out, "{\"newMessage\":");
    if (entry->message.len > 0) {
        text_add(out, entry->message.p, entry->message.len);
    } else {
        text_add_str(out, "null");
    }
    text_add_str(out, ",\"total\":");
    text_add_int(out, entry->total);
    text_add_str(out, "}");
}

/* Adds the first entries, as many as a frame may hold. */
static void
grouplist_add_entries(struct text *out, const struct grouplist_entry *entries, size_t count,
                      void (*add)(struct text *out, const struct grouplist_entry *entry))
{
    size_t begin = out->len, end;

    text_add_str(out, "[");
    for (size_t i = 0; i < count && i < GROUPLIST_MAX; i++) {
        end = out->len;
        text_add_str(out, i > 0 ? "," : "");
        add(out, &entries[i]);
        if (out->len - begin >= GROUPLIST_MAX_BYTES) {
            out->len = end;
            break;
        }
    }
    text_add_str(out, "]");
}

void
grouplist_add(struct text *out, const struct grouplist_entry *entries, size_t count)
{
    grouplist_add_entries(out, entries, count, grouplist_add_entry);
}

/* ---- fastim.v2 ---- */

static void
grouplist_add_entry_v2(struct text *out, const struct grouplist_entry *entry)
{
    text_add_str(out, "{\"groupId\":");
    text_add_json(out, entry->group);
    if (entry->message.len > 0) {
        text_add_str(out, ",\"newMessage\":");
        text_add(out, entry->message.p, entry->message.len);
    }
    text_add_str(out, ",\"total\":");
    text_add_int(out, entry->total);
    text_add_str(out, ",\"unread\":");
    text_add_int(out, entry->unread);
    text_add_str(out, "}");
}

void
grouplist_add_groups(struct text *out, const struct grouplist_entry *entries, size_t count)
{
    text_add_str(out, "{\"type\":\"groups\",\"groups\":");
    grouplist_add_entries(out, entries, count, grouplist_add_entry_v2);
    text_add_str(out, "}");
}

void
grouplist_add_group(struct text *out, const struct grouplist_entry *entry)
{
    text_add_str(out, "{\"type\":\"group\",\"group\":");
    grouplist_add_entry_v2(out, entry);
    text_add_str(out, "}");
}

void
grouplist_add_left(struct text *out, struct str group)
{
    text_add_str(out, "{\"type\":\"left\",\"groupId\":");
    text_add_json(out, group);
    text_add_str(out, "}");
}
