/* answer.h - what one client of fastim.v2 is told, and nobody else. */
#ifndef PUSH_V2_ANSWER_H
#define PUSH_V2_ANSWER_H

#include <stdint.h>

#include "lib/str.h"
#include "lib/text.h"
#include "push-daemon/core/v2_error.h"

struct session;

/* Sends a frame in the form of the client. */
void answer_json(struct session *s, struct str json);

/* id: of the frame that is answered; empty: it had none. retry_ms: when trying again may help; 0:
 * that does not depend on time. */
void answer_error(struct session *s, struct str id, enum v2_error error, int64_t retry_ms);

/* The same for a message that the site does not allow (403), with the site's word. */
void answer_refusal(struct session *s, struct str id, struct str reason);

/* Without an id there is no ack. */
void answer_ack(struct session *s, struct str id);

/* The same, added to frames which answer_frames() is to send. ts: of the message that is stored; 0:
 * it was another frame. */
void answer_add_ack(const struct session *s, struct text *frames, struct str id, int64_t ts);
void answer_frames(struct session *s, struct str frames);

void answer_pong(struct session *s);

/* The daemon stops within that time: the client is to come again after a random part of it. */
void answer_reconnect(struct session *s, int64_t span_ms);

/* What concerns this user alone. */
void answer_you(struct session *s);
void answer_add_you(const struct session *s, struct text *out); /* the object alone */

#endif
