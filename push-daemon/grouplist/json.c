/* json.c - the frame that a group-list client gets: one entry a group, newest message first. */
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

void
grouplist_add(struct text *out, const struct grouplist_entry *entries, size_t count)
{
    size_t begin = out->len, end;

    text_add_str(out, "[");
    for (size_t i = 0; i < count && i < GROUPLIST_MAX; i++) {
        end = out->len;
        text_add_str(out, i > 0 ? "," : "");
        grouplist_add_entry(out, &entries[i]);
        if (out->len - begin >= GROUPLIST_MAX_BYTES) {
            out->len = end;
            break;
        }
    }
    text_add_str(out, "]");
}
