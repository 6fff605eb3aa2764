/* connection.h - a connection, as the files of this folder share it: server.c accepts and ends it,
 * opening.c reads its request, ws.c its frames, event_stream.c answers it if it gets events. Nobody
 * else includes this. */
#ifndef PUSH_NET_CONNECTION_H
#define PUSH_NET_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/log_once.h"
#include "lib/text.h"
#include "push-daemon/net/decoder.h"
#include "push-daemon/net/http_head.h"
#include "push-daemon/net/ws_handlers.h"

struct acceptor;
struct env;
struct event_stream;
struct loop_timer;
struct loop_watch;
struct opening;
struct pending;
struct session;

struct ws_server {
    const struct env *env;
    struct ws_handlers handlers;
    struct acceptor *acceptor;
    struct pending *pending;
    struct ws *all;
    size_t sockets; /* those that only shake hands included */
    size_t max_sockets;
    struct log_once refused;  /* what was logged of refusals in this minute */
    struct ws *waiting;       /* those that wait for their turn to write, in that order */
    struct loop_timer *turns; /* runs while there are any */
    struct loop_timer *second;
    unsigned seconds;
    char buffer[HTTP_HEAD_MAX + 1]; /* what was just read of a connection */
};

struct ws {
    struct ws_server *server;
    struct ws *prev, *next;           /* in the server's list */
    struct ws *turn_prev, *turn_next; /* in server->waiting */
    struct loop_watch *watch;
    struct opening *opening; /* while its handshake is not finished, else NULL */
    struct session *session; /* from then on */
    /* Takes bytes that came in; it may change them. False: all is said. */
    bool (*take)(struct ws *ws, char *bytes, size_t length);
    struct event_stream *stream; /* NULL: it is a WebSocket */
    struct decoder decoder;
    struct text in;   /* was read, but not looked at, as the reading is paused */
    struct text out;  /* goes before all else */
    struct text pong; /* a frame, the answer to the newest ping: goes after that */
    int fd;
    unsigned drained;   /* bytes that were read since it is ending */
    bool reads, writes; /* what the loop watches for */
    bool paused;
    bool wants_writable;
    bool wants_turn;
    bool is_deaf;   /* what comes in is not looked at any more */
    bool is_ending; /* its session is closing */
    bool says_bye;  /* what it has still to send is the last */
    bool is_killed;
};

/* Watches for what it waits for now. */
void ws_watch(struct ws *ws);

/* Takes frames of a WebSocket. */
bool ws_take_frames(struct ws *ws, char *bytes, size_t length);

/* Sends bytes; of what the socket does not take a copy is kept. */
void ws_write_or_keep(struct ws *ws, struct str bytes);

/* What it has still to send is the last: the peer sees the end behind it. */
void ws_say_bye(struct ws *ws);

/* Its socket is ready, its handshake finished. False: all is said, or it broke. */
bool ws_on_ready(struct ws *ws, bool readable, bool writable);

#endif
