/* batch.h - groups that are asked for together: with one Redis by one question; on a cluster, where
 * each is in its own slot, by one for each group, all at the same time. */
#ifndef PUSH_GROUPLIST_BATCH_H
#define PUSH_GROUPLIST_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/redis/argv.h"

struct batch;
struct config;
struct index_group;
struct nodes;
struct reply;

enum {
    BATCH_GROUPS = 100
};

/* About these groups of the batch, in their order. */
struct batch_question {
    struct batch *batch;
    size_t first, count;
};

struct batch_kind {
    void (*make)(void *ctx, const struct batch_question *q);
    /* Sets batch->groups[] to NULL for those that are answered. False: that is no answer. */
    bool (*take)(void *ctx, const struct batch_question *q, const struct reply *reply);
    /* All are answered. What has no answer, and may be asked for again, is left in the batch, which
     * is the callee's. ok: with one Redis, that there was an answer. */
    void (*on_end)(void *ctx, struct batch *b, bool ok);
};

/* Zero but for the first three: it is empty. The caller adds groups. */
struct batch {
    const struct batch_kind *kind;
    void *ctx;
    bool is_apart; /* on a cluster */
    bool ok;
    size_t count;
    size_t unanswered; /* questions */
    struct index_group *groups[BATCH_GROUPS];
    size_t wanted[BATCH_GROUPS]; /* of each, if its kind asks for entries */
    struct batch_question questions[BATCH_GROUPS];
};

struct batch *batch_create(const struct config *config, const struct batch_kind *kind, void *ctx);

/* Asks; kind->make() writes each question into argv. False: that cannot be asked, and on_end is not
 * called. On a cluster a group whose node is away is passed over, and left as it is; *open is false
 * if all of them are. */
bool batch_ask(struct batch *b, struct nodes *nodes, const struct argv *argv, bool *open);

#endif
