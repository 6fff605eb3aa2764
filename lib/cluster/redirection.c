/* redirection.c - the errors by which a node of a cluster sends a command elsewhere. */
#include "lib/cluster/redirection.h"

#include <string.h>

#include "lib/cluster/slot.h"
#include "lib/config/number.h"

/* Takes the next word off rest. */
static struct str
redirection_word(struct str *rest)
{
    const char *space = rest->len > 0 ? memchr(rest->p, ' ', rest->len) : NULL;
    struct str word = space != NULL ? str_make(rest->p, (size_t)(space - rest->p)) : *rest;

    *rest = space != NULL ? str_make(space + 1, rest->len - word.len - 1) : str_make(NULL, 0);
    return word;
}

struct redirection
redirection_read(struct str error, const struct place *from)
{
    struct redirection r = {.kind = REDIRECTION_NONE, .slot = SLOT_NONE};
    struct str word = redirection_word(&error);
    int64_t slot;

    if (str_is(word, "TRYAGAIN")) {
        r.kind = REDIRECTION_TRYAGAIN;
    } else if (str_is(word, "CLUSTERDOWN")) {
        r.kind = REDIRECTION_DOWN;
    } else if ((str_is(word, "MOVED") || str_is(word, "ASK")) &&
               number_parse(redirection_word(&error), 0, SLOT_COUNT - 1, &slot) &&
               place_read(redirection_word(&error), from, &r.place)) {
        r.kind = str_is(word, "ASK") ? REDIRECTION_ASK : REDIRECTION_MOVED;
        r.slot = (int)slot;
    }
    return r;
}
