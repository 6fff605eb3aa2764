/* resp.h - a connection to Redis and the replies that come over it: neither waits for anything.
 *
 * Who uses it waits in its own way: the HTTP API in poll(), the push daemon in its loop. */
#ifndef LIB_REDIS_RESP_H
#define LIB_REDIS_RESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/config/config.h"
#include "lib/str.h"
#include "lib/text.h"

/* ---- replies ---- */

enum reply_type {
    REPLY_LOST, /* no reply: the connection is gone, whether it was carried out is not known */
    REPLY_NULL,
    REPLY_INT,
    REPLY_TEXT,
    REPLY_LIST,
    REPLY_ERROR,
    REPLY_TYPE__MAX
};

struct reply;

/* These take NULL as REPLY_LOST, and any other type than their own as nothing: 0, "" or 0 elements. */
enum reply_type reply_type(const struct reply *r);
int64_t reply_int(const struct reply *r);
struct str reply_text(const struct reply *r); /* also of an error; a NUL stands behind it */
size_t reply_count(const struct reply *r);
const struct reply *reply_at(const struct reply *r, size_t i);
bool reply_is_error(const struct reply *r, const char *code); /* as "NOSCRIPT" */
/* Is it an error that passes by itself or with somebody's help? The others are faults of ours or of the data. */
bool reply_is_passing(const struct reply *r);
/* What an error says, for the log: Redis may quote the command back, and so a token or a password. */
struct str reply_complaint(const struct reply *r);
void reply_free(struct reply *r); /* NULL is fine */

/* ---- the connection ---- */

struct resp;

/* Looks redis->host up, which takes its time, and writes its numeric address; nothing where a unix
 * socket is used. False: it has none, and that was logged. */
enum {
    RESP_ADDRESS_SIZE = 64
};
bool resp_resolve(const struct config_redis *redis, char address[RESP_ADDRESS_SIZE]);

/* Begins to connect: by redis->socket if there is one, else to address, which if it is a name is
 * looked up while everybody waits. NULL: impossible. When the descriptor is writable,
 * resp_is_connected() tells. Where they fail, errno says why. */
struct resp *resp_connect(const struct config_redis *redis, const char *address);
bool resp_is_connected(const struct resp *r);
void resp_close(struct resp *r); /* NULL is fine */

int resp_descriptor(const struct resp *r);

/* Sends what the socket takes; the number of bytes, or -1: it broke. */
long resp_send(struct resp *r, struct str bytes);

/* Sends as much of out as the socket takes, and removes that. Should it break, reading will tell. */
void resp_send_most(struct resp *r, struct text *out);

/* Reads once what is there. False: the connection is at its end. *more: there may be more to read. */
bool resp_receive(struct resp *r, bool *more);

/* The next reply of what was read, NULL: none is whole yet. False: that is not the Redis protocol. */
bool resp_next(struct resp *r, struct reply **reply);

#endif
