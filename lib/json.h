/* json.h - reads JSON (RFC 8259). */
#ifndef LIB_JSON_H
#define LIB_JSON_H

#include <stdbool.h>

#include "lib/str.h"

struct json_object;

/*
 * Is it one value in UTF-8, with nothing but white space around it, nested no deeper than depth?
 * *root is that value, of json-c (null is NULL there), or NULL if it is none.
 */
bool json_parse(struct json_object **root, struct str text, int depth);

/* The same of a text that ends with NUL; 32 deep at most. */
bool json_is_valid(const char *text);

#endif
