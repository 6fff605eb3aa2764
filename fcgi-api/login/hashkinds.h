/* hashkinds.h - which password hashes take equally long to check.
 *
 * Those are the hashes of one scheme at one cost, which is a kind. Its hashes begin alike: {SHA},
 * $apr1$, $6$, $6$rounds=9$, $2y$05$, $y$j9T$; those of traditional crypt(3) with nothing. */
#ifndef API_LOGIN_HASHKINDS_H
#define API_LOGIN_HASHKINDS_H

#include <stdbool.h>
#include <stddef.h>

enum {
    HASHKINDS_MAX = 16
};

struct hashkind {
    char *sample;  /* a hash of this kind that no password fits; it takes as long as others */
    size_t length; /* of the common beginning */
};

/* All zero: none. */
struct hashkinds {
    struct hashkind kinds[HASHKINDS_MAX];
    size_t count;
    bool too_many; /* for more than HASHKINDS_MAX there was no room */
};

/* Adds the kind of this hash, if it is new. */
void hashkinds_add(struct hashkinds *k, const char *hash);
void hashkinds_clear(struct hashkinds *k);

bool hashkind_is_of(const struct hashkind *kind, const char *hash);

/* Is it a hash that fits no password, and that is therefore checked in no time? An account is
 * closed so, by `!` or `*`. */
bool hash_is_closed(const char *hash);

#endif
