/* hashkinds.c - which password hashes take equally long to check. */
#include "fcgi-api/login/hashkinds.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

enum {
    BCRYPT_CHARS = 60
};

/* Follows the beginning of any kind in a sample: a salt, long enough and valid for all schemes, and
 * something that is no hash. */
static const char sample_rest[] = "abcdefghijklmnopqrstuu$no.hash.of.any.password.at.all";

static size_t
hash_through(const char *hash, size_t from, char end)
{
    const char *found = strchr(hash + from, end);

    return found != NULL ? (size_t)(found - hash) + 1 : from;
}

static size_t
hashkind_length(const char *hash)
{
    size_t scheme;

    if (hash[0] == '{') {
        return hash_through(hash, 0, '}');
    }
    if (hash[0] != '$') {
        return 0;
    }
    scheme = hash_through(hash, 1, '$');
    if (hash[1] == '2' || hash[1] == 'y' || strncmp(hash + scheme, "rounds=", 7) == 0) {
        return hash_through(hash, scheme, '$');
    }
    return scheme;
}

bool
hashkind_is_of(const struct hashkind *kind, const char *hash)
{
    return hashkind_length(hash) == kind->length && strncmp(hash, kind->sample, kind->length) == 0;
}

void
hashkinds_add(struct hashkinds *k, const char *hash)
{
    struct hashkind *kind;

    for (size_t i = 0; i < k->count; i++) {
        if (hashkind_is_of(&k->kinds[i], hash)) {
            return;
        }
    }
    if (k->count == HASHKINDS_MAX) {
        k->too_many = true;
        return;
    }
    kind = &k->kinds[k->count++];
    kind->length = hashkind_length(hash);
    kind->sample = mem_alloc(kind->length + sizeof(sample_rest));
    memcpy(kind->sample, hash, kind->length);
    memcpy(kind->sample + kind->length, sample_rest, sizeof(sample_rest));
}

void
hashkinds_clear(struct hashkinds *k)
{
    while (k->count > 0) {
        free(k->kinds[--k->count].sample);
    }
    k->too_many = false;
}

bool
hash_is_closed(const char *hash)
{
    bool bcrypt = hash[0] == '$' && hash[1] == '2';

    return strpbrk(hash, "!*") != NULL || (bcrypt && strlen(hash) != BCRYPT_CHARS);
}
