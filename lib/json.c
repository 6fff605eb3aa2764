/* json.c - is a text JSON? */
#include "lib/json.h"

#include <json-c/json_tokener.h>

#include "lib/utf8.h"

enum {
    DEPTH_MAX = 32
};

bool
json_is_valid(const char *text)
{
    struct json_tokener *tokener;
    bool ok;

    if (!utf8_valid(str_of(text))) {
        return false;
    }
    tokener = json_tokener_new_ex(DEPTH_MAX);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    json_object_put(json_tokener_parse_ex(tokener, text, -1));
    ok = json_tokener_get_error(tokener) == json_tokener_success;
    json_tokener_free(tokener);
    return ok;
}
