/* garbage.c - logs entries that are no message. */
#include "lib/garbage.h"

#include "lib/log.h"

void
garbage_note(struct garbage *g, struct str group, struct str entry, uint64_t hash)
{
    if (log_once_first(&g->logged, hash)) {
        log_warn("no-message group=%s bytes=%zu", log_quote(group).text, entry.len);
    }
}
