/* hub_events.c - what comes from a node goes to the groups it is for. */
#include "push-daemon/hub/hub.h"

#include "lib/redis/event.h"
#include "push-daemon/client/auth.h"
#include "push-daemon/client/auth_events.h"
#include "push-daemon/core/env.h"
#include "push-daemon/hub/registry.h"
#include "push-daemon/resume/stream.h"

/* ---- the subscription ---- */

static struct group *
hub_find_at(const struct hub *hub, const struct node *node, struct str id)
{
    struct group *g = hub_find(hub, id);

    return g != NULL && g->home != NULL && g->home->node == node ? g : NULL;
}

static void
hub_recheck_soon(void *auth, struct session *s)
{
    auth_recheck_soon(auth, s);
}

/* They came before it was heard what becomes of them, or while it was not. */
static void
hub_recheck_group(struct hub *hub, const struct group *g)
{
    if (hub->auth != NULL) {
        room_each(&g->room, hub_recheck_soon, hub->auth);
        if (g->stream != NULL) {
            stream_each(g->stream, hub_recheck_soon, hub->auth);
        }
    }
}

void
group_is_heard(struct group *g)
{
    struct hub *hub = g->hub;

    hub_recheck_group(hub, g);
    if (hub->presence != NULL) {
        hub->on_subscribed(hub->presence, g->room.group);
    }
}

void
hub_on_subscribed(struct hub *hub, struct node *node, struct str group)
{
    struct group *g = hub_find_at(hub, node, group);

    if (g != NULL) {
        group_is_heard(g);
        sync_on_subscribed(&g->sync, g->home->marks);
        if (g->stream != NULL) {
            stream_on_subscribed(g->stream, g->home->marks);
        }
    }
}

/* ---- what is published ---- */

void
hub_on_message(struct hub *hub, struct node *node, struct str group, struct str payload)
{
    struct group *g = hub_find_at(hub, node, group);

    if (g == NULL) {
        return;
    }
    sync_on_message(&g->sync, payload);
    if (g->stream != NULL) {
        if (!g->is_polled && !g->sync.synced && g->room.members == NULL) {
            hub->env->metrics->messages_out++; /* else sync counts it */
        }
        stream_on_message(g->stream, payload);
    }
}

/* What all clients of fastim.v2 in the group are to know. */
static void
hub_pass(const struct group *g, struct str json)
{
    if (g->stream != NULL) {
        stream_pass(g->stream, json);
    }
}

static void
hub_on_frame(struct group *g, const struct event *e, struct str json)
{
    if (e->kind == EVENT_DURABLE && g->stream != NULL) {
        stream_on_event(g->stream, e->at, json);
    } else if (e->kind == EVENT_PASSING ||
               (e->kind == EVENT_SETTINGS && group_settings_on_event(&g->settings, e->settings))) {
        hub_pass(g, json);
    }
}

void
hub_on_event(struct hub *hub, struct node *node, struct str group, struct str event)
{
    struct group *g = hub_find_at(hub, node, group);
    struct event e;

    if (g == NULL) {
        return;
    }
    event_read(&e, event);
    if (e.kind == EVENT_PRESENCE && hub->presence != NULL) {
        hub->on_presence(hub->presence, group, event);
    } else if (e.kind == EVENT_BAN && hub->auth != NULL) {
        auth_on_ban(hub->auth, group, &e);
    } else if (e.kind == EVENT_YOU && hub->auth != NULL) {
        auth_on_you(hub->auth, group, text_str(&e.user));
    } else {
        hub_on_frame(g, &e, event);
    }
    event_fini(&e);
}

void
hub_tell(void *arg, struct str group, struct str json)
{
    struct hub *hub = arg;
    struct group *g = hub_find(hub, group);

    if (g != NULL) {
        hub_pass(g, json);
    }
}

/* ---- settings ---- */

uint64_t
hub_settings_version(void *arg, struct str group)
{
    const struct group *g = hub_find(arg, group);

    return g != NULL ? g->settings.version : 0;
}

void
hub_take_settings(void *arg, struct str group, struct str json, uint64_t version)
{
    struct group *g = hub_find(arg, group);
    struct text frame;

    if (g == NULL || g->stream == NULL || !group_settings_on_answer(&g->settings, json, version)) {
        return;
    }
    text_init(&frame);
    event_add_settings(&frame, json);
    stream_pass(g->stream, text_str(&frame));
    text_fini(&frame);
}

const struct group_settings *
hub_settings(const struct hub *hub, struct str group)
{
    return &hub_find(hub, group)->settings;
}

/* ---- the connections ---- */

/* node NULL: for the groups at all nodes. */
static void
hub_for_each_at(struct hub *hub, const struct node *node, void (*of_sync)(struct sync *),
                void (*of_stream)(struct stream *))
{
    struct group *g, *next;

    HASH_ITER (hh, hub->groups, g, next) {
        if (node != NULL && (g->home == NULL || g->home->node != node)) {
            continue;
        }
        of_sync(&g->sync);
        if (g->stream != NULL) {
            of_stream(g->stream);
        }
    }
}

void
hub_on_subscription_down(struct hub *hub, struct node *node)
{
    hub_for_each_at(hub, node, sync_on_unsubscribed, stream_on_unsubscribed);
}

void
hub_on_commands(struct hub *hub, struct node *node)
{
    hub_for_each_at(hub, node, sync_on_commands, stream_on_commands);
}

void
hub_retry(struct hub *hub)
{
    hub_for_each_at(hub, NULL, sync_pump, stream_pump);
}
