/* reader.h - all entries of a group's list, or the newest ones, oldest first, in small steps.
 *
 * Each step is one LRANGE of at most READER_STEP_MAX entries, so Redis is held for less than a
 * millisecond, and there is one step in memory. Between two steps the list may change: its oldest
 * entries are cut off, some are recalled or purged, new ones come. The reader knows the last
 * entries that it has read, and looks in each step for them, at their place and before it. So an
 * entry that is in the list from the begin to the end of the reading is read exactly once, and the
 * order is that of the list. An entry that goes meanwhile may be read or not. What comes meanwhile
 * is read only if the reader is told to go on to the end.
 *
 * If another writer has stored the same bytes twice, among the last entries read, and the list is
 * cut at that moment, what stands between the two may be passed over. */
#ifndef API_TRANSFER_READER_H
#define API_TRANSFER_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "fcgi-api/store/store.h"
#include "lib/redis/argv.h"
#include "lib/text.h"

enum {
    READER_STEP_MAX = 1000,        /* entries of a step */
    READER_STEP_BYTES = 256 << 10, /* about so many, as long as entries stay as large as they are */
    READER_ANCHORS = 16            /* entries that are known to have been read */
};

enum reader_result {
    READER_ENTRIES, /* there are some */
    READER_END,
    READER_FAILED, /* Redis; the store has logged why */
    READER_RESULT__MAX
};

struct reader {
    const struct config *config;
    struct store *store;
    struct str group;
    struct argv argv;
    int64_t next; /* position of the next entry, if the list has not changed */
    int64_t end;  /* position behind the last one; INT64_MAX: to the end of the list */
    int64_t step; /* entries to ask for */
    int64_t back; /* and so many before them, as the list was cut lately */
    bool lost;    /* entries may have been cut off before they were read */
    bool away;    /* of READER_FAILED: Redis cannot be reached; else it answers an error */
    struct text anchors[READER_ANCHORS]; /* the entries read last, in a ring */
    size_t anchor_count;                 /* of all that were put in */
    struct text scratch;
    const struct reply *reply;
    size_t from, count; /* the entries of this step within the reply */
};

/* Asks for the list's length; then `newest` entries are to be read, or all if it is negative.
 * Keeps config, store and group. Returns false if Redis failed. Call reader_fini() in any case. */
bool reader_init(struct reader *r, const struct config *config, struct store *store,
                 struct str group, int64_t newest);
void reader_fini(struct reader *r);

/* Takes an entry as one that has been read. */
void reader_note(struct reader *r, struct str entry);

/* From now on reads on to the end that the list has by then, and may be called again behind
 * READER_END. What was read may stand anywhere in the list. Returns false if Redis failed. */
bool reader_go_on(struct reader *r);

/* Takes the next step. The entries live until the next call. */
enum reader_result reader_next(struct reader *r);
struct str reader_entry(const struct reader *r, size_t i); /* of r->count */

#endif
