/* place.h - where a Redis listens: a numeric address or a name, and a port. */
#ifndef LIB_CLUSTER_PLACE_H
#define LIB_CLUSTER_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/config/hostport.h"
#include "lib/str.h"

/* All zero: no place. May be copied. */
struct place {
    char address[HOSTPORT_HOST_SIZE]; /* an IPv6 address without brackets */
    int port;
};

enum {
    PLACE_TEXT_SIZE = HOSTPORT_HOST_SIZE + 8 /* of a place as text, with its NUL */
};

bool place_is_same(const struct place *a, const struct place *b);

/* Fills in number i of these ADDRESS:PORT words, as the settings have them, from 0 on. Returns
 * false if there are not so many, or if it is none. */
bool place_at(const char *words, size_t i, struct place *place);

/* Reads ADDRESS:PORT as Redis writes it: an IPv6 address stands there without brackets. No address,
 * or `?`: it is that of the node that says so. Returns false, and leaves *place alone, if it is
 * neither. */
bool place_read(struct str text, const struct place *from, struct place *place);

/* Writes ADDRESS:PORT as the settings have it, for the log. */
void place_print(const struct place *place, char out[PLACE_TEXT_SIZE]);

#endif
