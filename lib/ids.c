/* ids.c - which texts are a userId or a groupId, and which ones the id of a send. */
#include "lib/ids.h"

#include <string.h>

#include "lib/utf8.h"

bool
id_valid(struct str id)
{
    if (id.len == 0 || id.len > ID_MAX_BYTES || str_is(id, ".") || str_is(id, "..") ||
        id.p[0] == ' ' || id.p[id.len - 1] == ' ') {
        return false;
    }
    for (size_t i = 0; i < id.len; i++) {
        unsigned char c = (unsigned char)id.p[i];

        if (c < 0x20 || c == 0x7f || c == '/') {
            return false;
        }
    }
    return utf8_valid(id);
}

bool
id_valid_send(struct str id)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-";

    for (size_t i = 0; i < id.len; i++) {
        if (memchr(allowed, id.p[i], sizeof(allowed) - 1) == NULL) {
            return false;
        }
    }
    return id.len > 0 && id.len <= ID_SEND_MAX_BYTES;
}
