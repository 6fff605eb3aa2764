/* session.h - one client: its connection, what goes out to it, what comes in, and its end.
 *
 *     entering --(login, membership)--> waiting --(first frame)--> live --> closing --> closed
 *
 * First its outbox goes to a client (frames for it alone), then what its reader finds in the
 * group's log. If its socket is full, it is `write_blocked`: nothing is written until the
 * socket takes more.
 *
 * A frame above 64 KiB goes in pieces, so that no socket that is not read costs a copy of it. The
 * connection knows nothing of that: it would send a pong between two of them. So the client is read
 * no further first (HOLD_FRAME). Then the connection owes at most the answer to an earlier ping;
 * this is out when it reports the socket as writable. From there on it has nothing to say. */
#ifndef PUSH_CLIENT_SESSION_H
#define PUSH_CLIENT_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/config/address.h"
#include "lib/jwt/jwt.h"
#include "lib/str.h"
#include "push-daemon/client/admission.h"
#include "push-daemon/client/inbox.h"
#include "push-daemon/core/close_reason.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/timer_wheel.h"
#include "push-daemon/frames/outbox.h"
#include "push-daemon/frames/reader.h"
#include "push-daemon/net/ws.h"

struct cohort;
struct form;
struct index_user;
struct review_item;
struct room;
struct session;
struct v2_state;
struct ws_request;

enum session_state {
    SESSION_ENTERING, /* Redis is asked whether it may */
    SESSION_WAITING,  /* for its first frame */
    SESSION_LIVE,
    SESSION_CLOSING, /* the outbox is being sent; our close frame is the last in it */
    SESSION_CLOSED   /* the connection is gone; freed when nobody refers to it */
};

/* Why nothing is read from a client: bits of session.holds. */
enum session_hold {
    HOLD_AUTH = 1,    /* it sent something before it was let in */
    HOLD_APPENDS = 2, /* too many of its messages are under way */
    HOLD_DRAIN = 4,   /* the daemon stops: it is closed when its messages have come back */
    HOLD_FRAME = 8,   /* a frame goes to it in pieces */
    HOLD_PACE = 16    /* it sends more than it may: pace.c */
};

/* What chat and group-list clients do differently. */
struct session_kind {
    const char *name;
    const struct form *form;
    /* A whole message, of any bytes. NULL: frames from the client are ignored. */
    void (*on_text)(struct session *s, struct str text);
    /* The most bytes of a text; NULL: those of a message. */
    size_t (*max_bytes)(const struct config *config);
    bool refuses_binary; /* else such frames are ignored */
    /* fastim.v2: it is let in; frames that it missed follow, or the list. */
    void (*welcome)(struct session *s, bool recovered, size_t missed);
    /* fastim.v2: what its user is in the group has changed. NULL: it is not told. */
    void (*on_you)(struct session *s);
    /* fastim.v2: the daemon stops within that time. NULL: it is not told. */
    void (*on_drain)(struct session *s, int64_t span_ms);
    /* Called once, when the session begins to close. */
    void (*on_leave)(struct session *s);
    /* Has all that it sent been settled since that time (monotonic ms)? NULL: always. */
    bool (*is_settled)(const struct session *s, int64_t since_ms);
};

/* The owner of sessions (sessions.h), as a session sees it. */
struct session_owner {
    const struct env *env;
    struct timer_wheel checks; /* of session.check: when the owner looks at a session next */
    void (*on_closed)(struct session_owner *owner, struct session *s); /* its connection is gone */
};

/* A chat client's own. */
struct session_chat {
    struct room *room;          /* NULL: in none */
    struct cohort *cohort;      /* a reference; or NULL */
    bool is_present;            /* it counts as online */
    enum jwt_role granted;      /* its user's role by the rules of the group; see session.role */
    int64_t muted_ms;           /* by these: until when, Unix ms; 0: no, -1: for ever */
    unsigned appending;         /* messages of it whose outcome is not known */
    int64_t outcome_ms;         /* when the last outcome became known */
    struct review_item *review; /* the oldest message that the site is asked about, or that waits
                                   behind such a one; NULL: none */
};

/* A group-list client's own. */
struct session_list {
    struct index_user *user; /* NULL: not let in yet, or gone */
    uint64_t version;        /* of the last list that it was sent */
};

struct session {
    const struct session_kind *kind;
    void *ctx; /* the kind's own */
    struct session_owner *owner;
    struct ws *ws; /* NULL once closed */
    enum session_state state;
    unsigned refs; /* pointers to this that replies to come hold */
    bool write_blocked;
    unsigned char holds; /* bits of enum session_hold */
    uint32_t acked;      /* bytes that its peer had acknowledged at last_taken_ms */
    uint64_t id;         /* for the log */
    size_t slot;         /* in the table of sessions.c */

    enum jwt_role role; /* of a verified user in the group: identity.c keeps it */
    int64_t retry_ms;   /* told at its end: after so long it may come again; 0: that is not known */

    struct v2_state *v2; /* NULL: it speaks Part 1 */
    struct outbox outbox;
    struct reader reader; /* of its group's log, while a live chat client */
    struct inbox inbox;
    struct session *prev, *next; /* in a list of its room, or of its user */
    union {
        struct session_chat chat;
        struct session_list list;
    };

    /* Times in monotonic ms. */
    int64_t opened_ms;
    int64_t enters_since_ms; /* when it said who it is */
    int64_t last_rx_ms;
    int64_t last_ping_ms;
    int64_t last_taken_ms; /* when its peer last took something, or there was nothing to take */
    struct timer_wheel_item check;
    struct timer_wheel_item recheck; /* of its token: auth.c */

    struct address client;
    struct ticket ticket;          /* of the owner */
    struct str group, user, token; /* in names */
    char names[];
};

/* A new session in SESSION_ENTERING, with copies of the request's strings. It frees itself when its
 * connection is gone and nobody refers to it. The owner sets id, slot and ticket. */
struct session *session_create(struct session_owner *owner, struct ws *ws,
                               const struct ws_request *request, const struct session_kind *kind,
                               void *ctx);

/* Events of its connection (struct ws_handlers). */
void session_on_writable(struct session *s);
bool session_on_leaving(struct session *s); /* true: it was closing already */
void session_on_closed(struct session *s);

bool session_is_open(const struct session *s); /* neither closing nor closed */

/* Has its user no role in the group, so that the word filter and such rules are for it? */
static inline bool
session_is_ordinary(const struct session *s)
{
    return s->role == JWT_NO_ROLE;
}

/* The only way to change the state. States follow each other in their order, and none comes
 * back. */
void session_set_state(struct session *s, enum session_state state);

/* The owner is to look at it in so many seconds, and not before. */
void session_check_in(struct session *s, unsigned seconds);

/* Reads nothing from the client until each hold is released. Twice the same hold counts once. */
void session_hold(struct session *s, enum session_hold hold);
void session_release(struct session *s, enum session_hold hold);

/* Sends a frame, or a short text as one, to this client alone. */
void session_send(struct session *s, struct blob *frame);
void session_send_text(struct session *s, const char *text);

/* Sends what the outbox and the log hold for it, as far as its socket takes it. */
void session_flush(struct session *s);

/* Closes after the outbox was sent, and what clients of its form are told for this reason. Only the
 * first call counts, and is logged. */
void session_close(struct session *s, enum close_reason reason);

/* Ends the connection at once, what waits for it being forgotten. It must be closing. */
void session_kill(struct session *s);

/* The struct is kept until the unref; the connection is not. */
void session_ref(struct session *s);
void session_unref(struct session *s);

#endif
