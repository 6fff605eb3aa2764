/* a_model.h - what clients of a group must get, and scripts of events that put room/ to it.
 *
 * A script is a string, a letter for each event:
 *
 *     o  one of us appends: RPUSH and PUBLISH at once    j  a client joins
 *     r  a foreign writer's RPUSH                        l  the oldest client leaves
 *     p  a foreign writer's PUBLISH                      L  the newest client leaves
 *     s  Redis carries out SUBSCRIBE                     c  the subscription breaks, and comes back
 *     d  the next thing arrives by the subscription      C  so does the command connection
 *     x  Redis carries out a snapshot                    e  the turn of the loop ends
 *     a  an answer arrives                               S  all that is on its way arrives
 *     f  the oldest client's socket is full              w  each socket takes bytes again
 *     D  no commands can be sent                         U  they can again
 *     4  four seconds pass                               R  a second is over: hub_retry()
 *
 * The group's slot may move between two nodes of a cluster:
 *
 *     O  it begins to move: it is open                   M  the list goes over to the other node
 *     N  that one has the slot now                       B  the list comes back, the slot stays
 *     m  the daemon's map learns how that is             t  300 ms pass
 *     h  the second node carries out SUBSCRIBE           b  the next thing arrives from there
 *
 * After it all that is on its way arrives, and model_check() tells what is wrong. */
#ifndef TESTS_UNIT_PUSHD_ROOM_A_MODEL_H
#define TESTS_UNIT_PUSHD_ROOM_A_MODEL_H

#include "tests/unit/push-daemon/room/a_room.h"

enum {
    MODEL_MESSAGES = 64,
    MODEL_NEVER = -1
};

struct model_message {
    bool own;
    int place;     /* in the list; or MODEL_NEVER */
    int published; /* so many were published before it; or MODEL_NEVER */
    char text[80];
};

/* The list as a snapshot found it. */
struct model_view {
    int total;
    int published; /* so many had been published */
    int cuts;      /* so often the subscription had broken */
};

struct model_client {
    struct ws *ws;
    int first_view; /* no earlier one is for it */
};

struct model {
    struct scene scene;
    int list_num;
    bool lazy; /* turns end only where the script says so */
    struct model_message messages[MODEL_MESSAGES];
    int list[MODEL_MESSAGES];      /* what message stands there */
    int published[MODEL_MESSAGES]; /* in this order */
    int message_count, list_count, published_count;
    struct model_view views[MODEL_MESSAGES];
    int view_count;
    struct model_client clients[WORLD_CLIENTS];
    int client_count;
    int cuts;         /* how often the subscription broke */
    char wrong[1024]; /* what is; empty: nothing yet */
};

/* ---- what a client got ---- */

struct model_got {
    bool has_first;
    int total;
    int first[MODEL_MESSAGES], first_count; /* messages in the first frame */
    int after[MODEL_MESSAGES], after_count;
    int close_code;
};

static inline void
model_blame(struct model *m, const char *what, int client, int number)
{
    if (m->wrong[0] == '\0') {
        snprintf(m->wrong, sizeof(m->wrong), "%s (client %d, %d): %.700s", what, client, number,
                 client >= 0 ? client_got(m->clients[client].ws) : "");
    }
}

/* The messages that the text is made of, after what it begins with. False: other bytes stand
 * in it. */
static inline bool
model_read_messages(const struct model *m, struct str text, int ids[], int *count)
{
    while (text.len > 0) {
        const char *info = memmem(text.p, text.len, "\"info\":\"", 8);
        int id = info != NULL ? atoi(info + 8) : MODEL_MESSAGES;
        size_t length = id < m->message_count ? strlen(m->messages[id].text) : 0;

        if (length == 0 || length > text.len || memcmp(text.p, m->messages[id].text, length) != 0 ||
            *count == MODEL_MESSAGES) {
            return false;
        }
        ids[(*count)++] = id;
        length += length < text.len; /* a comma */
        text = str_make(text.p + length, text.len - length);
    }
    return true;
}

static inline bool
model_read_first(const struct model *m, struct str text, struct model_got *got)
{
    static const char head[] = "{\"list\":[", tail[] = "],\"total\":";
    const char *end = memmem(text.p, text.len, tail, sizeof(tail) - 1);

    if (end == NULL || memcmp(text.p, head, sizeof(head) - 1) != 0) {
        return false;
    }
    got->has_first = true;
    got->total = atoi(end + sizeof(tail) - 1);
    text = str_make(text.p + sizeof(head) - 1, (size_t)(end - text.p) - (sizeof(head) - 1));
    return model_read_messages(m, text, got->first, &got->first_count);
}

static inline bool
model_read(const struct model *m, const struct ws *ws, struct model_got *got)
{
    struct str sent = text_str(&ws->got);
    bool ok = true;

    memset(got, 0, sizeof(*got));
    while (ok && sent.len > 0) {
        struct str payload = client_take_frame(&sent, &got->close_code);

        if (got->close_code == 0) {
            ok = got->has_first ? model_read_messages(m, payload, got->after, &got->after_count)
                                : model_read_first(m, payload, got);
        }
    }
    return ok;
}

/* ---- what it should have got ---- */

static inline int
model_times(const int ids[], int count, int id)
{
    int times = 0;

    for (int i = 0; i < count; i++) {
        times += ids[i] == id;
    }
    return times;
}

/* The first frame is the end of the list as some snapshot found it. */
static inline bool
model_first_is_right(const struct model *m, const struct model_got *got, int first_view)
{
    int shown = got->total < m->list_num ? got->total : m->list_num, views = 0;

    for (int i = first_view; i < m->view_count; i++) {
        views += m->views[i].total == got->total;
    }
    return views > 0 && got->first_count == shown &&
           memcmp(got->first, m->list + got->total - shown, (size_t)shown * sizeof(int)) == 0;
}

/* Our own messages behind the first frame: those of the list, in its order; all of them if
 * `whole`. */
static inline bool
model_own_are_right(const struct model *m, const struct model_got *got, bool whole)
{
    int at = 0;

    for (int i = got->total; i < m->list_count; i++) {
        if (m->messages[m->list[i]].own) {
            while (at < got->after_count && !m->messages[got->after[at]].own) {
                at++;
            }
            if (at == got->after_count) {
                return !whole;
            }
            if (got->after[at++] != m->list[i]) {
                return false;
            }
        }
    }
    while (at < got->after_count && !m->messages[got->after[at]].own) {
        at++;
    }
    return at == got->after_count;
}

/* A foreign message comes once: in the first frame or behind it. Returns one that does not, or
 * -1. */
static inline int
model_find_wrong_foreign(const struct model *m, const struct model_got *got, bool whole)
{
    for (int id = 0; id < m->message_count; id++) {
        const struct model_message *message = &m->messages[id];
        int times = model_times(got->first, got->first_count, id) +
                    model_times(got->after, got->after_count, id);
        bool due = whole && message->place >= got->total && message->published != MODEL_NEVER;

        if (!message->own && (times > 1 || (due && times == 0))) {
            return id;
        }
    }
    return -1;
}

/* Did it stand before the first frame, and may a catch-up have brought it to older clients
 * before its PUBLISH came? The PUBLISH is then passed over for all. To tell the clients apart
 * is not worth it: unless listNum is small, no PUBLISH comes so late. */
static inline bool
model_may_be_passed_over(const struct model *m, const struct model_got *got, int id)
{
    return m->cuts > 0 && !m->messages[id].own &&
           m->messages[id].place < got->total - got->first_count;
}

/* Exactly what was published behind the snapshot, but for what is in the first frame. */
static inline bool
model_is_as_published(const struct model *m, const struct model_got *got, int from, bool whole)
{
    int at = 0;

    for (int i = from; i < m->published_count; i++) {
        int id = m->published[i];

        if (model_times(got->first, got->first_count, id) > 0) {
            continue;
        }
        if (at < got->after_count && got->after[at] == id) {
            at++;
        } else if (!model_may_be_passed_over(m, got, id)) {
            return at == got->after_count && !whole;
        }
    }
    return at == got->after_count;
}

/* If the subscription has not broken since the snapshot, all is as it was published. */
static inline bool
model_order_is_right(const struct model *m, const struct model_got *got, int client, bool whole)
{
    for (int i = m->clients[client].first_view; i < m->view_count; i++) {
        if (m->views[i].total == got->total &&
            (m->views[i].cuts < m->cuts ||
             model_is_as_published(m, got, m->views[i].published, whole))) {
            return true;
        }
    }
    return false;
}

/* whole: nothing is on its way any more. */
static inline void
model_check_client(struct model *m, int client, bool whole)
{
    const struct model_client *c = &m->clients[client];
    struct model_got got;
    int id;

    if (!model_read(m, c->ws, &got)) {
        model_blame(m, "other bytes", client, 0);
    } else if (got.close_code != 0) {
        model_blame(m, "closed", client, got.close_code);
    } else if (!got.has_first) {
        if (whole) {
            model_blame(m, "no first frame", client, 0);
        }
    } else if (!model_first_is_right(m, &got, c->first_view)) {
        model_blame(m, "not the list's end in the first frame", client, got.total);
    } else if (!model_own_are_right(m, &got, whole)) {
        model_blame(m, "not the list", client, got.total);
    } else if ((id = model_find_wrong_foreign(m, &got, whole)) >= 0) {
        model_blame(m, "a foreign message not once", client, id);
    } else if (!model_order_is_right(m, &got, client, whole)) {
        model_blame(m, "not as published", client, got.total);
    }
}

/* ---- events ---- */

static inline int
model_write(struct model *m, bool own)
{
    int id = m->message_count++;
    struct model_message *message = &m->messages[id];

    assert_in_range(id, 0, MODEL_MESSAGES - 1);
    *message = (struct model_message){own, m->list_count, MODEL_NEVER, ""};
    snprintf(message->text, sizeof(message->text),
             "{\"groupId\":\"g\",\"userId\":\"u\",\"info\":\"%d\",\"ts\":%d}", id, 1000 + id);
    m->list[m->list_count++] = id;
    redis_push(m->scene.redis, message->text);
    return id;
}

static inline void
model_publish(struct model *m, int id)
{
    m->messages[id].published = m->published_count;
    m->published[m->published_count++] = id;
    if (m->messages[id].own) {
        redis_publish(m->scene.redis, m->messages[id].text);
    } else { /* by itself: that the slot's owner does to the end */
        redis_publish_at(m->scene.redis, m->scene.redis->owner, m->messages[id].text);
    }
}

/* A foreign message whose PUBLISH is to come; or -1. */
static inline int
model_unpublished(const struct model *m)
{
    for (int id = 0; id < m->message_count; id++) {
        if (!m->messages[id].own && m->messages[id].published == MODEL_NEVER) {
            return id;
        }
    }
    return -1;
}

static inline void
model_snapshot(struct model *m)
{
    if (redis_run(m->scene.redis)) {
        m->views[m->view_count++] = (struct model_view){m->list_count, m->published_count, m->cuts};
        m->cuts += m->scene.redis->known_open; /* it brings what comes in the order of the list */
    }
}

/* The oldest or the newest client that is still there; or -1. */
static inline int
model_find_client(const struct model *m, bool newest)
{
    int found = -1;

    for (int i = 0; i < m->client_count; i++) {
        if (m->clients[i].ws->session != NULL && (found < 0 || newest)) {
            found = i;
        }
    }
    return found;
}

static inline void
model_leave(struct model *m, int client)
{
    if (client >= 0) {
        model_check_client(m, client, false);
        client_lose(m->clients[client].ws);
    }
}

/* A move that is given up before the daemon knows of it is not noticed at all: what is stored at
 * the other node meanwhile comes with the next catch-up. */
static inline bool
model_can_move(struct redis *r, char event)
{
    switch (event) {
    case 'O':
        return !r->is_open;
    case 'M':
        return r->is_open && r->keys_at == r->owner;
    case 'N':
        return r->is_open && r->keys_at != r->owner;
    case 'B':
        return r->is_open && r->known_open;
    case 'm':
        return r->known_open != r->is_open || r->known_owner != r->owner ||
               !redis_at(r, r->owner)->wanted;
    case 't':
        return r->known_open;
    case 'h':
        return redis_can_subscribe_at(&r->second);
    case 'b':
        return redis_can_deliver_from(&r->second);
    default:
        return true;
    }
}

static inline bool
model_can(const struct model *m, char event)
{
    struct redis *r = m->scene.redis;

    switch (event) {
    case 'p':
        return model_unpublished(m) >= 0;
    case 'l':
    case 'L':
    case 'f':
        return model_find_client(m, false) >= 0;
    case 's':
        return redis_can_subscribe(r);
    case 'd':
        return redis_can_deliver(r);
    case 'x':
        return redis_can_run(r);
    case 'a':
        return redis_can_answer(r);
    case 'c':
        return r->subscriber.wanted;
    default:
        return model_can_move(r, event);
    }
}

static inline void model_settle(struct model *m);

/* The last snapshot may be under way still, and is for the new client as well. */
static inline void
model_join(struct model *m)
{
    m->clients[m->client_count++] = (struct model_client){
        .ws = scene_join(&m->scene),
        .first_view = m->view_count > 0 ? m->view_count - 1 : 0,
    };
}

/* What befalls the slot, and the second node. */
static inline void
model_step_slot(struct model *m, char event)
{
    struct redis *r = m->scene.redis;

    m->cuts++; /* from now on things may come in the order of the list */
    switch (event) {
    case 'O':
        redis_open_slot(r);
        break;
    case 'M':
        redis_move_keys(r);
        break;
    case 'B':
        r->keys_at = r->owner;
        redis_close_slot(r);
        break;
    case 'N':
        redis_close_slot(r);
        break;
    case 'm':
        redis_learn(r, m->scene.hub);
        break;
    case 't':
        fake_loop_advance(m->scene.world.env.loop, 300);
        break;
    case 'h':
        redis_subscribe_at(&r->second);
        break;
    case 'b':
        redis_deliver_from(&r->second, m->scene.hub, str_of("g"));
        break;
    default:
        fail_msg("no such event: %c", event);
    }
}

/* Events of Redis and of the connections to it. */
static inline void
model_step_redis(struct model *m, char event)
{
    struct scene *s = &m->scene;

    switch (event) {
    case 's':
        redis_subscribe(s->redis);
        break;
    case 'd':
        scene_deliver(s);
        break;
    case 'x':
        model_snapshot(m);
        break;
    case 'a':
        redis_answer(s->redis);
        break;
    case 'c':
        m->cuts++;
        scene_cut(s);
        break;
    case 'C':
        scene_reconnect(s);
        break;
    case 'D':
    case 'U':
        s->redis->commands.down = event == 'D';
        break;
    case 'R':
        hub_retry(s->hub);
        break;
    default:
        model_step_slot(m, event);
    }
}

/* One event; fails if it cannot be. */
static inline void
model_step(struct model *m, char event)
{
    struct scene *s = &m->scene;

    assert_true(model_can(m, event));
    switch (event) {
    case 'o':
        model_publish(m, model_write(m, true));
        break;
    case 'r':
        model_write(m, false);
        break;
    case 'p':
        model_publish(m, model_unpublished(m));
        break;
    case 'j':
        model_join(m);
        break;
    case 'l':
    case 'L':
        model_leave(m, model_find_client(m, event == 'L'));
        break;
    case 'e':
        scene_turn_end(s);
        break;
    case 'S':
        model_settle(m);
        break;
    case 'f':
        m->clients[model_find_client(m, false)].ws->full = true;
        break;
    case 'w':
        for (int i = 0; i < m->client_count; i++) {
            client_set_writable(m->clients[i].ws);
        }
        break;
    case '4':
        fake_loop_advance(s->world.env.loop, 4000);
        break;
    default:
        model_step_redis(m, event);
    }
    if (!m->lazy) {
        scene_turn_end(s);
    }
}

/* All that is on its way arrives. */
static inline void
model_drain(struct model *m)
{
    static const char events[] = "sdxahb";
    const char *event = events;

    while (*event != '\0') {
        if (model_can(m, *event)) {
            model_step_redis(m, *event);
            event = events;
        } else {
            event++;
        }
        if (!m->lazy) {
            scene_turn_end(&m->scene);
        }
    }
}

/* If the list is read again and again, so does what the next reading brings. */
static inline void
model_settle(struct model *m)
{
    model_drain(m);
    for (int i = 0; i < 10 && model_can(m, 't') && !model_can(m, 'x'); i++) {
        model_step_redis(m, 't');
    }
    model_drain(m);
}

/* ---- all of it ---- */

static inline void
model_open(struct model *m, const struct config *config)
{
    memset(m, 0, sizeof(*m));
    m->list_num = (int)config->message.list_num;
    scene_open(&m->scene, config);
}

static inline void
model_run(struct model *m, const char *script)
{
    for (const char *event = script; *event != '\0'; event++) {
        if (*event != ' ' && !model_can(m, *event)) {
            fail_msg("\"%s\": the event before \"%s\" cannot be", script, event + 1);
        }
        if (*event != ' ') {
            model_step(m, *event);
        }
    }
}

/* Every writer ends what it began, all arrives, and one message more is written. */
static inline const char *
model_finish(struct model *m)
{
    m->lazy = false;
    scene_turn_end(&m->scene);
    model_run(m, "UR");
    while (model_can(m, 'p')) {
        model_step(m, 'p');
    }
    model_settle(m);
    if (model_can(m, 'm')) {
        model_run(m, "mS");
    }
    model_run(m, "oSw");
    for (int i = 0; i < m->client_count; i++) {
        if (m->clients[i].ws->session != NULL) {
            model_check_client(m, i, true);
        }
    }
    scene_close(&m->scene);
    return m->wrong;
}

#endif
