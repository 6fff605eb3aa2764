/* index.c - the users whose group list a client watches, their groups, and what is new there. */
#include "push-daemon/grouplist/index.h"

#include <stdlib.h>

#include "lib/ids.h"
#include "lib/mem.h"
#include "lib/message.h"
#include "lib/redis/resp.h"
#include "lib/codec.h"
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
        HASH_ADD_KEYPTR(hh, w->groups, g->id, g->id_len, g);
    }
    return g;
}

static void
index_drop_group(struct group_index *w, struct index_group *g)
{
    if (--g->users == 0) {
        HASH_DEL(w->groups, g);
        text_fini(&g->raw);
        text_fini(&g->message);
        free(g);
    }
}

void
index_update(struct index_group *g, uint64_t round, int64_t total, struct str raw)
{
    if (g->total == total && str_equal(text_str(&g->raw), raw)) {
        return;
    }
    g->total = total;
    g->ts = 0;
    g->changed_round = round;
    text_clear(&g->raw);
    text_add(&g->raw, raw.p, raw.len);
    text_clear(&g->message);
    if (raw.len > 0) {
        (void)message_recode(&g->message, str_make(g->id, g->id_len), codec_decode(raw), &g->ts);
    }
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
        index_drop_group(w, groups[i]);
    }
    free(groups);
}

void
index_drop_user(struct group_index *w, struct index_user *u)
{
    HASH_DEL(w->users, u);
    index_drop_groups(w, u->groups, u->group_count);
    free(u);
}

static int
index_compare_addresses(const void *a, const void *b)
{
    uintptr_t x = (uintptr_t) * (struct index_group *const *)a;
    uintptr_t y = (uintptr_t) * (struct index_group *const *)b;

    return (x > y) - (x < y);
}

void
index_set_groups(struct group_index *w, struct index_user *u, const struct reply *ids)
{
    size_t count = reply_count(ids), kept = 0;
    struct index_group **groups = mem_zalloc(count * sizeof(*groups));

    for (size_t i = 0; i < count; i++) {
        struct str id = codec_decode(reply_text(reply_at(ids, i)));

        if (id_valid(id)) { /* a foreign writer may have put anything there */
            groups[kept] = index_get_group(w, id);
            groups[kept++]->users++;
        }
    }
    qsort(groups, kept, sizeof(*groups), index_compare_addresses);
    u->regrouped = u->regrouped || u->version == 0 || kept != u->group_count ||
                   (kept > 0 && memcmp(groups, u->groups, kept * sizeof(*groups)) != 0);
    index_drop_groups(w, u->groups, u->group_count);
    u->groups = groups;
    u->group_count = kept;
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

        entries[i] = (struct grouplist_entry){str_make(g->id, g->id_len), text_str(&g->message),
                                              g->ts, g->total};
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

static bool
index_has_changed(const struct index_user *u)
{
    for (size_t i = 0; i < u->group_count; i++) {
        if (u->groups[i]->changed_round > u->listed_round) {
            return true;
        }
    }
    return u->regrouped;
}

void
index_list(struct index_user *u, uint64_t round)
{
    u->version += index_has_changed(u);
    u->regrouped = false;
    u->listed_round = round;
}
