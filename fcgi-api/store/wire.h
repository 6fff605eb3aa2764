/* wire.h - one connection to Redis: sends a command and waits for its reply, until a deadline. */
#ifndef API_STORE_WIRE_H
#define API_STORE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cluster/place.h"
#include "lib/redis/argv.h"
#include "lib/config/config.h"
#include "lib/redis/resp.h"
#include "lib/text.h"

struct wire {
    const struct config *config;
    struct resp *resp;   /* NULL: closed */
    struct reply *reply; /* the last one */
    int64_t deadline_ms; /* on clock_ms() */
    struct text out;
    size_t sent; /* bytes of out; 0: Redis has seen nothing of the last command */
    bool is_watching;
    bool takes_any_encoding; /* of the values in Redis: the caller reads both */
    bool has_place;          /* it is to a node of a cluster: */
    struct place place;
};

void wire_init(struct wire *w, const struct config *config);
void wire_fini(struct wire *w);

/* It is to be to that node of a cluster from now on: closes it. */
void wire_set_place(struct wire *w, const struct place *place);

/* Is it open, and has Redis not closed it as far as one can see? */
bool wire_is_open(const struct wire *w);

/* Connects; in one more round trip sends AUTH and SELECT, if the settings need it, and asks whether
 * all programs have this redis.encoding; with a place whether it is a node of a cluster instead.
 * Returns false if that failed: *why and *answer (of Redis or the system; may be empty) then say
 * why. */
bool wire_open(struct wire *w, const char **why, struct str *answer);
/* Do the settings need AUTH or SELECT? */
bool wire_is_greeted(const struct wire *w);
void wire_close(struct wire *w);

/* Sends the command and waits for its reply, w->reply. Returns false if the connection broke or the
 * deadline passed; close it then. */
bool wire_exchange(struct wire *w, const struct argv *argv);
/* The two halves of it, if there is to be more than one command under way, or if Redis sends by
 * itself. If only the deadline has ended wire_receive(), the connection may be used on. */
bool wire_send(struct wire *w, const struct argv *argv);
bool wire_receive(struct wire *w);
/* As wire_exchange(), for WATCH, a command for one key: *clean, the key has not changed since it
 * was watched on this connection. w->reply is that to WATCH. */
bool wire_watch(struct wire *w, const struct argv *watch, bool *clean);
/* As wire_exchange(), to the node that has a slot on the move: behind ASKING. w->reply is that
 * to the command. */
bool wire_exchange_asking(struct wire *w, const struct argv *argv);
bool wire_is_late(const struct wire *w);
/* Waits, at most until the deadline. */
void wire_pause(const struct wire *w, int ms);

#endif
