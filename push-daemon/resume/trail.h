/* trail.h - the entries of a list that were read, from the newest to older ones, and how Redis
 * finds the place again where the next older ones stand.
 *
 * Meanwhile entries come at the end, the oldest ones are dropped, and any may be taken out. What is
 * no message may stand there often, with the same bytes. So the place is named by an entry whose
 * last bytes no other one has that was read: a message, as what comes later has another ts. What
 * was read behind it is asked for again, and compared. */
#ifndef PUSH_RESUME_TRAIL_H
#define PUSH_RESUME_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/redis/commands.h"
#include "lib/str.h"

struct reply;

struct trail_entry {
    char end[CMD_PLACE_BYTES]; /* its last bytes */
    uint32_t end_length;
    uint32_t length;
    bool is_message;
};

/* All zero: nothing was read. */
struct trail {
    struct trail_entry *entries;
    size_t count, bytes;
    int64_t position; /* of the oldest one, when it was read */
};

/* The next older entry. Its position is to be noted when all of a piece were added. */
void trail_add(struct trail *t, struct str raw, bool is_message);

/* Where to go on. */
struct trail_place {
    struct cmd_place place; /* its bytes are the trail's, until something is added */
    size_t known;           /* so many of those that list_more.lua will answer were read already */
    size_t known_bytes;     /* as list_more.lua counts them */
};

/* False: no entry near the oldest one is fit to name the place. */
bool trail_find(const struct trail *t, struct trail_place *place);

/* Does an answer of list_more.lua begin with those that are known, and has more? */
bool trail_goes_on(const struct trail *t, size_t known, const struct reply *entries);

void trail_fini(struct trail *t);

#endif
