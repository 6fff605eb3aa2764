/* json.h - reads JSON (RFC 8259). */
#ifndef LIB_JSON_H
#define LIB_JSON_H

#include <stdbool.h>

#include "lib/str.h"

struct json_object;

/* Parses text: one value in UTF-8 that nests no deeper than depth, with only white space around it.
 * *root gets the value, which goes to json_object_put(); json-c has NULL for null.
 * Returns false, with *root NULL, if text is anything else. */
bool json_parse(struct json_object **root, struct str text, int depth);

/* Is text such a value, nested at most 32 deep, by the letter of the RFC? text ends in NUL. */
bool json_is_valid(const char *text);

#endif
