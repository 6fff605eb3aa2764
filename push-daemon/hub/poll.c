/* poll.c - the groups whose slot is on the move: their lists are read again and again. */
#include <utlist.h>

#include "lib/log.h"
#include "push-daemon/core/env.h"
#include "push-daemon/hub/hub.h"
#include "push-daemon/hub/registry.h"
#include "push-daemon/resume/stream.h"
#include "push-daemon/room/marks.h"
#include "push-daemon/room/polling.h"

enum {
    LOOK_MS = 50 /* how often it is looked which of them are due */
};

/* A question under way holds its group up. */
static void
polls_on_timer(void *arg)
{
    struct hub *hub = arg;
    int64_t now_ms = env_now_ms(hub->env);
    struct group *g;

    DL_FOREACH2 (hub->polled, g, polled_next) {
        if (polling_is_due(&g->sync.polling, now_ms)) {
            sync_pump(&g->sync);
        }
        if (g->stream != NULL) {
            stream_pump_if_due(g->stream);
        }
    }
}

static void
polls_begin(struct hub *hub)
{
    if (hub->polls == NULL) {
        hub->polls = marks_create_polls(hub->nodes, hub->daemon_id);
        hub->poll_timer = loop_timer_create(hub->env->loop, polls_on_timer, hub);
    }
    if (hub->polled == NULL) {
        loop_timer_start(hub->poll_timer, LOOK_MS, LOOK_MS);
    }
}

static void
group_add_polls(struct group *g)
{
    polls_begin(g->hub);
    DL_APPEND2(g->hub->polled, g, polled_prev, polled_next);
    g->is_polled = true;
    g->hub->env->metrics->rooms_polled++;
}

void
group_forget_polls(struct group *g)
{
    struct hub *hub = g->hub;

    if (!g->is_polled) {
        return;
    }
    DL_DELETE2(hub->polled, g, polled_prev, polled_next);
    g->is_polled = false;
    hub->env->metrics->rooms_polled--;
    if (hub->polled == NULL) {
        loop_timer_stop(hub->poll_timer);
    }
}

/* Events that were stored at the other node were not heard. */
void
group_set_polled(struct group *g, bool is_polled)
{
    struct marks *polls;

    if (is_polled == g->is_polled) {
        return;
    }
    if (is_polled) {
        group_add_polls(g);
    } else {
        group_forget_polls(g);
    }
    log_info("room group=%s polled=%d", log_quote(g->room.group).text, is_polled);
    polls = is_polled ? g->hub->polls : NULL;
    sync_poll(&g->sync, polls);
    if (g->stream != NULL) {
        stream_poll(g->stream, polls);
    }
    if (!is_polled && g->sync.marks != NULL) {
        group_is_heard(g);
    }
}

void
polls_destroy(struct hub *hub)
{
    marks_destroy(hub->polls);
    loop_timer_destroy(hub->poll_timer);
}
