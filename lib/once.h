/* once.h - has this been said already? Remembers the last few hundred things, by fingerprint. */
#ifndef LIB_ONCE_H
#define LIB_ONCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ONCE_SIZE = 256
};

/* All zero: nothing has been said. The oldest is forgotten first. */
struct once {
    uint64_t hashes[ONCE_SIZE];
    size_t count; /* all ever added */
};

/* True the first time, and then not again for as long as it is remembered. */
bool once_first(struct once *o, uint64_t hash);

#endif
