/* handshake.c - is this a WebSocket's opening handshake, and the answer that accepts it. */
#include "push-daemon/net/handshake.h"

#include <sha1.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>

enum {
    KEY_BYTES = 24,   /* 16 bytes in base64 */
    ACCEPT_BYTES = 28 /* 20 bytes */
};

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool
handshake_is_word(struct str s, const char *word)
{
    return s.len == strlen(word) && strncasecmp(s.p, word, s.len) == 0;
}

/* list: words separated by commas. Is one of them this word, by the function is? */
static bool
handshake_has(struct str list, const char *word, bool (*is)(struct str s, const char *word))
{
    const char *comma;

    while (list.len > 0 && (comma = memchr(list.p, ',', list.len)) != NULL) {
        struct str first = str_make(list.p, (size_t)(comma - list.p));

        if (is(str_trim(first), word)) {
            return true;
        }
        list = str_make(comma + 1, list.len - first.len - 1);
    }
    return is(str_trim(list), word);
}

static bool
handshake_has_word(struct str list, const char *word)
{
    return handshake_has(list, word, handshake_is_word);
}

/* The names of subprotocols are compared as they are (RFC 6455, section 4.1). */
bool
handshake_offers(const struct http_head *head, const char *protocol, char *room)
{
    return handshake_has(http_head_get(head, "Sec-WebSocket-Protocol", room), protocol, str_is);
}

static bool
handshake_is_key(struct str key)
{
    for (size_t i = 0; i < KEY_BYTES - 2 && key.len == KEY_BYTES; i++) {
        if (memchr(digits, key.p[i], sizeof(digits) - 1) == NULL) {
            return false;
        }
    }
    return key.len == KEY_BYTES && key.p[KEY_BYTES - 2] == '=' && key.p[KEY_BYTES - 1] == '=';
}

static bool
handshake_has_body(const struct http_head *head, char *room)
{
    struct str length = http_head_get(head, "Content-Length", room);

    return (length.len > 0 && !str_is(length, "0")) ||
           http_head_get(head, "Transfer-Encoding", room).len > 0;
}

struct refusal
handshake_check_stream(const struct http_head *head, char *room)
{
    if (!head->is_http10 && http_head_get(head, "Host", room).len == 0) {
        return (struct refusal){400, "there is no Host"};
    }
    if (handshake_has_body(head, room)) {
        return (struct refusal){400, "such a request has no body"};
    }
    return (struct refusal){0, NULL};
}

struct refusal
handshake_check(const struct http_head *head, char *room)
{
    struct refusal refusal = handshake_check_stream(head, room);

    if (head->is_http10) {
        return (struct refusal){426, "a WebSocket needs HTTP/1.1"};
    }
    if (refusal.status != 0) {
        return refusal;
    }
    if (!handshake_has_word(http_head_get(head, "Upgrade", room), "websocket")) {
        return (struct refusal){426, "this is a WebSocket: Upgrade must be websocket"};
    }
    if (!handshake_has_word(http_head_get(head, "Connection", room), "upgrade")) {
        return (struct refusal){426, "Connection must name Upgrade; a proxy may have dropped it"};
    }
    if (!str_is(http_head_get(head, "Sec-WebSocket-Version", room), "13")) {
        return (struct refusal){426, "Sec-WebSocket-Version must be 13"};
    }
    if (!handshake_is_key(http_head_get(head, "Sec-WebSocket-Key", room))) {
        return (struct refusal){400, "Sec-WebSocket-Key is not 16 bytes in base64"};
    }
    return (struct refusal){0, NULL};
}

/* RFC 4648, section 4, of the 20 bytes of a digest. */
static void
handshake_print(const unsigned char digest[SHA1_DIGEST_LENGTH], char out[ACCEPT_BYTES + 1])
{
    for (int i = 0; i < SHA1_DIGEST_LENGTH; i += 3, out += 4) {
        unsigned last = i + 2 < SHA1_DIGEST_LENGTH ? digest[i + 2] : 0;
        unsigned three = (unsigned)digest[i] << 16 | (unsigned)digest[i + 1] << 8 | last;

        out[0] = digits[three >> 18];
        out[1] = digits[three >> 12 & 63];
        out[2] = digits[three >> 6 & 63];
        out[3] = digits[three & 63];
    }
    out[-1] = '=';
    out[0] = '\0';
}

bool
handshake_accept(struct str key, const char *protocol, int fd)
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[SHA1_DIGEST_LENGTH];
    char accept[ACCEPT_BYTES + 1], answer[256];
    SHA1_CTX sha1;
    int length;

    SHA1Init(&sha1);
    SHA1Update(&sha1, (const uint8_t *)key.p, key.len);
    SHA1Update(&sha1, (const uint8_t *)guid, sizeof(guid) - 1);
    SHA1Final(digest, &sha1);
    handshake_print(digest, accept);
    length = snprintf(answer, sizeof(answer),
                      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                      "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s%s%s\r\n",
                      accept, protocol != NULL ? "Sec-WebSocket-Protocol: " : "",
                      protocol != NULL ? protocol : "", protocol != NULL ? "\r\n" : "");
    return send(fd, answer, (size_t)length, MSG_NOSIGNAL) == length;
}
