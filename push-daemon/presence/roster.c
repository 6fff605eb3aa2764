/* roster.c - what the clients of a group were told last of who is online. */
#include "push-daemon/presence/roster.h"

#include <stdlib.h>

#include "lib/ids.h"
#include "lib/mem.h"
#include "lib/redis/event.h"

/* Ids of a text in which a slash stands behind each. */
struct roster_ids {
    struct str *ids;
    size_t count;
};

static struct roster_ids
roster_split(const struct text *text)
{
    struct roster_ids list = {NULL, 0};
    size_t room = 1;

    for (size_t i = 0; i < text->len; i++) {
        room += text->bytes[i] == '/';
    }
    list.ids = mem_alloc(room * sizeof(*list.ids));
    for (size_t from = 0, i = 0; i < text->len; i++) {
        if (text->bytes[i] == '/') {
            list.ids[list.count++] = str_make(text->bytes + from, i - from);
            from = i + 1;
        }
    }
    return list;
}

static int
roster_compare(const void *left, const void *right)
{
    const struct str *a = left, *b = right;
    int order = memcmp(a->p, b->p, a->len < b->len ? a->len : b->len);

    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

/* Sorts them; each stands there once after that. */
static void
roster_sort(struct roster_ids *list)
{
    size_t kept = 0;

    qsort(list->ids, list->count, sizeof(*list->ids), roster_compare);
    for (size_t i = 0; i < list->count; i++) {
        if (kept == 0 || !str_equal(list->ids[kept - 1], list->ids[i])) {
            list->ids[kept++] = list->ids[i];
        }
    }
    list->count = kept;
}

static void
roster_join(struct text *out, const struct roster_ids *list)
{
    for (size_t i = 0; i < list->count; i++) {
        text_add(out, list->ids[i].p, list->ids[i].len);
        text_add_str(out, "/");
    }
}

/* ---- as JSON ---- */

/* Opens the array at its first id. */
static void
roster_add_id(struct text *out, const char *key, bool *opened, struct str id)
{
    text_add_str(out, *opened ? "," : key);
    *opened = true;
    text_add_json(out, id);
}

/* Adds key, which opens an array, and the ids of one list that the other has not. Both are
 * sorted. Returns whether there are any. */
static bool
roster_add_difference(struct text *out, const char *key, const struct roster_ids *of,
                      const struct roster_ids *without)
{
    bool opened = false;

    for (size_t i = 0, k = 0; i < of->count; i++) {
        while (k < without->count && roster_compare(&without->ids[k], &of->ids[i]) < 0) {
            k++;
        }
        if (k == without->count || !str_equal(without->ids[k], of->ids[i])) {
            roster_add_id(out, key, &opened, of->ids[i]);
        }
    }
    text_add_str(out, opened ? "]" : "");
    return opened;
}

static void
roster_add_users(struct text *out, const struct roster_ids *list)
{
    text_add_str(out, ",\"users\":[");
    for (size_t i = 0; i < list->count; i++) {
        text_add_str(out, i > 0 ? "," : "");
        text_add_json(out, list->ids[i]);
    }
    text_add_str(out, "]");
}

void
roster_add_state(const struct roster *r, struct text *out)
{
    struct roster_ids list = roster_split(&r->ids);

    text_add_str(out, "\"online\":");
    text_add_int(out, r->online);
    if (r->named) {
        roster_add_users(out, &list);
    }
    free(list.ids);
}

/* ---- events ---- */

static void
roster_take_id(void *ids, struct str id)
{
    if (id_valid(id)) { /* else it is not of fastim */
        text_add(ids, id.p, id.len);
        text_add_str(ids, "/");
    }
}

/* Adds what has changed; returns whether anything has. A frame with a number alone would mean that
 * ids are not known any more. So all of them are told if only the number has changed: a user who is
 * there already has come to another daemon. */
static bool
roster_add_change(struct text *frame, const struct roster *old, const struct roster_ids *old_ids,
                  const struct roster *new, const struct roster_ids *new_ids)
{
    bool changed = old->online != new->online || old->named != new->named;
    bool names_tell_all = false;

    text_add_str(frame, "{\"type\":\"presence\",\"online\":");
    text_add_int(frame, new->online);
    if (old->named && new->named) {
        bool joined = roster_add_difference(frame, ",\"joined\":[", new_ids, old_ids);
        bool left = roster_add_difference(frame, ",\"left\":[", old_ids, new_ids);

        names_tell_all = joined || left;
        changed = changed || names_tell_all;
    }
    if (new->named && !names_tell_all) {
        roster_add_users(frame, new_ids);
    }
    text_add_str(frame, "}");
    return changed;
}

bool
roster_take(struct roster *r, struct str event, struct text *frame)
{
    struct roster new = {.known = true};
    struct roster_ids old_ids, new_ids;
    struct text taken;
    bool changed;

    text_init(&taken);
    if (!event_read_presence(event, &new.online, &new.named, roster_take_id, &taken)) {
        text_fini(&taken);
        return false;
    }
    old_ids = roster_split(&r->ids);
    new_ids = roster_split(&taken);
    roster_sort(&new_ids);
    changed = roster_add_change(frame, r, &old_ids, &new, &new_ids) && r->known;
    text_init(&new.ids);
    roster_join(&new.ids, &new_ids);
    free(old_ids.ids);
    free(new_ids.ids);
    text_fini(&taken);
    roster_fini(r);
    *r = new;
    return changed;
}

void
roster_fini(struct roster *r)
{
    text_fini(&r->ids);
    *r = (struct roster){.known = false};
}
