/* index.h - the users whose group list a client watches, their groups, and what is new there. */
#ifndef PUSH_GROUPLIST_INDEX_H
#define PUSH_GROUPLIST_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/config/config.h"
#include "lib/garbage.h"
#include "lib/hash.h"
#include "lib/redis/commands.h"
#include "lib/str.h"
#include "lib/text.h"
#include "push-daemon/grouplist/tally.h"

struct blob;
struct ledger;
struct reply;
struct round;
struct session;

struct index_group {
    UT_hash_handle hh;
    uint64_t serial;      /* the order in which they were made */
    unsigned users;       /* that are in it, or whose ledger names it */
    uint64_t asked_round; /* the newest round that has asked for it */
    bool known;           /* it has been answered */
    uint64_t changed;     /* the number of its last change */
    int64_t total;
    int64_t ts;
    struct text message; /* the newest one; empty: there is none */
    bool newest_is_it;   /* the newest entry is this message to the byte; else this is the entry: */
    uint64_t newest_hash; /* its fingerprint */
    size_t newest_len;
    char tail[CMD_PLACE_BYTES]; /* its last bytes */
    bool searching;             /* it is no message, and one behind it is to be found */
    int64_t rest_until_ms;      /* it is huge: until then nobody asks for it */
    struct tally *tally;        /* NULL: no ledger has needed it */
    size_t id_len;
    char id[];
};

struct index_user {
    UT_hash_handle hh;
    struct index_user *prev, *next; /* among those of its round, or those that wait for one */
    struct round *round;            /* that asks for it; NULL: none */
    bool waits;                     /* for a round that asks for it at once */
    bool known;                     /* a round has asked for it, and all was answered */
    bool is_missed;                 /* in its last round its node did not tell all of it */
    bool is_told;                   /* frames are being sent: it is not dropped meanwhile */
    struct session *sessions;
    struct index_group **groups; /* sorted by serial */
    size_t group_count;
    struct index_group **found; /* the same, as it comes in */
    size_t found_count;
    bool regrouped;        /* its groups have changed since its last list */
    uint64_t listed;       /* the number of the last change before its last list */
    uint64_t version;      /* of its list; 0: not known yet */
    struct ledger *ledger; /* of its clients of fastim.v2 (ledger.h); NULL: there are none */
    size_t id_len;
    char id[];
};

/* All zero: nobody is watched. A group is there as long as a user is in it. */
struct group_index {
    struct index_user *users;
    struct index_group *groups;
    uint64_t serial;  /* of the newest group */
    uint64_t changes; /* of groups, so far */
    uint64_t rounds;  /* so far: a later one has a higher number */
    size_t ledgers;
    enum config_encoding encoding;
    struct garbage garbage; /* members of a user's groups that are no id */
};

static inline struct str
index_group_id(const struct index_group *g)
{
    return str_make(g->id, g->id_len);
}

static inline struct str
index_user_id(const struct index_user *u)
{
    return str_make(u->id, u->id_len);
}

/* It stays as long as somebody has a reference to it. */
void index_ref_group(struct index_group *g);
void index_unref_group(struct group_index *w, struct index_group *g);

/* Made if it is not there yet. */
struct index_user *index_get_user(struct group_index *w, struct str id);
void index_drop_user(struct group_index *w, struct index_user *u);

enum {
    INDEX_GROUPS_MAX = 10000 /* of one user; no further ones are looked at */
};

/* Some of the user's groups: a list of ids, as Redis answers. Returns false if these are enough. */
bool index_find_groups(struct group_index *w, struct index_user *u, const struct reply *ids);
/* The user's groups are those found since the last call; or nothing is known of them (drop). */
void index_set_groups(struct group_index *w, struct index_user *u);
void index_drop_found(struct group_index *w, struct index_user *u);

/* The group's list has so many entries, and this newest one (empty: none). Returns true if a
 * message is to be looked for behind it: index_search() says where, index_settle() takes what was
 * found. changed: that of the group when it was searched; if it has changed since, what was found
 * is old. Of a huge entry only the size is known. */
bool index_update(struct group_index *w, struct index_group *g, int64_t total, struct str newest);
void index_update_huge(struct group_index *w, struct index_group *g, int64_t total, int64_t size,
                       int64_t rest_until_ms);
bool index_is_newest(const struct index_group *g, struct str entry); /* of its list */
struct cmd_place index_search(const struct index_group *g);
void index_settle(struct group_index *w, struct index_group *g, uint64_t changed,
                  const struct reply *entries);

bool index_is_complete(const struct index_user *u); /* all of its groups are known */
bool index_has_message(const struct index_user *u); /* any of its groups */

/* The user's list as of now. Its version is raised if it differs from the last list. */
void index_list(const struct group_index *w, struct index_user *u);

/* The frame with the user's whole list; the caller holds one reference. */
struct blob *index_frame(const struct index_user *u);

#endif
