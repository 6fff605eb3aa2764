/* a_script.h - runs a script of events (a_stream.h has the letters), and tells what is wrong
 * then. */
#ifndef TESTS_UNIT_PUSHD_RESUME_A_SCRIPT_H
#define TESTS_UNIT_PUSHD_RESUME_A_SCRIPT_H

#include "tests/unit/push-daemon/resume/a_stream.h"

struct script {
    struct stage stage;
    bool lazy; /* turns end only where the script says so */
};

/* The oldest or the newest message of the list; SIZE_MAX: there is none. */
static inline size_t
script_find_message(const struct a_log *l, bool newest)
{
    size_t found = SIZE_MAX;

    for (size_t i = 0; i < l->count; i++) {
        if (l->list[i].id > 0 && (found == SIZE_MAX || newest)) {
            found = i;
        }
    }
    return found;
}

static inline bool
script_can(struct script *s, char event)
{
    const struct a_log *l = &s->stage.log;

    switch (event) {
    case 'j':
        return s->stage.reader_count < WORLD_CLIENTS;
    case 'k':
        return stage_find(&s->stage, false, false) != NULL;
    case 'l':
    case 'L':
    case 'f':
        return stage_find(&s->stage, true, false) != NULL;
    case 'R':
    case 'V':
        return l->epoch != 0 && script_find_message(l, false) != SIZE_MAX;
    case 'p':
    case 'z':
    case 'n':
        return l->epoch != 0;
    case 't':
        return l->count > 0;
    case 'O':
        return !l->is_open;
    case 'M':
        return l->is_open && !l->is_moved;
    case 'N':
        return l->is_moved;
    case 'B':
    case 'T':
        return l->is_open;
    case 's':
        return l->is_asked_to_listen;
    case 'd':
        return l->word_head < l->word_tail;
    case 'x':
        return l->commands.run < l->commands.tail;
    case 'a':
        return l->commands.head < l->commands.run;
    default:
        return true;
    }
}

/* What is written to Redis. False: it is another event. */
static inline bool
script_write(struct a_log *l, char event)
{
    switch (event) {
    case 'o':
    case 'i':
        log_write(l, event == 'o' ? 'a' : 'i', 0);
        return true;
    case 'r':
        log_write(l, 'r', l->last_id + 1);
        return true;
    case 'g':
        log_litter(l);
        return true;
    case 'R':
    case 'V':
        log_recall(l, script_find_message(l, event == 'R'));
        return true;
    case 'p':
        log_purge(l, 'a');
        return true;
    case 'z':
        log_clear(l);
        return true;
    case 'n':
        log_event(l, "notice", ",\"info\":\"x\"", l->given + 1, -1, 0);
        return true;
    default:
        return false;
    }
}

/* What befalls the slot. False: it is another event. */
static inline bool
script_move(struct stage *g, char event)
{
    struct a_log *l = &g->log;

    switch (event) {
    case 'Y':
        l->refuses = l->refuses == NULL ? "-TRYAGAIN Multiple keys\r\n" : NULL;
        return true;
    case 'O':
    case 'B':
        l->is_open = event == 'O';
        if (l->is_moved) { /* back again */
            l->is_moved = false;
        }
        stream_poll(g->stream, l->is_open ? g->polls : NULL);
        return true;
    case 'M':
        l->is_moved = true;
        return true;
    case 'N':
        l->is_moved = false;
        stage_cut(g);
        return true;
    case 'T':
        fake_loop_advance(g->world.env.loop, 300);
        stream_pump_if_due(g->stream);
        return true;
    default:
        return false;
    }
}

/* What befalls Redis and the connections to it. False: it is another event. */
static inline bool
script_harm(struct stage *g, char event)
{
    struct a_log *l = &g->log;

    switch (event) {
    case 't':
        g->trimmed = l->list[0].id > g->trimmed ? l->list[0].id : g->trimmed;
        log_remove(l, 0);
        return true;
    case 'X':
        log_lose_events(l);
        return true;
    case 'c':
        stage_cut(g);
        return true;
    case 'C':
        stage_lose_commands(g);
        return true;
    case 'E':
        log_lose_all(l);
        stage_cut(g);
        stage_lose_commands(g);
        return true;
    case 'D':
    case 'U':
        l->commands.down = event == 'D';
        return true;
    case 'W':
        l->refuses = l->refuses == NULL ? "-WRONGTYPE Operation against a key\r\n" : NULL;
        return true;
    default:
        return false;
    }
}

static inline void
script_arrive(struct stage *g, char event)
{
    switch (event) {
    case 's':
        stage_subscribe(g);
        return;
    case 'd':
        stage_deliver(g);
        return;
    case 'x':
        stage_run(g);
        return;
    case 'a':
        stage_answer(g, false);
        return;
    case 'P':
        stream_pump(g->stream);
        return;
    case 'e':
        stage_turn_end(g);
        return;
    default:
        fail_msg("no such event: %c", event);
    }
}

static inline void script_settle(struct script *s);

static inline void
script_step(struct script *s, char event)
{
    struct stage *g = &s->stage;

    if (!script_can(s, event)) {
        fail_msg("%c cannot be", event);
    } else if (event == 'j') {
        stage_come(g, stage_add(g));
    } else if (event == 'k') {
        stage_come(g, stage_find(g, false, false));
    } else if (event == 'l' || event == 'L') {
        stage_leave(g, stage_find(g, true, event == 'L'));
    } else if (event == 'f') {
        stage_find(g, true, false)->ws->full = true;
    } else if (event == 'w') {
        for (int i = 0; i < g->reader_count; i++) {
            client_set_writable(g->readers[i].ws);
        }
    } else if (event == 'S') {
        script_settle(s);
    } else if (!script_write(&g->log, event) && !script_move(g, event) && !script_harm(g, event)) {
        script_arrive(g, event);
    }
    if (!s->lazy) {
        stage_turn_end(g);
    }
}

static inline void
script_drain(struct script *s)
{
    static const char events[] = "sdxa";
    int steps = 0;

    for (const char *event = events; *event != '\0';) {
        if (!script_can(s, *event)) {
            event++;
        } else if (steps++ == 1000) {
            reader_blame(&s->stage.readers[0], "it never ends", "");
            return;
        } else {
            script_step(s, *event);
            event = events;
        }
    }
}

/* If the list is read again and again, so does what the next reading brings. */
static inline void
script_settle(struct script *s)
{
    script_drain(s);
    for (int i = 0; i < 10 && script_can(s, 'T') && !script_can(s, 'x'); i++) {
        script_step(s, 'T');
    }
    script_drain(s);
}

static inline void
script_run(struct script *s, const char *events)
{
    for (; *events != '\0'; events++) {
        if (*events != ' ') {
            script_step(s, *events);
        }
    }
}

/* ---- what a client shows ---- */

static inline bool
script_shows(const struct reader_client *c, int id)
{
    int times = 0;

    for (int i = 0; i < c->count; i++) {
        times += c->shown[i].id == id;
    }
    return times == 1;
}

static inline bool
script_has(const struct a_log *l, int id)
{
    for (size_t i = 0; i < l->count; i++) {
        if (l->list[i].id == id) {
            return true;
        }
    }
    return false;
}

/* The list from its first message on, as far as it is there still. Late messages of before may come
 * behind a resume. */
static inline void
script_compare(const struct stage *g, struct reader_client *c)
{
    int newest = 0, events = 0;

    for (size_t i = 0; i < g->log.count; i++) {
        const struct log_message *m = &g->log.list[i];

        if (m->id > 0 && m->id >= c->floor && !script_shows(c, m->id)) {
            reader_blame(c, "not as the list", m->text);
        }
    }
    for (int i = 0; i < c->count; i++) {
        const struct reader_message *m = &c->shown[i];

        if (m->id > g->trimmed && !script_has(&g->log, m->id)) {
            reader_blame(c, "more than the list", "");
        } else if (m->ts > LOG_FIRST && m->id < newest) {
            reader_blame(c, "another order", "");
        }
        newest = m->ts > LOG_FIRST ? m->id : newest;
    }
    for (int i = 0; i < g->log.told_count; i++) {
        events += g->log.told[i] > c->list_at;
    }
    if (events != c->events) {
        reader_blame(c, "not all events", "");
    }
}

static inline void
script_lose_closed(struct stage *g)
{
    for (int i = 0; i < g->reader_count; i++) {
        struct reader_client *c = &g->readers[i];

        reader_take_all(c, g->list_num);
        if (c->ws->session != NULL && (c->is_cut_off || !session_is_open(c->ws->session))) {
            client_lose(c->ws);
        }
    }
}

/* All arrives, all come back, and one message more is written. Returns what is wrong; or "". */
static inline const char *
script_finish(struct script *s)
{
    struct stage *g = &s->stage;

    s->lazy = false;
    g->log.refuses = NULL;
    stage_turn_end(g);
    script_run(s, "UPSwS");
    script_lose_closed(g);
    while (script_can(s, 'k')) {
        script_step(s, 'k');
    }
    script_run(s, "PSoSw");
    for (int i = 0; i < g->reader_count && g->wrong[0] == '\0'; i++) {
        struct reader_client *c = &g->readers[i];

        reader_take_all(c, g->list_num);
        script_compare(g, c);
        if (c->wrong[0] != '\0' || !c->is_welcome) {
            snprintf(g->wrong, sizeof(g->wrong), "client %d: %s", i,
                     c->wrong[0] != '\0' ? c->wrong : "no welcome");
        }
    }
    stage_close(g);
    return g->wrong;
}

static inline void
script_open(struct script *s, const struct config *config)
{
    stage_open(&s->stage, config);
    s->lazy = false;
}

#endif
