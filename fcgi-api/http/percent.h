/* percent.h - decodes %XX (RFC 3986, section 2.1). */
#ifndef API_HTTP_PERCENT_H
#define API_HTTP_PERCENT_H

#include <stdbool.h>

#include "lib/str.h"

/* Decodes within the buffer, from p to end, where it puts a NUL. What is no valid %XX stays. */
struct str percent_decode(char *p, char *end, bool plus_is_space);

#endif
