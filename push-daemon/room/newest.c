/* newest.c - messages of a list, taken from the newest to the oldest. */
#include "push-daemon/room/newest.h"

#include <stdlib.h>

#include "lib/encoding/codec.h"
#include "lib/mem.h"

static size_t
newest_begin(const struct newest *n, size_t i)
{
    return i > 0 ? n->ends[i - 1] : 0;
}

bool
newest_take(struct newest *n, struct str group, struct str entry, int64_t *ts)
{
    if (!codec_recode(n->encoding, &n->json, group, entry, ts)) {
        return false;
    }
    if ((n->count & (n->count - 1)) == 0) { /* full at every power of two */
        n->ends = mem_resize(n->ends, (n->count > 0 ? 2 * n->count : 1) * sizeof(*n->ends));
    }
    n->ends[n->count++] = n->json.len;
    return true;
}

void
newest_drop_last(struct newest *n)
{
    n->count--;
    n->json.len = newest_begin(n, n->count);
}

void
newest_write(const struct newest *n, struct text *out)
{
    text_reserve(out, n->json.len + n->count);
    for (size_t i = n->count; i > 0; i--) {
        size_t begin = newest_begin(n, i - 1);

        text_add(out, n->json.bytes + begin, n->ends[i - 1] - begin);
        text_add_str(out, i > 1 ? "," : "");
    }
}

void
newest_fini(struct newest *n)
{
    text_fini(&n->json);
    free(n->ends);
    *n = (struct newest){.count = 0};
}
