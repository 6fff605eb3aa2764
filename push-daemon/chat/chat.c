/* chat.c - all clients of /group/chat and /group/events. */
#include "push-daemon/chat/chat.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "push-daemon/append/append.h"
#include "push-daemon/chat/chat_v1.h"
#include "push-daemon/chat/chat_v2.h"
#include "push-daemon/chat/events.h"
#include "push-daemon/net/ws_request.h"
#include "push-daemon/review/review.h"

struct chat {
    struct appender *appender;
    struct review *review;
    struct chat_v1 v1;
    struct chat_v2 v2;
};

struct session *
chat_open(struct chat *chat, struct ws *ws, const struct ws_request *request)
{
    if (request->route.kind == ROUTE_EVENTS) {
        return events_open(&chat->v2, ws, request);
    }
    return request->is_v2 ? chat_v2_open(&chat->v2, ws, request)
                          : chat_v1_open(&chat->v1, ws, request);
}

struct appender *
chat_appender(struct chat *chat)
{
    return chat->appender;
}

size_t
chat_open_count(const struct chat *chat)
{
    return append_open_count(chat->appender) + review_open_count(chat->review);
}

void
chat_resolve(struct chat *chat)
{
    append_resolve_heard(chat->appender);
    send_flush(&chat->v2.send);
}

struct chat *
chat_create(const struct chat_parts *p)
{
    struct chat *chat = mem_zalloc(sizeof(*chat));

    chat->appender = append_create(p->env, p->nodes, p->daemon_id, p->hub);
    chat->review = review_create(p->env, chat->appender);
    chat->v1 =
        (struct chat_v1){p->env, p->sessions, p->auth, p->hub, chat->review, p->presence, p->words};
    chat->v2 = (struct chat_v2){
        .dialog = *p->dialog,
        .send = {.env = p->env, .review = chat->review, .words = p->words},
        .ask = {.env = p->env, .nodes = p->nodes, .sessions = p->sessions},
        .hub = p->hub,
        .presence = p->presence,
    };
    return chat;
}

void
chat_destroy(struct chat *chat)
{
    if (chat != NULL) {
        review_destroy(chat->review);
        send_fini(&chat->v2.send);
        ask_fini(&chat->v2.ask);
        append_destroy(chat->appender);
        free(chat);
    }
}
