/* handshake.c - is this a WebSocket's opening handshake? */
#include "push-daemon/net/handshake.h"

#include <strings.h>

enum {
    KEY_BYTES = 24 /* 16 bytes in base64 */
};

static bool
handshake_is_word(struct str s, const char *word)
{
    return s.len == strlen(word) && strncasecmp(s.p, word, s.len) == 0;
}

/* list: words separated by commas. */
static bool
handshake_has_word(struct str list, const char *word)
{
    const char *comma;

    while (list.len > 0 && (comma = memchr(list.p, ',', list.len)) != NULL) {
        struct str first = str_make(list.p, (size_t)(comma - list.p));

        if (handshake_is_word(str_trim(first), word)) {
            return true;
        }
        list = str_make(comma + 1, list.len - first.len - 1);
    }
    return handshake_is_word(str_trim(list), word);
}

static bool
handshake_is_key(struct str key)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < KEY_BYTES - 2 && key.len == KEY_BYTES; i++) {
        if (memchr(digits, key.p[i], sizeof(digits) - 1) == NULL) {
            return false;
        }
    }
    return key.len == KEY_BYTES && key.p[KEY_BYTES - 2] == '=' && key.p[KEY_BYTES - 1] == '=';
}

int
handshake_check(enum handshake_header header, struct str value)
{
    switch (header) {
    case HANDSHAKE_HOST:
        return value.len > 0 ? 0 : 400;
    case HANDSHAKE_UPGRADE:
        return handshake_is_word(value, "websocket") ? 0 : 426;
    case HANDSHAKE_CONNECTION:
        return handshake_has_word(value, "upgrade") ? 0 : 426;
    case HANDSHAKE_VERSION:
        return str_is(value, "13") ? 0 : 426;
    case HANDSHAKE_KEY:
        return handshake_is_key(value) ? 0 : 400;
    case HANDSHAKE_PROTOCOL: /* there are none, and libwebsockets would hang up on an unknown one */
        return value.len == 0 ? 0 : 400;
    case HANDSHAKE_HEADER__MAX:
        break;
    }
    return 400;
}
