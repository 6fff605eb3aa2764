/* load.h - the load generator's parts: load.c (phases, results), client.c (connections), judge.c
 * (what they read), v2.c (what is different with fastim.v2), storm.c (all connect again), traffic.c
 * (what senders say), watcher.c (the servers' CPU and memory), options.c. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/bench/hist.h"

enum {
    PROCESSES_MAX = 16,
    WATCHED_MAX = 8,
    PAYLOAD_MAX = 16384,
    V2_PREFIX_BYTES = 17, /* "type":"message", */
    V2_UNACKED_MAX = 16,  /* what fastim.v2 allows a client */
    CHATS_MAX = 15000     /* chat clients: they are all in the first process */
};

struct watched {
    char name[32];
    int pids[32];
    int pid_count;
};

struct options {
    int port;
    unsigned clients; /* who talk and listen, evenly over the groups */
    unsigned groups;
    unsigned first_group; /* number of the first one */
    unsigned senders;     /* of each group */
    unsigned idle;        /* who only hold a connection */
    unsigned idle_groups;
    unsigned lists;    /* who watch their list of groups */
    unsigned list_fan; /* how many of them are to hear of a message of a group */
    unsigned payload;  /* bytes of a delivered frame's text */
    unsigned redis;    /* port of fastim's Redis, if messages are PUBLISHed there */
    bool fastim;       /* a first frame comes, and messages stand in an envelope */
    bool v2;           /* all speak fastim.v2 */
    bool storm;        /* the server is to be killed: all connect again, and resume */
    unsigned other;    /* storm: port of another host of the same Redis, where the senders are */
    double spread;     /* storm: seconds within which they connect again */
    unsigned window;   /* flood: messages of a group under way */
    double rate;       /* paced: messages a second in all; 0: flood, where window is not 0 */
    bool gentle;       /* paced: sleeps a millisecond at least, for others on its core */
    double settle, warm, seconds; /* before, and how long traffic runs unmeasured, measured */
    unsigned opening;             /* handshakes at once */
    unsigned processes;
    double limit; /* seconds after which all is given up */
    struct watched watched[WATCHED_MAX];
    unsigned watched_count;
};

void options_read(struct options *o, int argc, char **argv);

/* What all processes count, added up at the end. */
struct tally {
    struct hist latency;      /* of deliveries, ns */
    struct hist list_latency; /* of group lists */
    struct hist opening;      /* from connect() to the 101 */
    struct hist echo;         /* of a message to the client that said it */
    struct hist ack;          /* from send to its ack */
    struct hist back;         /* storm: from connect() until it has what it missed */
    uint64_t delivered;
    uint64_t bytes;
    uint64_t list_delivered;
    uint64_t list_frames;
    uint64_t pings;
    uint64_t gaps, doubles, strangers; /* errors: missing, again or late, not understood */
    uint64_t lost;                     /* connections */
    uint64_t refused;                  /* handshakes, and frames like 440 and 503 */
    uint64_t sent;
    uint64_t states;              /* frames of fastim.v2 about presence, and its pings */
    uint64_t missed, unrecovered; /* storm: frames behind welcomes; resumes that got the list */
};

/* What the processes share. */
struct shared {
    struct tally tallies[PROCESSES_MAX];
    _Atomic unsigned opened;
    _Atomic unsigned arrived[8]; /* processes, by phase */
    _Atomic bool failed;
    uint64_t began_ns;
};

enum client_kind {
    CLIENT_CHAT,
    CLIENT_IDLE,
    CLIENT_LIST,
    CLIENT_REDIS /* no WebSocket: PUBLISHes, for all groups */
};

enum client_state {
    CLIENT_CONNECTING,
    CLIENT_HANDSHAKE,
    CLIENT_JOINING, /* the first frame is awaited */
    CLIENT_LIVE,
    CLIENT_LOST /* storm: connects again when it is time */
};

struct wire_frame;

struct group {
    unsigned id;
    unsigned members;
    uint64_t sent;
    uint64_t received; /* by all members together */
    struct client **senders;
    unsigned *next; /* number of each sender's next message */
    unsigned turn;
    bool touched;
};

/* A client of fastim.v2. */
struct v2 {
    char epoch[9]; /* its position; empty: none yet */
    uint64_t at;
    uint64_t owed;   /* frames that it missed and has not got yet */
    uint64_t due_ns; /* storm: when it connects again */
    unsigned attempts;
    unsigned said, acked; /* as a sender */
    uint64_t *said_ns;    /* of those without an ack; NULL: it is no sender */
};

struct client {
    int fd;
    unsigned char kind;
    unsigned char state;
    unsigned number;
    struct group *group;
    unsigned *expected; /* of each sender of the group */
    uint64_t began_ns;
    uint64_t newest_ns; /* list: of the messages seen */
    uint64_t order;     /* of all messages seen, whoever said them */
    struct v2 *v2;      /* or NULL */
    char accept[32];
    char *rest; /* begun frame */
    unsigned rest_length, rest_size;
    char *out; /* what the socket did not take */
    unsigned out_length, out_size;
};

extern const struct options *options;
extern struct shared *shared;
extern struct tally *tally;
extern struct group *groups;
extern bool measuring;

_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void *checked(void *p);
void load_turn(int timeout_ms); /* one turn of the loop; fails when all takes too long */

/* client.c */
void clients_create(unsigned process);
void clients_open_more(void);
unsigned clients_count(void);
unsigned clients_live(void);
unsigned clients_unlike(void);     /* who saw an order unlike the first one of their group */
void clients_turn(int timeout_ms); /* one turn of the loop */
struct client *client_connect_redis(void);
void client_open(struct client *c);
void client_join(struct client *c);
void client_close(struct client *c);
void client_send(struct client *c, const char *bytes, unsigned length);
void clients_abort(void);

/* judge.c */
void judge_message(struct client *c, const struct wire_frame *f, uint64_t now);
void judge_list(struct client *c, const struct wire_frame *f, uint64_t now);

/* v2.c */
void v2_create(struct client *c);
unsigned v2_headroom(const struct client *c); /* how many messages may be under way yet */
unsigned v2_put_send(struct client *c, char *out, const char *text, unsigned length);
void v2_take(struct client *c, const struct wire_frame *f, uint64_t now);

/* storm.c */
void storm_run(void);
bool storm_take_loss(struct client *c); /* false: it was not to be lost */
void storm_back(struct client *c, uint64_t now);
void storm_print(void);

/* traffic.c */
void traffic_create(void);
void traffic_touch(struct group *g); /* something of it has arrived */
void traffic_touch_all(void);
void traffic_flood(void); /* says what the windows allow */
int traffic_pace(void);   /* says what is due; returns ms until the next */
void traffic_start(void);
bool traffic_all_arrived(void);

/* watcher.c */
void watcher_mark(unsigned mark); /* CPU and memory, now */
void watcher_print(void);

enum {
    MARK_BEFORE,  /* nobody connected */
    MARK_SETTLED, /* all connected */
    MARK_BEGIN,   /* of the measured time */
    MARK_END,
    MARK__MAX
};

#endif
