/* percent.c - decodes %XX. */
#include "fcgi-api/http/percent.h"

#include <uriparser/Uri.h>

struct str
percent_decode(char *p, char *end, bool plus_is_space)
{
    const char *decoded_end;

    *end = '\0';
    decoded_end = uriUnescapeInPlaceExA(p, plus_is_space ? URI_TRUE : URI_FALSE, URI_BR_DONT_TOUCH);
    return str_make(p, (size_t)(decoded_end - p));
}
