/* ask_query.h - a question to Redis about one frame of a fastim.v2 client. */
#ifndef PUSH_CHAT_ASK_QUERY_H
#define PUSH_CHAT_ASK_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/garbage.h"
#include "lib/ids.h"
#include "lib/rate_limit.h"
#include "lib/redis/argv.h"

struct client_frame;
struct env;
struct node;
struct nodes;
struct reply;
struct session;
struct sessions;

/* What those who ask work with; the first three are the caller's. The rest begins as zero. */
struct ask {
    const struct env *env;
    struct nodes *nodes;
    struct sessions *sessions;
    struct garbage garbage;
    struct ask_query *waiting; /* costly ones, in the order in which they came */
    size_t waiting_count;
    struct ask_query *under_way; /* costly ones at Redis */
};

enum {
    ASK_A_SECOND = 10, /* frames of each type, a connection */
    ASK_WAITING_MAX = 4096,
    ASK_COST_BYTES = 4096, /* a costly one counts as so many bytes of the client's quota */
    ASK_RETRY_MS = 1000    /* if Redis is away, or the client asks too often */
};

struct ask_query {
    struct ask *ask;
    struct session *session; /* a reference */
    struct argv argv;
    void (*fn)(void *arg, const struct reply *reply); /* of a costly one */
    const struct node *node;       /* of a costly one: where it goes; for comparison alone */
    struct ask_query *prev, *next; /* of a costly one: while it waits, or is under way */
    size_t id_length;              /* of the frame; 0: it has none */
    char id[ID_SEND_MAX_BYTES];
};

/* size: of a struct that begins with it, and is zero behind it. */
struct ask_query *ask_begin(struct ask *ask, struct session *s, const struct client_frame *f,
                            size_t size);
void ask_end(struct ask_query *q);

struct str ask_id(const struct ask_query *q);
struct str ask_token(const struct ask_query *q); /* empty: no login is checked */

/* May the client ask now? If not, it was told. */
bool ask_within_rate(struct ask *ask, struct session *s, struct rate_limit *rate, struct str id);

/* Sends q->argv. False: Redis is away. */
bool ask_send(struct ask_query *q, void (*fn)(void *arg, const struct reply *reply));

/* The same for a script that may take a millisecond, in which Redis serves nobody else: one of them
 * is under way at a node, the others wait. False also: too many wait. */
bool ask_send_costly(struct ask_query *q, void (*fn)(void *arg, const struct reply *reply));

/* Frees what waits. */
void ask_fini(struct ask *ask);

/* Does the reply refuse what all of them may be refused for? Then the client was told. */
bool ask_is_refused(struct ask_query *q, const struct reply *reply);

#endif
