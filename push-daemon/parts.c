/* parts.c - the parts of a daemon.
 *
 * The way of a message: ws -> session -> chat -> review -> append -> commands -> Redis ->
 * subscriber -> hub -> sync -> deliver -> room; at the end of the turn flusher -> room -> session
 * -> ws. */
#include "push-daemon/parts.h"

#include "lib/review/request.h"
#include "push-daemon/append/append.h"
#include "push-daemon/chat/chat.h"
#include "push-daemon/client/admission.h"
#include "push-daemon/client/auth.h"
#include "push-daemon/client/auth_events.h"
#include "push-daemon/client/identity.h"
#include "push-daemon/client/receive.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/sessions.h"
#include "push-daemon/core/env.h"
#include "push-daemon/core/fd_limit.h"
#include "push-daemon/grouplist/poller.h"
#include "push-daemon/hub/hub.h"
#include "push-daemon/net/server.h"
#include "push-daemon/net/ws_request.h"
#include "push-daemon/nodes/node.h"
#include "push-daemon/nodes/nodes.h"
#include "push-daemon/ops/drain.h"
#include "push-daemon/presence/presence.h"
#include "push-daemon/room/flusher.h"
#include "push-daemon/v2/dialog.h"
#include "push-daemon/words/words.h"

static struct session *
parts_on_open(void *ctx, struct ws *ws, const struct ws_request *request)
{
    struct parts *p = ctx;

    if (request->route.kind != ROUTE_LIST) {
        return chat_open(p->chat, ws, request);
    }
    return request->is_v2 ? list_v2_open(&p->list_v2, ws, request)
                          : poller_open(p->poller, ws, request);
}

static bool
parts_listen(struct parts *p, const struct env *env)
{
    const struct ws_handlers handlers = {
        .admission = p->admission,
        .on_request = admission_check,
        .ctx = p,
        .on_open = parts_on_open,
        .on_frame = sessions_on_frame,
        .on_piece = receive_piece,
        .on_violation = session_close,
        .on_writable = session_on_writable,
        .on_leaving = session_on_leaving,
        .on_closed = session_on_closed,
    };

    p->server = ws_server_create(env, &handlers);
    return p->server != NULL;
}

bool
parts_create(struct parts *p, const struct env *env, struct str daemon_id)
{
    struct dialog dialog;

    p->nodes = nodes_create(env, daemon_id);
    if (p->nodes == NULL || !review_request_check(env->config->hook.url)) {
        return false;
    }
    p->words = words_create(env, p->nodes);
    if (p->words == NULL) {
        return false;
    }
    p->admission = admission_create(env, fd_limit_connections(env->config, fd_limit_raise()));
    p->sessions = sessions_create(env, p->admission);
    p->auth = auth_create(env, p->nodes, p->sessions);
    p->orders = (struct orders){p->auth, p->words};
    p->identity = identity_create(env);
    dialog = (struct dialog){env, p->sessions, p->auth, p->identity};
    p->flusher = flusher_create(env);
    p->hub = hub_create(env, p->nodes, p->flusher, daemon_id);
    p->presence =
        presence_create(env, p->nodes, daemon_id, &(struct presence_hooks){p->hub, hub_tell});
    hub_use_auth(p->hub, p->auth);
    auth_use_settings(p->auth,
                      &(struct auth_settings){p->hub, hub_settings_version, hub_take_settings});
    hub_use_presence(
        p->hub, &(struct hub_presence){p->presence, presence_on_subscribed, presence_on_event});
    p->chat = chat_create(&(struct chat_parts){env, p->sessions, p->auth, p->hub, p->nodes, &dialog,
                                               daemon_id, p->presence, p->words});
    p->appender = chat_appender(p->chat);
    p->poller = poller_create(env, p->nodes, p->sessions, p->auth);
    p->list_v2 = (struct list_v2){dialog, p->poller};
    p->drain =
        drain_create(env, p->sessions, p->flusher,
                     &(struct drain_hooks){p->chat, chat_open_count, p->presence, presence_stop});
    return parts_listen(p, env);
}

void
parts_start(struct parts *p)
{
    const struct node_events events = {
        .failover = {p->appender, append_hold, append_is_settled},
        .appender = p->appender,
        .on_ready = append_on_ready,
        .on_down = append_on_down,
        .settle = append_on_map,
        .hub = p->hub,
        .on_commands = hub_on_commands,
        .retry = hub_retry,
        .on_message = hub_on_message,
        .on_group_event = hub_on_event,
        .on_mark = hub_on_mark,
        .on_subscribed = hub_on_subscribed,
        .on_subscription_down = hub_on_subscription_down,
        .on_lost = hub_on_lost,
        .on_map = hub_on_map,
        .on_gone = hub_on_gone,
        .presence = p->presence,
        .on_reports = presence_on_ready,
        .auth = p->auth,
        .on_subscription = auth_on_subscription,
        .orders = &p->orders,
        .on_event = orders_on_event,
        .words = p->words,
        .on_stale = words_on_change,
    };

    nodes_start(p->nodes, &events);
}

/* In the reverse order of their making. */
void
parts_destroy(struct parts *p)
{
    ws_server_destroy(p->server);
    drain_destroy(p->drain);
    poller_destroy(p->poller);
    chat_destroy(p->chat);
    hub_destroy(p->hub);
    presence_destroy(p->presence);
    flusher_destroy(p->flusher);
    identity_destroy(p->identity);
    auth_destroy(p->auth);
    sessions_destroy(p->sessions);
    admission_destroy(p->admission);
    words_destroy(p->words);
    nodes_destroy(p->nodes);
}
