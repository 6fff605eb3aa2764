/* ids.h - which texts are a userId or a groupId, and which ones the id of a send. */
#ifndef LIB_IDS_H
#define LIB_IDS_H

#include <stdbool.h>

#include "lib/str.h"

enum {
    ID_MAX_BYTES = 128,
    ID_SEND_MAX_BYTES = 64
};

/* 1 to 128 bytes of UTF-8 without U+0000 to U+001F, U+007F and '/'. Not "." or "..", and no space
 * at an end: an HTTP header loses it, and the id would be another one. */
bool id_valid(struct str id);

/* Is it the id of a send: 1 to 64 of A-Z a-z 0-9 . _ ~ - ? */
bool id_valid_send(struct str id);

#endif
