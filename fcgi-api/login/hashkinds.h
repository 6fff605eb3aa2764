/* hashkinds.h - which password hashes take equally long: those of the same scheme at the same cost.
 *
 * A kind is the beginning that they share: {SHA}, $apr1$, $6$, $6$rounds=9$, $2y$05$, $y$j9T$; of crypt(3) of old
 * there is none. */
#ifndef API_LOGIN_HASHKINDS_H
#define API_LOGIN_HASHKINDS_H

#include <stdbool.h>
#include <stddef.h>

enum {
    HASHKINDS_MAX = 16
};

struct hashkind {
    char *sample;  /* a hash of it that no password fits, and that takes as long as any */
    size_t length; /* of the beginning that makes the kind */
};

/* Begins as zeros. */
struct hashkinds {
    struct hashkind kinds[HASHKINDS_MAX];
    size_t count;
    bool too_many; /* some found no room */
};

/* Adds the kind of this hash, if it is a new one. */
void hashkinds_add(struct hashkinds *k, const char *hash);
void hashkinds_clear(struct hashkinds *k);

bool hashkind_is_of(const struct hashkind *kind, const char *hash);

/* Does it fit no password, which is found out in no time? So are accounts closed by hand: by `!` or `*`. */
bool hash_is_closed(const char *hash);

#endif
