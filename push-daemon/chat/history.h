/* history.h - the frame `history` of fastim.v2: messages of the past. */
#ifndef PUSH_CHAT_HISTORY_H
#define PUSH_CHAT_HISTORY_H

struct ask;
struct client_frame;
struct session;

/* At most one of a connection is under way: another one is answered 429. What Redis reads counts
 * for the rates of the client. */
void history_take(struct ask *ask, struct session *s, const struct client_frame *f);

#endif
