/* placeholder.h - ${NAME} and ${NAME:default} in a value, as the Java original's settings have
 * them. */
#ifndef LIB_CONFIG_PLACEHOLDER_H
#define LIB_CONFIG_PLACEHOLDER_H

#include <stdbool.h>

#include "lib/str.h"
#include "lib/text.h"

/* Adds value with what each placeholder stands for: the environment variable NAME, else (if NAME is
 * as redis.host) REDIS_HOST, else the default, which may have placeholders too. A name has only
 * A-Z a-z 0-9 . _ - ; what has another form is no placeholder and stays as it is.
 *
 * Returns false if there is neither variable nor default; out then ends with that NAME. */
bool placeholder_expand(struct text *out, struct str value);

#endif
