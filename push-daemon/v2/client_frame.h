/* client_frame.h - a frame from a client of fastim.v2, read by the rules of its type. */
#ifndef PUSH_V2_CLIENT_FRAME_H
#define PUSH_V2_CLIENT_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"
#include "push-daemon/core/v2_error.h"

struct json_object;

enum client_frame_type {
    CLIENT_AUTH,
    CLIENT_SEND,
    CLIENT_RECALL,
    CLIENT_HISTORY,
    CLIENT_SIGNAL,
    CLIENT_READ,
    CLIENT_PING,
    CLIENT_UNKNOWN
};

enum {
    HISTORY_COUNT_MAX = 200,
    HISTORY_COUNT_DEFAULT = 50
};

/* What has no meaning for the type is empty or 0. */
struct client_frame {
    enum client_frame_type type;
    enum v2_error error; /* what is wrong with it; V2_ERROR__MAX: nothing */
    struct str id;       /* also of a frame that has another mistake */
    struct str info;
    struct str token;
    struct str user;
    int64_t ts; /* or `before` */
    int64_t count;
    struct json_object *root; /* has the bytes */
};

/* False: it is no JSON object with a string `type`. True: it goes to client_frame_fini(). */
bool client_frame_read(struct client_frame *f, struct str text);
void client_frame_fini(struct client_frame *f);

#endif
