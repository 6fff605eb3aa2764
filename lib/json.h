/* json.h - is a text JSON (RFC 8259)? */
#ifndef LIB_JSON_H
#define LIB_JSON_H

#include <stdbool.h>

/* One value in UTF-8, with nothing but white space around it. */
bool json_is_valid(const char *text);

#endif
