/* ledger.c - what the clients of fastim.v2 of one user have been told of its groups. */
#include "push-daemon/grouplist/ledger.h"

#include <stdlib.h>

#include "lib/config/number.h"
#include "lib/mem.h"
#include "lib/message.h"
#include "lib/redis/commands.h"
#include "lib/redis/resp.h"
#include "push-daemon/frames/form.h"
#include "push-daemon/grouplist/index.h"
#include "push-daemon/grouplist/json.h"
#include "push-daemon/grouplist/tally.h"

/* ---- read marks ---- */

void
ledger_expect_marks(struct index_user *u)
{
    struct ledger *l = u->ledger;

    if (l == NULL) {
        return;
    }
    l->marks = mem_resize(l->marks, (u->group_count + 1) * sizeof(*l->marks));
    l->mark_count = 0;
    l->marks_expected = u->group_count > 0;
    l->marks_known = !l->marks_expected;
}

bool
ledger_wants_marks(const struct index_user *u)
{
    return u->ledger != NULL && u->ledger->marks_expected;
}

/* How many groups the next question is about. */
static size_t
ledger_next_marks(const struct index_user *u)
{
    size_t left = u->group_count - u->ledger->mark_count;

    return left < CMD_MARKS_STEP ? left : CMD_MARKS_STEP;
}

void
ledger_ask_marks(const struct index_user *u, struct argv *c, const struct config *config)
{
    cmd_marks_begin(c, config, index_user_id(u));
    for (size_t i = 0; i < ledger_next_marks(u); i++) {
        cmd_marks_add(c, index_group_id(u->groups[u->ledger->mark_count + i]));
    }
}

/* Whoever has written it: what is no mark counts as none, and a key of another type has none. */
static int64_t
ledger_read_mark(const struct reply *marks, size_t i)
{
    int64_t mark = -1;

    if (i < reply_count(marks)) {
        (void)number_parse(reply_text(reply_at(marks, i)), 0, MESSAGE_TS_MAX, &mark);
    }
    return mark;
}

void
ledger_take_marks(struct index_user *u, const struct reply *marks)
{
    struct ledger *l = u->ledger;
    size_t count;

    if (!ledger_wants_marks(u)) { /* another ledger has asked */
        return;
    }
    count = ledger_next_marks(u);
    for (size_t i = 0; i < count; i++) {
        l->marks[l->mark_count++] = ledger_read_mark(marks, i);
    }
    l->marks_known = l->mark_count == u->group_count;
    l->marks_expected = !l->marks_known;
}

bool
ledger_is_ready(const struct index_user *u)
{
    if (!u->ledger->marks_known) {
        return false;
    }
    for (size_t i = 0; i < u->group_count; i++) {
        if (u->groups[i]->tally == NULL || !u->groups[i]->tally->known) {
            return false;
        }
    }
    return true;
}

/* ---- news ---- */

enum {
    ENTRY_BYTES = 1024 /* of an entry beside its message; an id is escaped at worst */
};

static void
ledger_drop_news(struct group_index *index, struct ledger *l)
{
    for (size_t i = 0; i < l->left_count; i++) {
        index_unref_group(index, l->left[i]);
    }
    free(l->left);
    free(l->changed);
    l->left = NULL;
    l->changed = NULL;
    l->left_count = l->changed_count = 0;
}

void
ledger_forget_news(struct group_index *index, struct index_user *u)
{
    ledger_drop_news(index, u->ledger);
}

/* The i-th of the user's groups as it is now. old: as it was told, or NULL. */
static struct ledger_entry
ledger_look(const struct index_user *u, size_t i, const struct ledger_entry *old)
{
    struct index_group *g = u->groups[i];
    struct ledger_entry now = {g, g->changed, g->tally->version, u->ledger->marks[i], 0};

    if (old != NULL && old->tally == now.tally && old->mark == now.mark) {
        now.unread = old->unread;
    } else {
        now.unread = tally_count(g->tally, u->ledger->self, now.mark);
    }
    return now;
}

static bool
ledger_differs(const struct ledger_entry *now, const struct ledger_entry *old)
{
    return old == NULL || old->told != now->told || old->unread != now->unread;
}

static struct grouplist_entry
ledger_show(const struct ledger_entry *e)
{
    const struct index_group *g = e->group;

    return (struct grouplist_entry){index_group_id(g), text_str(&g->message), g->ts, g->total,
                                    e->unread};
}

/* The entries are merged with the groups as they are: both are sorted by serial. */
struct ledger_merge {
    struct ledger_entry *entries; /* that there will be */
    size_t count;
    size_t bytes;  /* of the news, about */
    size_t old_at; /* the next one of the old entries */
};

/* The old entry of the group, or NULL. Groups before it were left. */
static const struct ledger_entry *
ledger_find_old(struct ledger *l, struct ledger_merge *m, const struct index_group *g)
{
    while (m->old_at < l->count && l->entries[m->old_at].group != g &&
           (g == NULL || l->entries[m->old_at].group->serial < g->serial)) {
        l->left[l->left_count++] = l->entries[m->old_at++].group;
    }
    return m->old_at < l->count && l->entries[m->old_at].group == g ? &l->entries[m->old_at++]
                                                                    : NULL;
}

static void
ledger_merge_group(struct index_user *u, struct ledger_merge *m, size_t i)
{
    struct ledger *l = u->ledger;
    struct index_group *g = u->groups[i];
    const struct ledger_entry *old = ledger_find_old(l, m, g);
    struct ledger_entry now = ledger_look(u, i, old);
    size_t bytes = g->message.len + ENTRY_BYTES;
    bool fits = m->bytes + bytes <= GROUPLIST_MAX_BYTES || m->bytes == 0 || !l->begun;

    if (!ledger_differs(&now, old)) {
        m->entries[m->count++] = now;
    } else if (fits) {
        m->bytes += bytes;
        m->entries[m->count++] = now;
        l->changed[l->changed_count++] = ledger_show(&now);
        if (old == NULL) {
            index_ref_group(g);
        }
    } else if (old != NULL) { /* the next time */
        m->entries[m->count++] = *old;
    }
}

void
ledger_find_news(struct group_index *index, struct index_user *u)
{
    struct ledger *l = u->ledger;
    struct ledger_merge m = {.entries = mem_alloc((u->group_count + 1) * sizeof(*m.entries))};

    ledger_drop_news(index, l);
    l->changed = mem_alloc((u->group_count + 1) * sizeof(*l->changed));
    l->left = mem_alloc((l->count + 1) * sizeof(*l->left));
    for (size_t i = 0; i < u->group_count; i++) {
        ledger_merge_group(u, &m, i);
    }
    (void)ledger_find_old(l, &m, NULL);
    grouplist_sort(l->changed, l->changed_count);
    free(l->entries);
    l->entries = m.entries;
    l->count = m.count;
    l->begun = true;
}

/* ---- frames ---- */

static bool
ledger_shows(struct ledger_view view, struct str group)
{
    return view.shows == NULL || view.shows(view.ctx, group);
}

/* Adds the JSON to the frames, and clears it. */
static void
ledger_add_frame(struct text *frames, struct text *json)
{
    form_v2.add(frames, text_str(json), NULL);
    text_clear(json);
}

/* The newest message comes last: a client that puts what comes on top has them in order. */
struct blob *
ledger_news(const struct index_user *u, struct ledger_view view)
{
    const struct ledger *l = u->ledger;
    struct text frames, json;
    struct blob *blob;

    text_init(&frames);
    text_init(&json);
    for (size_t i = 0; i < l->left_count; i++) {
        if (ledger_shows(view, index_group_id(l->left[i]))) {
            grouplist_add_left(&json, index_group_id(l->left[i]));
            ledger_add_frame(&frames, &json);
        }
    }
    for (size_t i = l->changed_count; i-- > 0;) {
        if (ledger_shows(view, l->changed[i].group)) {
            grouplist_add_group(&json, &l->changed[i]);
            ledger_add_frame(&frames, &json);
        }
    }
    blob = frames.len > 0 ? blob_of(text_str(&frames)) : NULL;
    text_fini(&frames);
    text_fini(&json);
    return blob;
}

struct blob *
ledger_all(const struct index_user *u, struct ledger_view view)
{
    const struct ledger *l = u->ledger;
    struct grouplist_entry *shown = mem_alloc((l->count + 1) * sizeof(*shown));
    size_t count = 0;
    struct text json;
    struct blob *blob;

    for (size_t i = 0; i < l->count; i++) {
        if (ledger_shows(view, index_group_id(l->entries[i].group))) {
            shown[count++] = ledger_show(&l->entries[i]);
        }
    }
    text_init(&json);
    grouplist_sort(shown, count);
    grouplist_add_groups(&json, shown, count);
    blob = form_blob(&form_v2, text_str(&json), NULL);
    text_fini(&json);
    free(shown);
    return blob;
}

/* ---- life ---- */

void
ledger_create(struct group_index *index, struct index_user *u)
{
    u->ledger = mem_zalloc(sizeof(*u->ledger));
    u->ledger->self = tally_user(index_user_id(u));
    index->ledgers++;
}

void
ledger_destroy(struct group_index *index, struct index_user *u)
{
    struct ledger *l = u->ledger;

    if (l == NULL) {
        return;
    }
    u->ledger = NULL;
    index->ledgers--;
    ledger_drop_news(index, l);
    for (size_t i = 0; i < l->count; i++) {
        index_unref_group(index, l->entries[i].group);
    }
    free(l->entries);
    free(l->marks);
    free(l);
}
