/* garbage.h - logs what other writers have put into a group's list or channel and is no message.
 *
 * Such entries stay where they are and are read again and again, so each is logged once. */
#ifndef LIB_GARBAGE_H
#define LIB_GARBAGE_H

#include <stdint.h>

#include "lib/log_once.h"
#include "lib/str.h"

/* All zero: nothing was logged. */
struct garbage {
    struct log_once logged; /* entries, by their fingerprint */
};

/* Logs the group and the length of the entry, never its bytes. hash: hash_bytes(entry). */
void garbage_note(struct garbage *g, struct str group, struct str entry, uint64_t hash);

/* The same for a message that is not in the form of the Java original, though its hosts are to read
 * it. */
void garbage_note_unwrapped(struct garbage *g, struct str group, struct str entry, uint64_t hash);

/* The same for a member of a user's set of groups that is no id. */
void garbage_note_id(struct garbage *g, struct str user, struct str member);

#endif
