/* resp.h - a connection to Redis (RESP2) and its replies. Nothing here blocks but resp_resolve().
 *
 * Each program waits in its own way: the HTTP API in poll(), the push daemon in its loop. */
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
    REPLY_LOST, /* the connection is gone; Redis may have carried out the command or not */
    REPLY_NULL,
    REPLY_INT,
    REPLY_TEXT,
    REPLY_LIST,
    REPLY_ERROR,
    REPLY_TYPE__MAX
};

struct reply;

/* These take NULL as REPLY_LOST. If a reply is of another type, they return 0, "" or 0 elements. */
enum reply_type reply_type(const struct reply *r);
int64_t reply_int(const struct reply *r);
struct str reply_text(const struct reply *r); /* also of an error; ends in NUL behind len */
size_t reply_count(const struct reply *r);
const struct reply *reply_at(const struct reply *r, size_t i);
size_t reply_bytes(const struct reply *r);                    /* of all texts in it */
bool reply_is_error(const struct reply *r, const char *code); /* as "NOSCRIPT" */
/* Is it an error that will pass, by itself or with an operator's help? Other errors are bugs of
 * fastim or wrong data. */
bool reply_is_passing(const struct reply *r);
/* The text of an error for the log, without the command that Redis may quote in it: that may hold a
 * token or a password. */
struct str reply_complaint(const struct reply *r);
void reply_free(struct reply *r); /* NULL is fine */

/* ---- the connection ---- */

struct resp;

enum {
    RESP_ADDRESS_SIZE = 64 /* bytes of an address with its NUL */
};

/* Looks up redis->host, which may block, and writes its numeric address; "" if a unix socket is
 * used. Returns false if the host has no address, and logs that. */
bool resp_resolve(const struct config_redis *redis, char address[RESP_ADDRESS_SIZE]);

/* Begins to connect: to redis->socket if it is set, else to address and redis->port. Blocks for a
 * lookup if address is a name. Returns NULL if it failed at once. When the descriptor is writable,
 * ask resp_is_connected(). Both set errno if they fail. */
struct resp *resp_connect(const struct config_redis *redis, const char *address);
bool resp_is_connected(const struct resp *r);
void resp_close(struct resp *r); /* NULL is fine */

int resp_descriptor(const struct resp *r);

/* Sends as many bytes as the socket takes. Returns their number, or -1 if the connection broke. */
long resp_send(struct resp *r, struct str bytes);

/* Sends as much of out as the socket takes, and removes that from out. If the connection breaks,
 * resp_receive() will tell. */
void resp_send_most(struct resp *r, struct text *out);

/* Reads once. *more: there may be more to read. Returns false if the connection has ended. */
bool resp_receive(struct resp *r, bool *more);

/* Takes the next reply from the bytes read; it goes to reply_free(). *reply is NULL if none is
 * complete yet. Returns false if the bytes are not the Redis protocol. */
bool resp_next(struct resp *r, struct reply **reply);

#endif
