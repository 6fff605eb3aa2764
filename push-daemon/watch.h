/* watch.h - clients of /group/list: who watches whose groups, and what changed since the last look.
 *
 *   session --- watched_user ---+--- watched_group (length and newest message of its list)
 *   session --/                 +--- watched_group --- watched_user ...
 *
 * Every updateRate seconds one round of questions goes out, all pipelined: the groups of each user that
 * is watched, then the state of each group that any of them is in. So a round costs users plus groups,
 * never users times groups, and a client costs no timer. */
#ifndef PUSH_WATCH_H
#define PUSH_WATCH_H

#include <stddef.h>

#include "lib/config/config.h"

struct gate;
struct loop;
struct rcmd;
struct visitor;
struct session;
struct sessions;
struct watch;
struct ws;

struct watch *watch_create(struct loop *loop, const struct config *config, struct rcmd *rcmd,
                           struct gate *gate);
void watch_destroy(struct watch *w); /* all sessions must have left; NULL is fine */

struct session *watch_open(struct watch *w, struct sessions *all, struct ws *ws,
                           const struct visitor *v);

#endif
