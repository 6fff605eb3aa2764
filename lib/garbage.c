/* garbage.c - logs entries that are no message. */
#include "lib/garbage.h"

#include "lib/hash.h"
#include "lib/log.h"

void
garbage_note(struct garbage *g, struct str group, struct str entry, uint64_t hash)
{
    if (log_once_first(&g->logged, hash)) {
        log_warn("no-message group=%s bytes=%zu", log_quote(group).text, entry.len);
    }
}

void
garbage_note_unwrapped(struct garbage *g, struct str group, struct str entry, uint64_t hash)
{
    if (log_once_first(&g->logged, hash)) {
        log_warn("plain-message group=%s bytes=%zu reason=\"Java hosts cannot read it: write it as "
                 "a JSON string, or LREM it\"",
                 log_quote(group).text, entry.len);
    }
}

void
garbage_note_id(struct garbage *g, struct str user, struct str member)
{
    if (log_once_first(&g->logged, hash_bytes(user) ^ hash_bytes(member))) {
        log_warn("no-group user=%s bytes=%zu", log_quote(user).text, member.len);
    }
}
