/* list_v2.h - clients of /group/list that speak fastim.v2. */
#ifndef PUSH_GROUPLIST_LIST_V2_H
#define PUSH_GROUPLIST_LIST_V2_H

#include "push-daemon/v2/dialog.h"

struct poller;
struct session;
struct ws;
struct ws_request;

/* What it works with; all of it is the caller's. */
struct list_v2 {
    struct dialog dialog;
    struct poller *poller;
};

struct session *list_v2_open(struct list_v2 *list, struct ws *ws, const struct ws_request *request);

#endif
