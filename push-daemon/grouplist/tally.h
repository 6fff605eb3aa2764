/* tally.h - who wrote the newest entries of a group's list, and when: of it comes how many messages
 * a user has not read. It is read whole once; then only what is new. */
#ifndef PUSH_GROUPLIST_TALLY_H
#define PUSH_GROUPLIST_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/config/config.h"
#include "lib/str.h"

struct reply;

enum {
    TALLY_ENTRIES = 100 /* the newest ones; of so many a user may have read none */
};

struct tally_entry {
    uint64_t user; /* its fingerprint */
    int64_t ts;    /* -1: it is no message */
};

struct tally {
    bool known;
    uint64_t version;     /* the group's last change that this knows of */
    uint64_t asked_round; /* the newest round that has asked for it */
    int64_t total;        /* entries of the list then; -1: it has to be read whole */
    uint64_t newest;      /* fingerprint of the newest of them */
    size_t count;
    struct tally_entry *entries; /* newest first */
    enum config_encoding encoding;
};

/* Of which nothing is known. */
struct tally *tally_create(enum config_encoding encoding);
void tally_destroy(struct tally *t); /* NULL is fine */

/* How many of the newest entries are to be read, now that the list has so many. */
size_t tally_wants(const struct tally *t, int64_t total);

/* Takes what was read: asked for so many, newest first. first: which of them was the newest one
 * when the list had this total; those before it came later, and are left for the next time. False:
 * they do not reach back to what is known, and all are to be read. */
bool tally_take(struct tally *t, struct str group, int64_t total, const struct reply *entries,
                size_t asked, size_t first);

/* The list is empty, or cannot be read. */
void tally_clear(struct tally *t);

uint64_t tally_user(struct str user); /* a user's fingerprint */

/* Messages of others above the mark; -1 is below all. */
unsigned tally_count(const struct tally *t, uint64_t user, int64_t mark);

#endif
