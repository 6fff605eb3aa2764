/* topology.c - which node of a cluster serves which slot. */
#include "lib/cluster/topology.h"

#include <stdlib.h>
#include <string.h>

#include "lib/cluster/owners.h"
#include "lib/cluster/slot.h"
#include "lib/cluster/view.h"
#include "lib/mem.h"

enum {
    ANSWER_MS = 10000, /* an answer, or a MOVED, counts so long beside newer ones */
    MOVES_MAX = 1024   /* more are forgotten, the oldest first */
};

struct answer {
    struct view view;
    struct place asked;
    int64_t at_ms;
    uint64_t turn; /* of all answers and MOVEDs: which came first? */
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
    struct answer *answers;
    size_t answer_count;
    struct move moves[MOVES_MAX]; /* the newest last; one for each slot */
    size_t move_count;
    uint64_t turn;
    int64_t taken_ms;
    struct owners owners;
    struct claim claims[SLOT_COUNT]; /* while answers are merged */
    unsigned char open[SLOT_COUNT];
};

/* ---- merging ---- */

/* Does an answer that came later say that this node has failed, or that it has become a replica?
 * Who has not heard yet that it became a master shows it with an older epoch. */
static bool
topology_is_over(const struct topology *t, const struct view_node *n, uint64_t since)
{
    for (size_t i = 0; i < t->answer_count; i++) {
        const struct answer *a = &t->answers[i];

        for (size_t k = 0; a->turn > since && k < a->view.count; k++) {
            const struct view_node *told = &a->view.nodes[k];

            if ((told->is_failed || (!told->is_master && told->epoch >= n->epoch)) &&
                strcmp(told->id, n->id) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* Does an answer that came later say that the node at that place has failed? */
static bool
topology_is_failed_at(const struct topology *t, const struct place *place, uint64_t since)
{
    for (size_t i = 0; i < t->answer_count; i++) {
        const struct answer *a = &t->answers[i];

        for (size_t k = 0; a->turn > since && k < a->view.count; k++) {
            if (a->view.nodes[k].is_failed && place_is_same(&a->view.nodes[k].place, place)) {
                return true;
            }
        }
    }
    return false;
}

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
    if (!n->is_master || n->is_failed || n->ranges == 0 || topology_is_over(t, n, a->turn)) {
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
            !topology_is_failed_at(t, &m->place, m->turn)) {
            owners_set(owners, m->slot, &m->place);
            t->moves[kept++] = *m;
        }
    }
    t->move_count = kept;
}

static void
topology_note_open(struct topology *t)
{
    memset(t->open, 0, sizeof(t->open));
    for (size_t i = 0; i < t->answer_count; i++) {
        for (size_t k = 0; k < t->answers[i].view.open_count; k++) {
            t->open[t->answers[i].view.open[k]] = 1;
        }
    }
}

/* First what nodes say of themselves, then what the others say of them. */
static enum topology_news
topology_merge(struct topology *t)
{
    struct owners fresh;
    bool same;

    owners_init(&fresh);
    memset(t->claims, 0, sizeof(t->claims));
    for (size_t i = 0; i < t->answer_count; i++) {
        const struct answer *a = &t->answers[i];

        topology_claim(t, a, &a->view.nodes[a->view.myself], t->claims);
    }
    topology_take_moves(t, &fresh);
    topology_take_claims(t, &fresh);
    memset(t->claims, 0, sizeof(t->claims));
    for (size_t i = 0; i < t->answer_count; i++) {
        const struct answer *a = &t->answers[i];

        for (size_t k = 0; k < a->view.count; k++) {
            if (k != a->view.myself) {
                topology_claim(t, a, &a->view.nodes[k], t->claims);
            }
        }
    }
    topology_take_claims(t, &fresh);
    topology_note_open(t);
    same = owners_are_same(&t->owners, &fresh);
    owners_fini(&t->owners);
    t->owners = fresh;
    return same ? TOPOLOGY_SAME : TOPOLOGY_CHANGED;
}

/* ---- answers ---- */

static const char *
answer_id(const struct answer *a)
{
    return a->view.nodes[a->view.myself].id;
}

/* Drops those that the newest one replaces: of the same node, of the same place, too old. */
static void
topology_drop_answers(struct topology *t, const struct answer *newest)
{
    size_t kept = 0;

    for (size_t i = 0; i < t->answer_count; i++) {
        struct answer *a = &t->answers[i];

        if (newest->at_ms - a->at_ms > ANSWER_MS || place_is_same(&a->asked, &newest->asked) ||
            strcmp(answer_id(a), answer_id(newest)) == 0) {
            view_fini(&a->view);
        } else {
            t->answers[kept++] = *a;
        }
    }
    t->answer_count = kept;
}

enum topology_news
topology_take(struct topology *t, struct str nodes, const struct place *asked, int64_t now_ms)
{
    struct answer answer = {.asked = *asked, .at_ms = now_ms};

    if (!view_read(&answer.view, nodes, asked)) {
        return TOPOLOGY_NONSENSE;
    }
    answer.turn = ++t->turn;
    t->taken_ms = now_ms;
    topology_drop_answers(t, &answer);
    t->answers = mem_resize(t->answers, (t->answer_count + 1) * sizeof(*t->answers));
    t->answers[t->answer_count++] = answer;
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
    }
    return is_news;
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
    for (size_t i = 0; i < t->answer_count; i++) {
        view_fini(&t->answers[i].view);
    }
    free(t->answers);
    owners_fini(&t->owners);
    free(t);
}

bool
topology_is_known(const struct topology *t)
{
    return t->answer_count > 0;
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
    return t->open[slot] != 0;
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
    for (size_t i = 0; i < t->answer_count; i++) {
        const struct view_node *n = &t->answers[i].view.nodes[t->answers[i].view.myself];

        if (place_is_same(&n->place, place)) {
            return n->is_master;
        }
    }
    return false;
}
