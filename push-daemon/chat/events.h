/* events.h - clients of /group/events: they get the frames of fastim.v2 as an event stream, and
 * send nothing. */
#ifndef PUSH_CHAT_EVENTS_H
#define PUSH_CHAT_EVENTS_H

struct chat_v2;
struct session;
struct ws;
struct ws_request;

struct session *events_open(struct chat_v2 *chat, struct ws *ws, const struct ws_request *request);

#endif
