/* signal.h - the frame `signal` of fastim.v2: a passing word, told to all of the group. */
#ifndef PUSH_CHAT_SIGNAL_H
#define PUSH_CHAT_SIGNAL_H

struct ask;
struct client_frame;
struct hub;
struct session;

/* Publishes it. Above the rates of the client, or of the group, it is dropped; also if its sender
 * is muted, or the group quiet. */
void signal_take(struct hub *hub, struct ask *ask, struct session *s, const struct client_frame *f);

#endif
