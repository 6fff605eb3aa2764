/* a_reader.h - clients of fastim.v2 as they are to be: what each shows, where it stands, and what
 * it blames the server for. */
#ifndef TESTS_UNIT_PUSHD_RESUME_A_READER_H
#define TESTS_UNIT_PUSHD_RESUME_A_READER_H

#include <stdio.h>

#include "push-daemon/client/v2_state.h"
#include "tests/unit/push-daemon/room/a_client.h"

enum {
    READER_MANY = 256
};

struct reader_message {
    int id, ts;
    char user;
};

struct reader_client {
    struct ws *ws; /* its connection, if that has a session */
    bool is_welcome;
    bool is_cut_off;        /* as too slow, or as the list cannot be read */
    int recovered, refused; /* how often it was */
    int lists;
    int floor;   /* id of the first message of a full list; messages before it are not shown */
    int list_at; /* the position of that list */
    int events;  /* that came since */
    int at;
    char epoch[16];
    struct reader_message shown[READER_MANY];
    int count;
    char wrong[256]; /* what the server did; empty: nothing */
};

static inline void
reader_blame(struct reader_client *c, const char *what, const char *frame)
{
    if (c->wrong[0] == '\0') {
        snprintf(c->wrong, sizeof(c->wrong), "%s: %.150s", what, frame);
    }
}

static inline int
reader_number(const char *text, const char *key)
{
    const char *at = strstr(text, key);

    return at != NULL ? atoi(at + strlen(key)) : 0;
}

/* The message that begins there. */
static inline struct reader_message
reader_message(const char *text)
{
    const char *user = strstr(text, "\"userId\":\"");

    return (struct reader_message){reader_number(text, "\"info\":\""),
                                   reader_number(text, "\"ts\":"), user != NULL ? user[10] : '?'};
}

static inline void
reader_show(struct reader_client *c, struct reader_message m)
{
    assert_in_range(c->count, 0, READER_MANY - 1);
    c->shown[c->count++] = m;
}

/* Which: those of that user, and with that ts; 0: with any. */
static inline void
reader_drop(struct reader_client *c, char user, int ts)
{
    int kept = 0;

    for (int i = 0; i < c->count; i++) {
        if (c->shown[i].user != user || (ts != 0 && c->shown[i].ts != ts)) {
            c->shown[kept++] = c->shown[i];
        }
    }
    c->count = kept;
}

static inline void
reader_take_list(struct reader_client *c, const char *frame, int list_num)
{
    c->count = 0;
    for (const char *at = strstr(frame, "{\"groupId\""); at != NULL;
         at = strstr(at + 1, "{\"groupId\"")) {
        reader_show(c, reader_message(at));
    }
    snprintf(c->epoch, sizeof(c->epoch), "%.8s", strstr(frame, "\"epoch\":\"") + 9);
    c->at = c->list_at = reader_number(frame, "\"at\":");
    c->floor = c->count == list_num && c->count > 0 ? c->shown[0].id : 0;
    if (c->count > list_num) {
        reader_blame(c, "too long a list", frame);
    }
    c->events = 0;
    c->lists++;
}

/* Messages with `at` may come again behind a resume; no other one may. */
static inline void
reader_take_message(struct reader_client *c, const char *frame)
{
    struct reader_message m = reader_message(frame);
    int at = reader_number(frame, "\"at\":");

    for (int i = 0; i < c->count; i++) {
        if (c->shown[i].id == m.id) {
            if (at == 0) {
                reader_blame(c, "doubled", frame);
            }
            return;
        }
    }
    if (at == 0 ? m.ts <= c->at : at != c->at) {
        reader_blame(c, "another position", frame);
    }
    c->at = at == 0 ? m.ts : at;
    reader_show(c, m);
}

static inline void
reader_take_event(struct reader_client *c, const char *frame)
{
    int at = reader_number(frame, "\"at\":");
    const char *user = strstr(frame, "\"userId\":\"");

    if (at <= c->at) {
        reader_blame(c, "not above its position", frame);
    }
    c->at = at;
    c->events++;
    if (strstr(frame, "\"clear\"") != NULL) {
        c->count = 0;
    } else if (user != NULL) {
        reader_drop(c, user[10], reader_number(frame, "\"ts\":"));
    }
}

static inline void
reader_take_welcome(struct reader_client *c, const char *frame)
{
    bool recovered = strstr(frame, "\"recovered\":true") != NULL;

    if (c->is_welcome) {
        reader_blame(c, "welcome again", frame);
    }
    c->is_welcome = true;
    c->recovered += recovered;
    c->refused += !recovered;
}

static inline void
reader_take(struct reader_client *c, const char *frame, int list_num)
{
    if (strncmp(frame, "{\"type\":\"welcome\"", 17) == 0) {
        reader_take_welcome(c, frame);
    } else if (!c->is_welcome) {
        reader_blame(c, "no welcome", frame);
    } else if (strncmp(frame, "{\"type\":\"list\"", 14) == 0) {
        reader_take_list(c, frame, list_num);
    } else if (strncmp(frame, "{\"type\":\"message\"", 17) == 0) {
        reader_take_message(c, frame);
    } else if (strstr(frame, "\"at\":") != NULL) {
        reader_take_event(c, frame);
    }
}

/* Takes all that its connection has brought. */
static inline void
reader_take_all(struct reader_client *c, int list_num)
{
    struct str sent = text_str(&c->ws->got);
    int code;

    while (sent.len > 0) {
        struct str payload = client_take_frame(&sent, &code);
        char *frame = strndup(payload.p, payload.len);

        if (code == 1013 || code == 1011) {
            c->is_cut_off = true;
        } else if (code > 0) {
            reader_blame(c, "closed", frame + 2);
        } else {
            reader_take(c, frame, list_num);
        }
        free(frame);
    }
    text_clear(&c->ws->got);
}

/* ---- its connection ---- */

static inline void
reader_welcome(struct session *s, bool recovered, size_t missed)
{
    struct blob *frame;
    char text[96];

    snprintf(text, sizeof(text), "{\"type\":\"welcome\",\"recovered\":%s,\"missed\":%zu}",
             recovered ? "true" : "false", missed);
    frame = form_blob(s->kind->form, str_of(text), NULL);
    session_send(s, frame);
    blob_unref(frame);
}

static const struct session_kind reader_kind = {
    .name = "reader", .form = &form_v2, .welcome = reader_welcome, .on_leave = client_on_leave};
static const struct session_kind reader_of_events = {
    .name = "events", .form = &form_sse, .welcome = reader_welcome, .on_leave = client_on_leave};

/* resume: as "EPOCH-AT"; or empty. */
static inline void
reader_open_as(const struct session_kind *kind, struct world *w, struct ws *ws, const char *resume)
{
    const struct ws_request request = {
        .route = {ROUTE_CHAT, str_of("g"), str_of("u"), str_of("-"), str_of(resume)},
        .is_v2 = true};

    text_clear(&ws->got);
    ws->full = ws->wants_writable = false;
    ws->session = session_create(&w->owner, ws, &request, kind, NULL);
}

static inline void
reader_open(struct world *w, struct ws *ws, const char *resume)
{
    reader_open_as(&reader_kind, w, ws, resume);
}

/* It comes, or comes back: with its position if it has one. */
static inline void
reader_come(struct world *w, struct reader_client *c)
{
    char resume[40] = "";

    if (c->epoch[0] != '\0') {
        snprintf(resume, sizeof(resume), "%s-%d", c->epoch, c->at);
    }
    c->is_welcome = c->is_cut_off = false;
    reader_open(w, c->ws, resume);
}

#endif
