/* origin.h - origins of web pages, as browsers send them (RFC 6454, WHATWG URL). */
#ifndef LIB_CONFIG_ORIGIN_H
#define LIB_CONFIG_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

/* A list is `*` alone, or origins separated by spaces: scheme://host[:port] in lower case without
 * path or default port, or `null`. Any other word is one that no browser sends, so it would match
 * no page. */
bool origin_list_is_valid(const char *list);

/* Writes for each wrong word what is wrong and what would be right; cuts it at size. Writes an
 * empty text if no word is wrong. */
void origin_list_explain(const char *list, char *out, size_t size);

#endif
