/* session.h - one client: what it is, how far it has read its group's log, and its end.
 *
 *     entering --(login, membership)--> waiting --(first frame)--> live --> closing --> closed
 *
 * Bytes go to a client in one order: its outbox (frames for it alone), then its group's log from its
 * cursor on. When its socket is full it is `behind`: nothing is tried until the socket takes more. */
#ifndef PUSH_CLIENT_SESSION_H
#define PUSH_CLIENT_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/config/address.h"
#include "lib/str.h"
#include "push-daemon/client/admission.h"
#include "push-daemon/frames/outbox.h"
#include "push-daemon/client/admission.h"
#include "push-daemon/core/rate_limit.h"
#include "push-daemon/core/timer_wheel.h"
#include "push-daemon/net/ws.h"

struct cohort;
struct framelog;
struct room;
struct session;
struct sessions;
struct ws_request;
struct index_user;

enum session_state {
    SESSION_ENTERING, /* Redis is asked whether it may */
    SESSION_WAITING,  /* for its first frame */
    SESSION_LIVE,
    SESSION_CLOSING, /* what is in the outbox goes, last of it our close frame */
    SESSION_CLOSED   /* the connection is gone; freed once nobody holds it */
};

/* What chat and group-list clients do differently. */
struct session_kind {
    const char *name;
    void (*on_text)(struct session *s, struct str text); /* a whole one, not empty, any
                                                          * bytes; NULL: frames are ignored */
    void (*on_leave)(struct session *s); /* once, as it leaves LIVE or a state before */
};

/* A span of the log that is not for this client: it has that message from its first frame. */
struct hole {
    struct hole *next;
    uint64_t from;
    uint64_t to;
};

/* A piece that came before it was known whether its client may come in. */
struct early {
    struct early *next;
    bool first, last, binary;
    size_t length;
    char bytes[];
};

struct session {
    const struct session_kind *kind;
    void *ctx;            /* the kind's own */
    struct sessions *all; /* where it is counted, pinged and reaped: sessions.h */
    size_t index;         /* in there */
    struct ws *ws;        /* NULL once closed */
    enum session_state state;
    unsigned pins; /* replies to come that hold a pointer to this */
    uint64_t id;   /* for the log */
    struct outbox outbox;
    bool behind;
    bool paused;
    bool dismissed; /* nothing more is taken from it; it is closed when it is settled */

    /* chat */
    struct room *room;
    struct session *prev, *next; /* in the room's members or waiting ones */
    struct framelog *log;        /* the room's, while live */
    uint64_t cursor;
    struct hole *holes; /* in order */
    struct cohort *cohort;
    unsigned open_messages; /* sent by it, outcome not known */
    int64_t outcome_ms;     /* when one became known last */

    /* group list */
    struct index_user *watched;
    uint64_t shown; /* version of the list that it was last sent */

    /* times, monotonic ms */
    int64_t opened_ms;
    int64_t heard_ms;
    int64_t pinged_ms;
    struct timer_wheel_item ping;
    struct timer_wheel_item recheck;

    struct early *early; /* while entering */
    char *assembling;    /* a message that came in pieces so far */
    size_t assembled;

    struct session *reap_next;

    struct address client;
    struct ticket ticket;
    struct rate_limit messages;
    struct str group, user, token; /* in names */
    char names[];
};

/* A new one, in SESSION_ENTERING; freed by itself once its connection is gone and
 * nobody pins it. */
struct session *session_create(struct sessions *all, struct ws *ws, const struct ws_request *v,
                               const struct session_kind *kind, void *ctx);

/* Events of its connection. */
void session_on_piece(struct session *s, const struct ws_piece *piece);
void session_on_alive(struct session *s);
void session_on_writable(struct session *s);
bool session_on_leaving(struct session *s); /* true: it was closing already */
void session_on_closed(struct session *s);

bool session_is_open(const struct session *s); /* neither closing nor closed */

/* Entering is over: what came meanwhile is taken as if it came now. */
void session_take_early(struct session *s);

/* Sends a frame, or a short text as one, to this client alone. */
void session_send(struct session *s, struct blob *frame);
void session_send_text(struct session *s, const char *text);

/* Sends what the outbox and the log hold for it, as far as its socket takes it. */
void session_flush(struct session *s);

/* Closes after what is in the outbox; code 0: at once and without a close frame. Only the first call
 * counts, and is logged with its reason. reason is a literal. */
void session_close(struct session *s, int code, const char *reason);
/* The two that fast-im clients know: the text first, then the close. */
void session_refuse(struct session *s, const char *text, int code, const char *reason);

/* The message in log[from, to) is not for this client. */
void session_add_hole(struct session *s, uint64_t from, uint64_t to);

/* Keeps the struct (not the connection) until the unpin. */
void session_ref(struct session *s);
void session_unref(struct session *s);

#endif
