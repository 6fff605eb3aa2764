/* ask.h - frames of fastim.v2 that change something in Redis: `recall`, `read`. */
#ifndef PUSH_CHAT_ASK_H
#define PUSH_CHAT_ASK_H

struct ask;
struct client_frame;
struct session;

/* Each is answered by an `ack`, if the frame has an id, or by an `error`. */
void ask_recall(struct ask *ask, struct session *s, const struct client_frame *f);
void ask_read(struct ask *ask, struct session *s, const struct client_frame *f);

#endif
