/* newest.h - messages of a list, taken from the newest to the oldest, and written the other way
 * round. Each entry is read once: a list may have a MiB. */
#ifndef PUSH_ROOM_NEWEST_H
#define PUSH_ROOM_NEWEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/config/config.h"
#include "lib/str.h"
#include "lib/text.h"

/* All zero: none. */
struct newest {
    struct text json;
    size_t *ends; /* of each in json */
    size_t count;
    enum config_encoding encoding; /* of the entries */
};

/* Takes an entry as a message of that group; *ts gets its ts. False: it is none. */
bool newest_take(struct newest *n, struct str group, struct str entry, int64_t *ts);

/* Forgets the one that was taken last. */
void newest_drop_last(struct newest *n);

/* Adds all of them, oldest first, with commas between them. */
void newest_write(const struct newest *n, struct text *out);

void newest_fini(struct newest *n);

#endif
