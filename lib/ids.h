/* ids.h - which texts are a userId or a groupId. */
#ifndef LIB_IDS_H
#define LIB_IDS_H

#include <stdbool.h>

#include "lib/str.h"

enum {
    ID_MAX_BYTES = 128
};

/* 1 to 128 bytes of UTF-8 without U+0000 to U+001F, U+007F and '/'. Not "." or "..", and no space
 * at an end: an HTTP header loses it, and the id would be another one. */
bool id_valid(struct str id);

#endif
