/* index.h - the users whose group list a client watches, their groups, and what is new there. */
#ifndef PUSH_GROUPLIST_INDEX_H
#define PUSH_GROUPLIST_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/hash.h"
#include "lib/str.h"
#include "lib/text.h"

struct blob;
struct reply;
struct session;

struct index_group {
    UT_hash_handle hh;
    unsigned users;         /* how many are in it */
    uint64_t changed_round; /* when it last changed */
    int64_t total;
    int64_t ts;
    struct text raw;     /* the newest entry, as it stands in the list */
    struct text message; /* the same as a message; empty: there is none */
    size_t id_len;
    char id[];
};

struct index_user {
    UT_hash_handle hh;
    void *ctx; /* the owner's own */
    struct session *sessions;
    struct index_group **groups; /* sorted by address */
    size_t group_count;
    bool regrouped;        /* its groups have changed since its last list */
    uint64_t listed_round; /* of its last list */
    uint64_t version;      /* of its list; 0: not known yet */
    size_t id_len;
    char id[];
};

/* All zero: nobody is watched. A group is there as long as a user is in it. */
struct group_index {
    struct index_user *users;
    struct index_group *groups;
};

/* Made if it is not there yet. */
struct index_user *index_get_user(struct group_index *w, struct str id);
void index_drop_user(struct group_index *w, struct index_user *u);

/* The user's groups are these: a list of ids, as Redis answers. */
void index_set_groups(struct group_index *w, struct index_user *u, const struct reply *ids);

/* The group's list has so many entries, and this newest message (empty: none). */
void index_update(struct index_group *g, uint64_t round, int64_t total, struct str raw);

bool index_has_message(const struct index_user *u); /* any of its groups */

/* The user's list as of this round. Its version is raised if it differs from the last list. */
void index_list(struct index_user *u, uint64_t round);

/* The frame with the user's whole list; the caller holds one reference. */
struct blob *index_frame(const struct index_user *u);

#endif
