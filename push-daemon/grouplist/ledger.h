/* ledger.h - what the clients of fastim.v2 of one user have been told of its groups.
 *
 * All of them are told the same: one that comes gets all groups, and from then on what the others
 * get. So a ledger a user is enough, and news are what differs from it. */
#ifndef PUSH_GROUPLIST_LEDGER_H
#define PUSH_GROUPLIST_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/str.h"

struct argv;
struct blob;
struct config;
struct group_index;
struct grouplist_entry;
struct index_group;
struct index_user;
struct reply;

/* A group that the clients know. */
struct ledger_entry {
    struct index_group *group; /* a reference */
    uint64_t told;             /* the last change of the group that they know */
    uint64_t tally;            /* unread was counted of this version, */
    int64_t mark;              /* with this mark */
    unsigned unread;
};

struct ledger {
    unsigned clients;
    uint64_t self; /* the user's fingerprint, as its messages have it */

    /* Up to where the user has read its groups, in their order. */
    bool marks_expected; /* they are being asked for */
    bool marks_known;    /* of the groups as they are now */
    int64_t *marks;      /* -1: it has none */
    size_t mark_count;

    bool begun;                   /* somebody has been told all */
    struct ledger_entry *entries; /* in the order of the user's groups */
    size_t count;

    /* News. */
    struct grouplist_entry *changed;
    size_t changed_count;
    struct index_group **left; /* references */
    size_t left_count;
};

/* Gives the user a ledger, of which it has none; and takes it away, if it has one. */
void ledger_create(struct group_index *index, struct index_user *u);
void ledger_destroy(struct group_index *index, struct index_user *u);

/* The user's groups are known anew, and if it has a ledger its marks are to be asked for. */
void ledger_expect_marks(struct index_user *u);
bool ledger_wants_marks(const struct index_user *u); /* are there some to ask for? */
/* The next question, and its answer. A ledger that has not asked takes none. */
void ledger_ask_marks(const struct index_user *u, struct argv *c, const struct config *config);
void ledger_take_marks(struct index_user *u, const struct reply *marks);

/* Is all known that the clients are to be told? The groups are complete. */
bool ledger_is_ready(const struct index_user *u);

/* Looks for news: what is to be told, and counts as told from here on. If they are more than a
 * frame may hold, the rest are news the next time. They are to be forgotten before a group
 * changes. */
void ledger_find_news(struct group_index *index, struct index_user *u);
void ledger_forget_news(struct group_index *index, struct index_user *u);

/* Groups that a client may see. shows NULL: all. */
struct ledger_view {
    bool (*shows)(const void *ctx, struct str group);
    const void *ctx;
};

/* The caller holds one reference. NULL: there are no news for such a client. */
struct blob *ledger_news(const struct index_user *u, struct ledger_view view);
/* The frame with all groups. */
struct blob *ledger_all(const struct index_user *u, struct ledger_view view);

#endif
