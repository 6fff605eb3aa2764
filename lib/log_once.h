/* log_once.h - was this logged already? Remembers the fingerprints of the last 256 things. */
#ifndef LIB_LOG_ONCE_H
#define LIB_LOG_ONCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOG_ONCE_SIZE = 256
};

/* All zero: nothing was logged. The oldest is forgotten first. */
struct log_once {
    uint64_t hashes[LOG_ONCE_SIZE];
    size_t count; /* of all that were ever added */
};

/* Returns true the first time, and false as long as the fingerprint is remembered. */
bool log_once_first(struct log_once *o, uint64_t hash);

#endif
