/* show.h - what an endpoint answers, as rows. */
#ifndef API_CTL_SHOW_H
#define API_CTL_SHOW_H

#include <stdbool.h>

struct json_object;

/* Writes data, if there is any. Of an array of objects each is a row: columns names their members;
 * a last column `more` has those that are not named, as NAME=VALUE. Another array is a row for each
 * value, and what is no array or object is one value: columns is the head then. Of an object each
 * member is a row: its name, with those that it lies in, and its value. */
void show_data(const struct json_object *data, const char *columns, bool is_screen);

#endif
