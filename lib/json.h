/* json.h - reads JSON (RFC 8259). */
#ifndef LIB_JSON_H
#define LIB_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"

struct json_object;

/* Parses text: one value in UTF-8 that nests no deeper than depth, with only white space around it.
 * *root gets the value, which goes to json_free(); json-c has NULL for null.
 * Returns false, with *root NULL, if text is anything else. */
bool json_parse(struct json_object **root, struct str text, int depth);

/* Is text such a value, nested at most 32 deep, by the letter of the RFC? text ends in NUL. */
bool json_is_valid(const char *text);

/* Of a text that json_parse() takes: do all readers take it? */
bool json_is_strict(struct str text);

/* The UTF-16 code unit of the escape \uXXXX at p, of what ends at end; -1 if it is none. */
int32_t json_unit(const char *p, const char *end);

void json_free(struct json_object *value); /* NULL is fine */

/* ---- members of an object; each returns false if the value is none or has no such member ---- */

bool json_has(const struct json_object *value, const char *key);
/* A string; *out lives as long as the value. */
bool json_get_text(const struct json_object *value, const char *key, struct str *out);
bool json_get_number(const struct json_object *value, const char *key, double *out);
bool json_get_bool(const struct json_object *value, const char *key, bool *out);
/* NULL: there is none, or it is null. It lives as long as the value. */
const struct json_object *json_get(const struct json_object *value, const char *key);
/* An array that has only strings: take() gets each of them. It may have got some if there is
 * something else in it. */
bool json_get_texts(const struct json_object *value, const char *key,
                    void (*take)(void *arg, struct str text), void *arg);

/* ---- a value of any type ---- */

bool json_is_object(const struct json_object *value);
bool json_is_array(const struct json_object *value);
bool json_number(const struct json_object *value, double *out); /* false: it is none */
size_t json_count(const struct json_object *array);             /* 0 if it is none */
const struct json_object *json_at(const struct json_object *array, size_t i);
/* Calls take for each member of an object, in their order. */
void json_each(const struct json_object *value,
               void (*take)(void *arg, const char *key, const struct json_object *member),
               void *arg);
/* A string as it is, without quotes; any other value as JSON in one line. It lives as long as the
 * value, and until the next call for it. */
struct str json_plain(const struct json_object *value);

#endif
