/* index.c - the users whose group list a client watches, their groups, and what is new there. */
#include "push-daemon/grouplist/index.h"

#include <stdlib.h>

#include "lib/encoding/codec.h"
#include "lib/hash.h"
#include "lib/ids.h"
#include "lib/mem.h"
#include "lib/redis/resp.h"
#include "push-daemon/grouplist/json.h"
#include "push-daemon/frames/outbox.h"

/* ---- groups ---- */

static struct index_group *
index_get_group(struct group_index *w, struct str id)
{
    struct index_group *g;

    HASH_FIND(hh, w->groups, id.p, id.len, g);
    if (g == NULL) {
        g = mem_zalloc(sizeof(*g) + id.len);
        memcpy(g->id, id.p, id.len);
        g->id_len = id.len;
        g->serial = ++w->serial;
        HASH_ADD_KEYPTR(hh, w->groups, g->id, g->id_len, g);
    }
    return g;
}

void
index_ref_group(struct index_group *g)
{
    g->users++;
}

void
index_unref_group(struct group_index *w, struct index_group *g)
{
    if (--g->users == 0) {
        HASH_DEL(w->groups, g);
        text_fini(&g->message);
        tally_destroy(g->tally);
        free(g);
    }
}

/* ---- what is new in a group ---- */

enum {
    SEARCH_ENTRIES = 1000 /* so far behind the newest entry a message is looked for */
};

bool
index_is_newest(const struct index_group *g, struct str newest)
{
    if (g->newest_is_it) {
        return str_equal(text_str(&g->message), newest);
    }
    return g->newest_len == newest.len && (newest.len == 0 || g->newest_hash == hash_bytes(newest));
}

static void
index_clear_message(struct index_group *g)
{
    text_fini(&g->message); /* it may be large: no memory is kept */
    g->newest_is_it = false;
    g->ts = 0;
}

/* Takes the entry for the group's message. Returns false if it is none. */
static bool
index_take_message(const struct group_index *w, struct index_group *g, struct str entry)
{
    struct text message;
    int64_t ts;

    text_init(&message);
    if (!codec_recode(w->encoding, &message, index_group_id(g), entry, &ts)) {
        text_fini(&message);
        return false;
    }
    index_clear_message(g);
    g->message = message;
    g->ts = ts;
    return true;
}

bool
index_update(struct group_index *w, struct index_group *g, int64_t total, struct str newest)
{
    size_t cut = newest.len > CMD_PLACE_BYTES ? newest.len - CMD_PLACE_BYTES : 0;

    g->known = true;
    g->rest_until_ms = 0;
    if (g->total == total && index_is_newest(g, newest)) {
        return g->searching;
    }
    g->total = total;
    g->changed = ++w->changes;
    if (newest.len > 0 && index_take_message(w, g, newest)) {
        g->searching = false;
        g->newest_is_it = str_equal(text_str(&g->message), newest);
    } else {
        index_clear_message(g);
        g->searching = total > 1;
    }
    g->newest_len = newest.len;
    g->newest_hash = g->newest_is_it || newest.len == 0 ? 0 : hash_bytes(newest);
    memcpy(g->tail, newest.len > 0 ? newest.p + cut : "", newest.len - cut);
    return g->searching;
}

void
index_update_huge(struct group_index *w, struct index_group *g, int64_t total, int64_t size,
                  int64_t rest_until_ms)
{
    g->known = true;
    g->rest_until_ms = rest_until_ms;
    if (g->total == total && !g->newest_is_it && g->newest_len == (size_t)size) {
        return;
    }
    g->total = total;
    g->changed = ++w->changes;
    g->searching = false; /* to find the place would be to read it once more */
    index_clear_message(g);
    g->newest_len = (size_t)size;
    g->newest_hash = 0;
}

struct cmd_place
index_search(const struct index_group *g)
{
    size_t length = g->newest_len < CMD_PLACE_BYTES ? g->newest_len : CMD_PLACE_BYTES;

    return (struct cmd_place){
        .position = g->total - 1,
        .entry = str_make(g->tail, length),
        .step = -1,
        .end = g->total > SEARCH_ENTRIES ? g->total - SEARCH_ENTRIES : 0,
    };
}

void
index_settle(struct group_index *w, struct index_group *g, uint64_t changed,
             const struct reply *entries)
{
    bool found = false;

    if (g->changed != changed) {
        return;
    }
    for (size_t i = 0; !found && i < reply_count(entries); i++) {
        found = index_take_message(w, g, reply_text(reply_at(entries, i)));
    }
    g->searching = false;
    g->changed = ++w->changes;
}

/* ---- users ---- */

struct index_user *
index_get_user(struct group_index *w, struct str id)
{
    struct index_user *u;

    HASH_FIND(hh, w->users, id.p, id.len, u);
    if (u == NULL) {
        u = mem_zalloc(sizeof(*u) + id.len);
        memcpy(u->id, id.p, id.len);
        u->id_len = id.len;
        HASH_ADD_KEYPTR(hh, w->users, u->id, u->id_len, u);
    }
    return u;
}

static void
index_drop_groups(struct group_index *w, struct index_group **groups, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        index_unref_group(w, groups[i]);
    }
    free(groups);
}

void
index_drop_user(struct group_index *w, struct index_user *u)
{
    HASH_DEL(w->users, u);
    index_drop_found(w, u);
    index_drop_groups(w, u->groups, u->group_count);
    free(u);
}

static int
index_compare_serials(const void *a, const void *b)
{
    const struct index_group *x = *(struct index_group *const *)a;
    const struct index_group *y = *(struct index_group *const *)b;

    return (x->serial > y->serial) - (x->serial < y->serial);
}

bool
index_find_groups(struct group_index *w, struct index_user *u, const struct reply *ids)
{
    size_t count = reply_count(ids);
    struct text scratch;

    text_init(&scratch);
    u->found = mem_resize(u->found, (u->found_count + count + 1) * sizeof(*u->found));
    for (size_t i = 0; i < count && u->found_count < INDEX_GROUPS_MAX; i++) {
        struct str member = reply_text(reply_at(ids, i));
        struct str id = codec_id(w->encoding, &scratch, member);

        if (id_valid(id)) { /* a foreign writer may have put anything there */
            u->found[u->found_count] = index_get_group(w, id);
            u->found[u->found_count++]->users++;
        } else {
            garbage_note_id(&w->garbage, index_user_id(u), member);
        }
    }
    text_fini(&scratch);
    return u->found_count < INDEX_GROUPS_MAX;
}

/* Sorts them; each stays once. */
static void
index_sort_found(struct group_index *w, struct index_user *u)
{
    size_t kept = 0;

    if (u->found_count > 0) {
        qsort(u->found, u->found_count, sizeof(*u->found), index_compare_serials);
    }
    for (size_t i = 0; i < u->found_count; i++) {
        if (kept > 0 && u->found[kept - 1] == u->found[i]) {
            index_unref_group(w, u->found[i]);
        } else {
            u->found[kept++] = u->found[i];
        }
    }
    u->found_count = kept;
}

void
index_drop_found(struct group_index *w, struct index_user *u)
{
    index_drop_groups(w, u->found, u->found_count);
    u->found = NULL;
    u->found_count = 0;
}

void
index_set_groups(struct group_index *w, struct index_user *u)
{
    struct index_group **old = u->groups;
    size_t old_count = u->group_count;

    index_sort_found(w, u);
    u->regrouped = u->regrouped || u->version == 0 || u->found_count != old_count ||
                   (old_count > 0 && memcmp(u->found, old, old_count * sizeof(*old)) != 0);
    u->groups = u->found;
    u->group_count = u->found_count;
    u->found = old;
    u->found_count = old_count;
    index_drop_found(w, u);
}

/* ---- the list ---- */

struct blob *
index_frame(const struct index_user *u)
{
    struct grouplist_entry *entries = mem_zalloc(u->group_count * sizeof(*entries));
    struct text json;
    struct blob *frame;

    for (size_t i = 0; i < u->group_count; i++) {
        const struct index_group *g = u->groups[i];

        entries[i] =
            (struct grouplist_entry){index_group_id(g), text_str(&g->message), g->ts, g->total, 0};
    }
    text_init(&json);
    grouplist_sort(entries, u->group_count);
    grouplist_add(&json, entries, u->group_count);
    frame = blob_text_frame(text_str(&json));
    text_fini(&json);
    free(entries);
    return frame;
}

bool
index_has_message(const struct index_user *u)
{
    for (size_t i = 0; i < u->group_count; i++) {
        if (u->groups[i]->message.len > 0) {
            return true;
        }
    }
    return false;
}

bool
index_is_complete(const struct index_user *u)
{
    for (size_t i = 0; i < u->group_count; i++) {
        if (!u->groups[i]->known || u->groups[i]->searching) {
            return false;
        }
    }
    return true;
}

static bool
index_has_changed(const struct index_user *u)
{
    for (size_t i = 0; i < u->group_count; i++) {
        if (u->groups[i]->changed > u->listed) {
            return true;
        }
    }
    return u->regrouped;
}

void
index_list(const struct group_index *w, struct index_user *u)
{
    u->version += index_has_changed(u);
    u->regrouped = false;
    u->listed = w->changes;
}
