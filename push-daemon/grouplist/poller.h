/* poller.h - clients of /group/list: who watches whose groups, and what changed since the last look.
 *
 *   session --- index_user ---+--- index_group (length and newest message of its list)
 *   session --/                 +--- index_group --- index_user ...
 *
 * Every updateRate seconds one round of questions goes out, all pipelined: the groups of each user that
 * is watched, then the state of each group that any of them is in. So a round costs users plus groups,
 * never users times groups, and a client costs no timer. */
#ifndef PUSH_GROUPLIST_POLLER_H
#define PUSH_GROUPLIST_POLLER_H

#include <stddef.h>

#include "lib/config/config.h"

struct auth;
struct loop;
struct commands;
struct ws_request;
struct session;
struct sessions;
struct poller;
struct ws;

struct poller *poller_create(struct loop *loop, const struct config *config,
                             struct commands *commands, struct auth *auth);
void poller_destroy(struct poller *w); /* all sessions must have left; NULL is fine */

struct session *poller_open(struct poller *w, struct sessions *all, struct ws *ws,
                            const struct ws_request *v);

#endif
