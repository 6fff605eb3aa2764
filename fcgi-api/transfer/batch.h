/* batch.h - stores the entries of an import, in batches of which some are under way at a time. */
#ifndef API_TRANSFER_BATCH_H
#define API_TRANSFER_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "fcgi-api/store/wire.h"
#include "lib/redis/commands_admin.h"
#include "lib/token.h"

enum {
    BATCH_ENTRIES = 500,     /* Redis serves nobody else while it stores them: below 1 ms */
    BATCH_BYTES = 256 << 10, /* about so many, or one entry */
    BATCH_UNDER_WAY = 4      /* batches that wait for their reply */
};

enum batch_result {
    BATCH_OK,
    BATCH_CHANGED, /* somebody else has written to the list */
    BATCH_ENTERED, /* clients are in the group */
    BATCH_AWAY,    /* Redis cannot be reached, or did not answer in time */
    BATCH_ERROR,   /* it answers an error */
    BATCH_RESULT__MAX
};

/* The list behind a batch, as it has to be, and the line of the file that the batch ends with. */
struct batch_end {
    int64_t length;
    char newest[CMD_IMPORT_MARK_BYTES];
    size_t newest_len;
    int64_t line;
};

struct batches {
    const struct config *config;
    struct str group;
    struct wire wire;
    struct argv argv;
    struct argv next;            /* the batch that is being filled */
    char token[TOKEN_CHARS + 1]; /* of the import */
    bool has_begun;              /* Redis has the token */
    size_t entries, bytes;
    int64_t last_line; /* of it */
    /* The first one is that of what is stored, the others are those of the batches under way. */
    struct batch_end ends[BATCH_UNDER_WAY + 1];
    size_t under_way;
    int64_t highest;   /* ts of all entries, of those that count */
    int64_t counts_to; /* a ts from here on does not count: too far ahead of Redis' clock */
    bool is_unsure;    /* not even asking has told which batches are stored */
};

/* Connects, and asks how the list is. place: of the node that has the group, on a cluster; else
 * NULL. line: of which the first entry is the next one. */
enum batch_result batches_init(struct batches *b, const struct config *config,
                               const struct place *place, struct str group, int64_t line);
void batches_fini(struct batches *b);

/* How many entries the list has; of those that are known to be stored. */
int64_t batches_length(const struct batches *b);
/* The last line that is known to be stored. */
int64_t batches_line(const struct batches *b);

/* Adds an entry, and the line that it is from; waits if there is enough under way. If it fails, the
 * entries that were not stored are lost, and it finds out which ones are. */
enum batch_result batches_add(struct batches *b, struct str entry, int64_t ts, int64_t line);

/* Waits until all is stored. */
enum batch_result batches_end(struct batches *b);

/* Notes the import in the audit. */
enum batch_result batches_note(struct batches *b, const char *operator_name, int64_t count);

/* What Redis has complained of, for BATCH_ERROR. */
struct str batches_complaint(const struct batches *b);

#endif
