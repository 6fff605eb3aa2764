/* topology.c - any bytes as answers to CLUSTER NODES and as errors, in turns: each slot has one
 * owner, or none, and the counts are right. Parts end with a NUL; the first byte of each says what
 * it is, the second how long after the one before it comes. */
#include "lib/cluster/topology.h"

#include "lib/cluster/redirection.h"
#include "lib/cluster/slot.h"
#include "tests/fuzz/fuzz.h"

static void
check_counts(const struct topology *t)
{
    int served = 0, counted = 0, open = 0;

    for (int slot = 0; slot < SLOT_COUNT; slot++) {
        const struct place *owner = topology_owner(t, slot);

        served += owner != NULL;
        open += topology_is_open(t, slot);
        CHECK(owner != NULL || !topology_is_open(t, slot));
        CHECK(owner == NULL || (owner->port > 0 && owner->address[0] != '\0'));
    }
    for (size_t i = 0; i < topology_owners(t); i++) {
        CHECK(topology_slots_of(t, i) >= 0);
        counted += topology_slots_of(t, i);
    }
    CHECK(served == counted);
    CHECK(topology_unserved(t) == SLOT_COUNT - served);
    CHECK(topology_open(t) == open);
}

static void
take_error(struct topology *t, struct str error, const struct place *from, int64_t now_ms)
{
    struct redirection r = redirection_read(error, from);
    char text[PLACE_TEXT_SIZE];

    CHECK((r.slot != SLOT_NONE) == (r.kind == REDIRECTION_MOVED || r.kind == REDIRECTION_ASK));
    if (r.slot == SLOT_NONE) {
        return;
    }
    CHECK(r.slot >= 0 && r.slot < SLOT_COUNT && r.place.port > 0);
    place_print(&r.place, text);
    if (r.kind == REDIRECTION_ASK) {
        CHECK(!topology_ask(t, r.slot, from) || topology_is_open(t, r.slot));
        return;
    }
    (void)topology_move(t, r.slot, &r.place, now_ms);
    CHECK(place_is_same(topology_owner(t, r.slot), &r.place));
}

static void
fuzz(struct str input)
{
    struct topology *t = topology_create();
    int64_t now_ms = 0;

    while (input.len > 0) {
        struct str part = fuzz_part(&input, '\0');
        struct place from = {"10.0.0.1", 7000};

        if (part.len < 2) {
            continue;
        }
        from.port += part.p[0] % 4;
        now_ms += 64 * (unsigned char)part.p[1];
        if (part.p[0] % 2 == 0) {
            (void)topology_take(t, str_make(part.p + 2, part.len - 2), &from, now_ms);
        } else {
            take_error(t, str_make(part.p + 2, part.len - 2), &from, now_ms);
        }
    }
    check_counts(t);
    topology_destroy(t);
}
