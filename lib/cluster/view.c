/* view.c - reads CLUSTER NODES: a line for each node,
 *
 *     ID ADDRESS:PORT@BUSPORT[,HOST[,NAME=VALUE...]] FLAGS MASTER PING PONG EPOCH LINK [SLOT...]
 *
 * where a SLOT is a number, a range, or, of the node that answers, [SLOT->-ID] or [SLOT-<-ID]. */
#include "lib/cluster/view.h"

#include <stdlib.h>
#include <string.h>

#include "lib/cluster/slot.h"
#include "lib/config/number.h"
#include "lib/mem.h"

enum {
    VIEW_FIELDS = 8 /* before the slots */
};

/* Takes what stands before the next such byte off rest. */
static struct str
view_part(struct str *rest, char end)
{
    const char *at = rest->len > 0 ? memchr(rest->p, end, rest->len) : NULL;
    struct str part = at != NULL ? str_make(rest->p, (size_t)(at - rest->p)) : *rest;

    *rest = at != NULL ? str_make(at + 1, rest->len - part.len - 1) : str_make(NULL, 0);
    return part;
}

static bool
view_has_flag(struct str flags, const char *wanted)
{
    while (flags.len > 0) {
        if (str_is(view_part(&flags, ','), wanted)) {
            return true;
        }
    }
    return false;
}

/* ---- slots ---- */

static bool
view_add_range(struct view *v, struct view_node *n, int64_t first, int64_t last)
{
    if (v->range_count >= SLOT_COUNT || first > last) {
        return false; /* each slot has one owner, in one answer */
    }
    if (v->range_count == v->range_room) {
        v->range_room = v->range_room > 0 ? 2 * v->range_room : 16;
        v->ranges = mem_resize(v->ranges, v->range_room * sizeof(*v->ranges));
    }
    v->ranges[v->range_count++] = (struct view_range){(int)first, (int)last};
    n->ranges++;
    return true;
}

void
view_add_open(struct view *v, int slot, bool is_taken)
{
    if (v->open_count == v->open_room) {
        v->open_room = v->open_room > 0 ? 2 * v->open_room : 16;
        v->open = mem_resize(v->open, v->open_room * sizeof(*v->open));
    }
    v->open[v->open_count++] = (struct view_open){slot, is_taken};
}

/* [SLOT->-ID] or [SLOT-<-ID]. */
static bool
view_read_open(struct view *v, struct str text)
{
    int64_t slot;

    text = str_make(text.p + 1, text.len - 1);
    if (v->open_count >= SLOT_COUNT ||
        !number_parse(view_part(&text, '-'), 0, SLOT_COUNT - 1, &slot) || text.len == 0 ||
        (text.p[0] != '<' && text.p[0] != '>')) {
        return false;
    }
    view_add_open(v, (int)slot, text.p[0] == '<');
    return true;
}

static bool
view_add_slots(struct view *v, struct view_node *n, struct str word)
{
    int64_t first, last;

    if (word.p[0] == '[') {
        return view_read_open(v, word);
    }
    if (!number_parse(view_part(&word, '-'), 0, SLOT_COUNT - 1, &first)) {
        return false;
    }
    last = first;
    return (word.len == 0 || number_parse(word, 0, SLOT_COUNT - 1, &last)) &&
           view_add_range(v, n, first, last);
}

/* ---- nodes ---- */

/* A node that does not know its own address yet has none in its own line: it is where it was
 * asked. */
static bool
view_read_place(struct str text, const struct place *asked, bool is_myself, struct place *place)
{
    static const struct place unknown;
    struct str address = view_part(&text, ',');

    return place_read(view_part(&address, '@'), is_myself ? asked : &unknown, place);
}

static bool
view_read_node(struct view *v, struct str line, const struct place *asked, bool *is_myself)
{
    struct view_node *n = &v->nodes[v->count];
    struct str fields[VIEW_FIELDS];

    *n = (struct view_node){.first_range = v->range_count};
    for (int i = 0; i < VIEW_FIELDS; i++) {
        fields[i] = view_part(&line, ' ');
        if (fields[i].len == 0) {
            return false;
        }
    }
    if (fields[0].len >= sizeof(n->id) || !number_parse(fields[6], 0, INT64_MAX, &n->epoch)) {
        return false;
    }
    memcpy(n->id, fields[0].p, fields[0].len);
    *is_myself = view_has_flag(fields[2], "myself");
    n->is_master = view_has_flag(fields[2], "master");
    n->is_failed = !view_read_place(fields[1], asked, *is_myself, &n->place) ||
                   view_has_flag(fields[2], "fail") || view_has_flag(fields[2], "noaddr") ||
                   view_has_flag(fields[2], "handshake");
    while (line.len > 0) {
        struct str word = view_part(&line, ' ');

        if (word.len > 0 && !view_add_slots(v, n, word)) {
            return false;
        }
    }
    return true;
}

static bool
view_read_line(struct view *v, struct str line, const struct place *asked, bool *has_myself)
{
    bool is_myself;

    if (line.len > 0 && line.p[line.len - 1] == '\r') {
        line.len--;
    }
    if (line.len == 0) {
        return true;
    }
    if (v->count == VIEW_NODES_MAX || !view_read_node(v, line, asked, &is_myself) ||
        (is_myself && *has_myself)) {
        return false;
    }
    if (is_myself) {
        v->myself = v->count;
        *has_myself = true;
    }
    v->count++;
    return true;
}

static size_t
view_count_lines(struct str text)
{
    size_t lines = 1;

    for (size_t i = 0; i < text.len; i++) {
        lines += text.p[i] == '\n';
    }
    return lines;
}

bool
view_read(struct view *v, struct str text, const struct place *asked)
{
    size_t lines = view_count_lines(text);
    bool has_myself = false, ok = true;

    *v = (struct view){.nodes = NULL};
    v->nodes = mem_alloc((lines < VIEW_NODES_MAX ? lines : VIEW_NODES_MAX) * sizeof(*v->nodes));
    while (ok && text.len > 0) {
        ok = view_read_line(v, view_part(&text, '\n'), asked, &has_myself);
    }
    if (!ok || !has_myself) {
        view_fini(v);
    }
    return ok && has_myself;
}

void
view_fini(struct view *v)
{
    free(v->nodes);
    free(v->ranges);
    free(v->open);
    *v = (struct view){.nodes = NULL};
}
