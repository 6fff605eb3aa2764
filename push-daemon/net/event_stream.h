/* event_stream.h - the answer to a request for an event stream (WHATWG HTML, section 9.2).
 *
 * It is put off until it is known whether the client may come in: a refusal is an HTTP status with
 * an envelope, as fcgi-api writes it, never a stream. The stream goes on until the connection ends.
 * What its client sends behind the request has no meaning. */
#ifndef PUSH_NET_EVENT_STREAM_H
#define PUSH_NET_EVENT_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/str.h"
#include "push-daemon/core/close_reason.h"
#include "push-daemon/net/refusal.h"

struct ws;

/* ---- for net ---- */

/* A request for a stream came, from a page of that origin, which may be empty. */
void event_stream_open(struct ws *ws, struct str origin);
void event_stream_close(struct ws *ws); /* the connection goes; fine for a WebSocket */

/* As struct ws has it. */
bool event_stream_take(struct ws *ws, char *bytes, size_t length);

/* The request is refused. */
void event_stream_refuse_request(struct ws *ws, struct refusal refusal);

/* Answers a preflight; asked: the headers that the page is going to send. */
void event_stream_allow(struct ws *ws, struct str origin, struct str asked);

/* ---- for sessions ---- */

/* The client may come in: the stream begins. */
void event_stream_begin(struct ws *ws);

/* The client may not come in, and is told so. False: it is in already, or it has a WebSocket. */
bool event_stream_refuse(struct ws *ws, enum close_reason reason);

/* What was written is the last. (A WebSocket says so by a frame.) */
void event_stream_end(struct ws *ws);

#endif
