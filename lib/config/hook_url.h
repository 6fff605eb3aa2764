/* hook_url.h - the address of the site's review: http://HOST[:PORT][/PATH][?QUERY]. */
#ifndef LIB_CONFIG_HOOK_URL_H
#define LIB_CONFIG_HOOK_URL_H

#include <stdbool.h>
#include <stddef.h>

/* Is it such an address (RFC 3986), in ASCII, with the scheme in lower case, and without user and
 * fragment? An empty text is fine: there is no review. */
bool hook_url_is_valid(const char *text);

/* Writes what is wrong with it, and what would be right; cuts it at size. Writes an empty text if
 * nothing is wrong. */
void hook_url_explain(const char *text, char *out, size_t size);

#endif
