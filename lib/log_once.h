/* log_once.h - has this been said already? Remembers the last few hundred things, by fingerprint. */
#ifndef LIB_LOG_ONCE_H
#define LIB_LOG_ONCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOG_ONCE_SIZE = 256
};

/* All zero: nothing has been said. The oldest is forgotten first. */
struct log_once {
    uint64_t hashes[LOG_ONCE_SIZE];
    size_t count; /* all ever added */
};

/* True the first time, and then not again for as long as it is remembered. */
bool log_once_first(struct log_once *o, uint64_t hash);

#endif
