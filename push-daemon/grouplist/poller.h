/* poller.h - clients of /group/list: what is new in the groups of each user.
 *
 *   session --- index_user ---+--- index_group (length and newest message of its list)
 *   session --/               +--- index_group --- index_user ...
 *
 * Every updateRate seconds there is a round of questions (round.h) for all users. A user that is
 * new gets a round at once, with all that came in the last moment. The client of a user that is
 * known gets its list without a question. A client costs no timer. */
#ifndef PUSH_GROUPLIST_POLLER_H
#define PUSH_GROUPLIST_POLLER_H

struct auth;
struct env;
struct nodes;
struct poller;
struct session;
struct sessions;
struct ws;
struct ws_request;

/* All arguments are the caller's. */
struct poller *poller_create(const struct env *env, struct nodes *nodes, struct sessions *sessions,
                             struct auth *auth);
void poller_destroy(struct poller *p); /* all sessions must have left; NULL is fine */

/* A client of Part 1 has come. */
struct session *poller_open(struct poller *p, struct ws *ws, const struct ws_request *request);

/* A client of either protocol was let in; its session begins to close; it is to be told all again
 * (fastim.v2). */
void poller_join(struct poller *p, struct session *s);
void poller_leave(struct poller *p, struct session *s);
void poller_tell_again(struct poller *p, struct session *s);

#endif
