/* topology.c - which node of a cluster serves which slot. */
#include "lib/cluster/topology.h"

#include <stdlib.h>
#include <string.h>

#include "lib/cluster/answers.h"
#include "lib/cluster/owners.h"
#include "lib/cluster/slot.h"
#include "lib/cluster/view.h"
#include "lib/mem.h"

enum {
    MOVES_MAX = 1024 /* more are forgotten, the oldest first */
};

struct move {
    int slot;
    struct place place;
    int64_t at_ms;
    uint64_t turn;
};

/* The best claim for a slot so far. */
struct claim {
    const struct view_node *node; /* NULL: none */
    uint64_t turn;
};

struct topology {
    struct answers answers;
    struct move moves[MOVES_MAX]; /* the newest last; one for each slot */
    size_t move_count;
    uint64_t turn;
    int64_t taken_ms;
    struct owners owners;
    struct claim claims[SLOT_COUNT]; /* while answers are merged */
    bool open[SLOT_COUNT];
    int open_count;
};

/* ---- merging ---- */

/* Two nodes with the same epoch: Redis gives the lower id a new epoch then. */
static bool
claim_is_better(const struct claim *old, const struct view_node *n)
{
    return old->node == NULL || n->epoch > old->node->epoch ||
           (n->epoch == old->node->epoch && strcmp(n->id, old->node->id) < 0);
}

static void
topology_claim(struct topology *t, const struct answer *a, const struct view_node *n,
               struct claim claims[SLOT_COUNT])
{
    if (!n->is_master || n->is_failed || n->ranges == 0 ||
        answers_say_over(&t->answers, n, a->turn)) {
        return;
    }
    for (size_t i = 0; i < n->ranges; i++) {
        const struct view_range *range = &a->view.ranges[n->first_range + i];

        for (int slot = range->first; slot <= range->last; slot++) {
            if (claim_is_better(&claims[slot], n)) {
                claims[slot] = (struct claim){n, a->turn};
            }
        }
    }
}

static void
topology_take_claims(struct topology *t, struct owners *owners)
{
    for (int slot = 0; slot < SLOT_COUNT; slot++) {
        if (t->claims[slot].node != NULL && owners_get(owners, slot) == NULL) {
            owners_set(owners, slot, &t->claims[slot].node->place);
        }
    }
}

/* A MOVED is forgotten once a later answer claims its slot, or says that its node has failed. */
static void
topology_take_moves(struct topology *t, struct owners *owners)
{
    size_t kept = 0;

    for (size_t i = 0; i < t->move_count; i++) {
        const struct move *m = &t->moves[i];

        if (t->taken_ms - m->at_ms <= ANSWER_MS &&
            (t->claims[m->slot].node == NULL || t->claims[m->slot].turn < m->turn) &&
            !answers_say_failed_at(&t->answers, &m->place, m->turn)) {
            owners_set(owners, m->slot, &m->place);
            t->moves[kept++] = *m;
        }
    }
    t->move_count = kept;
}

/* A slot that its owner is giving away, or that another node is taking. Whoever says of itself that
 * it gives away what it has no more, or takes what it has, has not answered since. */
static bool
open_counts(const struct view_open *open, const struct view_node *myself, const struct owners *o)
{
    const struct place *owner = owners_get(o, open->slot);

    return owner != NULL && place_is_same(owner, &myself->place) == !open->is_taken;
}

/* Returns whether other slots are open than before. */
static bool
topology_note_open(struct topology *t)
{
    bool open[SLOT_COUNT] = {false};
    bool same;

    t->open_count = 0;
    for (size_t i = 0; i < t->answers.count; i++) {
        const struct answer *a = &t->answers.all[i];

        for (size_t k = 0; k < a->view.open_count; k++) {
            const struct view_open *o = &a->view.open[k];

            if (!open[o->slot] && open_counts(o, answer_myself(a), &t->owners)) {
                open[o->slot] = true;
                t->open_count++;
            }
        }
    }
    same = memcmp(t->open, open, sizeof(open)) == 0;
    memcpy(t->open, open, sizeof(open));
    return !same;
}

/* First what nodes say of themselves, then what the others say of them. */
static enum topology_news
topology_merge(struct topology *t)
{
    struct owners fresh;
    bool changed;

    owners_init(&fresh);
    memset(t->claims, 0, sizeof(t->claims));
    for (size_t i = 0; i < t->answers.count; i++) {
        const struct answer *a = &t->answers.all[i];

        topology_claim(t, a, answer_myself(a), t->claims);
    }
    topology_take_moves(t, &fresh);
    topology_take_claims(t, &fresh);
    memset(t->claims, 0, sizeof(t->claims));
    for (size_t i = 0; i < t->answers.count; i++) {
        const struct answer *a = &t->answers.all[i];

        for (size_t k = 0; k < a->view.count; k++) {
            if (k != a->view.myself) {
                topology_claim(t, a, &a->view.nodes[k], t->claims);
            }
        }
    }
    topology_take_claims(t, &fresh);
    changed = !owners_are_same(&t->owners, &fresh);
    owners_fini(&t->owners);
    t->owners = fresh;
    changed = topology_note_open(t) || changed;
    return changed ? TOPOLOGY_CHANGED : TOPOLOGY_SAME;
}

/* ---- answers ---- */

enum topology_news
topology_take(struct topology *t, struct str nodes, const struct place *asked, int64_t now_ms)
{
    struct answer answer = {.asked = *asked, .at_ms = now_ms};

    if (!view_read(&answer.view, nodes, asked)) {
        return TOPOLOGY_NONSENSE;
    }
    answer.turn = ++t->turn;
    t->taken_ms = now_ms;
    answers_put(&t->answers, &answer);
    return topology_merge(t);
}

bool
topology_move(struct topology *t, int slot, const struct place *place, int64_t now_ms)
{
    const struct place *owner = owners_get(&t->owners, slot);
    bool is_news = owner == NULL || !place_is_same(owner, place);
    size_t i = 0;

    while (i < t->move_count && t->moves[i].slot != slot) {
        i++;
    }
    if (i == t->move_count && t->move_count == MOVES_MAX) {
        i = 0;
    }
    if (i < t->move_count) {
        t->move_count--;
        memmove(&t->moves[i], &t->moves[i + 1], (t->move_count - i) * sizeof(t->moves[0]));
    }
    t->moves[t->move_count++] = (struct move){slot, *place, now_ms, ++t->turn};
    if (is_news) {
        owners_set(&t->owners, slot, place);
        (void)topology_note_open(t);
    }
    return is_news;
}

bool
topology_ask(struct topology *t, int slot, const struct place *from)
{
    const struct place *owner = owners_get(&t->owners, slot);
    struct answer *a = answers_of(&t->answers, from);

    if (a == NULL || t->open[slot] || owner == NULL || !place_is_same(owner, from)) {
        return false;
    }
    view_add_open(&a->view, slot, false);
    return topology_note_open(t);
}

/* ---- asked by others ---- */

struct topology *
topology_create(void)
{
    struct topology *t = mem_zalloc(sizeof(*t));

    owners_init(&t->owners);
    return t;
}

void
topology_destroy(struct topology *t)
{
    if (t == NULL) {
        return;
    }
    answers_fini(&t->answers);
    owners_fini(&t->owners);
    free(t);
}

bool
topology_is_known(const struct topology *t)
{
    return t->answers.count > 0;
}

int64_t
topology_taken_ms(const struct topology *t)
{
    return t->taken_ms;
}

const struct place *
topology_owner(const struct topology *t, int slot)
{
    return owners_get(&t->owners, slot);
}

bool
topology_is_open(const struct topology *t, int slot)
{
    return t->open[slot];
}

int
topology_open(const struct topology *t)
{
    return t->open_count;
}

int
topology_unserved(const struct topology *t)
{
    return owners_unserved(&t->owners);
}

size_t
topology_owners(const struct topology *t)
{
    return t->owners.count;
}

const struct place *
topology_owner_at(const struct topology *t, size_t i)
{
    return &t->owners.places[i];
}

int
topology_slots_of(const struct topology *t, size_t i)
{
    return t->owners.slots[i];
}

bool
topology_is_master(const struct topology *t, const struct place *place)
{
    const struct answer *a = answers_of(&t->answers, place);

    return a != NULL && answer_myself(a)->is_master;
}
