/* http_head.h - the head of an HTTP/1.1 request, as it came (RFC 9112, sections 2 to 5). */
#ifndef PUSH_NET_HTTP_HEAD_H
#define PUSH_NET_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/str.h"
#include "push-daemon/net/refusal.h"

enum {
    HTTP_HEAD_MAX = 16384 /* bytes, the empty line included */
};

/* All zero: nothing has come yet. The strings are parts of the bytes that were parsed. */
struct http_head {
    struct str method;
    struct str target; /* not decoded; what stands before the path is cut off (section 3.2.2) */
    struct str fields; /* the field lines */
    bool is_http10;    /* else it is HTTP/1.1 */
    size_t length;     /* of the head; 0: its end has not come yet */
    size_t checked;    /* so many bytes are whole lines */
};

/* Reads on, in the bytes that have come so far: the same ones as before, at the same place, and
 * more. If length is still 0, more must come. Returns why the request is refused, if it is. */
struct refusal http_head_parse(struct http_head *head, struct str bytes);

/* The value of the field of that name; empty if there is none. If it stands there more than once,
 * the values are joined by ", " (RFC 9110, section 5.3), in room, of HTTP_HEAD_MAX bytes. */
struct str http_head_get(const struct http_head *head, const char *name, char *room);

#endif
