/* stream.h - what clients of fastim.v2 get of a group: messages and events, in the order of their
 * numbers.
 *
 * All members stand at one position: an epoch and a number (frames/position.h). It moves with each
 * durable frame that goes to their logs. A client that comes says where it stood, or nowhere. Redis
 * is asked by resume.lua, which publishes a mark in the same step (marks.h):
 *
 *     subscription:  m1  m2  MARK  m3  m4 ...     the answer has all up to m2, no more
 *
 * - It proves that nothing but some frames was missed: clients that stood there, or at one of these
 *   messages, get what they lack. Then they read the log from where it was at the mark.
 * - It does not: the client that stood there, and those that stood nowhere, get the list.
 *
 * One question at a time is under way. All that wait are looked at when it is answered. If the
 * subscription was down, the members themselves stand at a position behind which they have missed
 * something; so the same question is asked for them first, and what comes meanwhile is held back.
 *
 * While the group's slot is on the move (room/polling.h), the same question is asked for the
 * members again and again, and nothing that is heard counts. A client that comes is let in if the
 * answer to its question tells what the members lack, too; so all read the log from one position
 * on.
 *
 * Each form of frames (frames/form.h) has a room of its own, with its own log. */
#ifndef PUSH_RESUME_STREAM_H
#define PUSH_RESUME_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/str.h"

struct env;
struct flusher;
struct garbage;
struct marks;
struct session;
struct stream;

/* All are the caller's, and outlive the stream. */
struct stream_parts {
    const struct env *env;
    struct flusher *flusher;
    struct garbage *garbage; /* logs what is no message */
};

/* on_leave: a client left; the stream may be empty now. The caller keeps the bytes of group. */
struct stream *stream_create(const struct stream_parts *parts, struct str group,
                             void (*on_leave)(void *ctx), void *ctx);
void stream_destroy(struct stream *st); /* all clients must have left; NULL is fine */

bool stream_is_empty(const struct stream *st);
bool stream_has_members(const struct stream *st);

/* Calls fn for each client. It must not take any of them away. */
void stream_each(const struct stream *st, void (*fn)(void *arg, struct session *s), void *arg);

/* A client waits: it stood at s->v2->resume. It is let in by s->kind->welcome. It leaves by
 * room_leave(). */
void stream_join(struct stream *st, struct session *s);

/* Asks Redis if somebody waits for it; or if it was not asked for long, so that it keeps the event
 * log. Call it when somebody, or the chance to ask, has come; and now and then. */
void stream_pump(struct stream *st);

/* The same for a stream that is polled, once that is due. */
void stream_pump_if_due(struct stream *st);

/* As in sync.h. */
void stream_on_subscribed(struct stream *st, struct marks *marks);
void stream_on_unsubscribed(struct stream *st);
void stream_poll(struct stream *st, struct marks *polls);
void stream_on_commands(struct stream *st);
void stream_on_message(struct stream *st, struct str payload);

/* A durable event came: its number, and the frame as clients get it. */
void stream_on_event(struct stream *st, int64_t at, struct str json);

/* A frame that is not durable, to all members there are now. */
void stream_pass(struct stream *st, struct str json);

/* Have all members got what has that number, or a lower one? True as well if there are none. The
 * subscription may be down: what they have they keep. */
bool stream_has_reached(const struct stream *st, int64_t at);

#endif
