/* list.c - the messages of a group go to the cluster. */
#include "fcgi-api/ctl/copy/list.h"

#include "fcgi-api/ctl/complain.h"

enum {
    WHOLE_BYTES = 1 << 20, /* a list of more goes in pieces */
    PIECE_BYTES = 1 << 20, /* about so large */
    PIECE_FIRST = 64,      /* entries: they may be large */
    PIECE_MAX = 10000
};

struct list {
    struct peer *source;
    struct target *target;
    const struct name *name; /* of the list */
    struct name made;        /* of the one that grows beside it */
    int64_t at;              /* so many entries were copied */
    int64_t step;            /* entries of the next piece */
};

static void
list_begin_made(struct list *l, const char *verb)
{
    value_begin(&l->target->argv, l->target->config, verb, &l->made);
}

static enum ctl_exit
list_add_piece(struct list *l, const struct reply *piece)
{
    size_t count = reply_count(piece);
    int64_t fit = PIECE_BYTES / (int64_t)(reply_bytes(piece) / count + 1) + 1;

    list_begin_made(l, "RPUSH");
    for (size_t i = 0; i < count; i++) {
        argv_add(&l->target->argv, reply_text(reply_at(piece, i)));
    }
    l->at += (int64_t)count;
    l->step = fit < 2 * l->step ? fit : 2 * l->step;
    l->step = l->step < PIECE_MAX ? l->step : PIECE_MAX;
    return target_ask(l->target, STORE_ONCE);
}

/* *end: the list has no further one. */
static enum ctl_exit
list_take_piece(struct list *l, bool *end)
{
    struct peer *source = l->source;
    enum ctl_exit exit;

    value_begin(&source->argv, source->wire.config, "LRANGE", l->name);
    argv_add_int(&source->argv, l->at);
    argv_add_int(&source->argv, l->at + l->step - 1);
    exit = peer_ask(source);
    *end = exit != CTL_DONE || reply_count(source->wire.reply) == 0;
    return *end ? exit : list_add_piece(l, source->wire.reply);
}

/* It is whole if the list has not changed since it was watched. */
static enum ctl_exit
list_check(struct list *l, int64_t *expiry_ms)
{
    struct peer *source = l->source;
    enum ctl_exit exit = value_expiry(source, l->name, expiry_ms);
    bool clean = true;

    if (exit == CTL_DONE && *expiry_ms != 0) {
        value_begin(&source->argv, source->wire.config, "WATCH", l->name);
        exit = peer_watch(source, &clean);
    }
    if (exit == CTL_DONE && !clean) {
        progress_clear(source->progress);
        complain("refused: somebody writes to room %.*s; stop all hosts, fastim-api as well",
                 (int)l->name->id.len, l->name->id.p);
        return CTL_REFUSED;
    }
    return exit;
}

/* It takes the place of the list, with its expiry. */
static enum ctl_exit
list_finish(struct list *l, enum value_result *result)
{
    int64_t expiry_ms;
    enum ctl_exit exit = list_check(l, &expiry_ms);

    if (exit == CTL_DONE && expiry_ms == 0) {
        *result = VALUE_GONE;
        list_begin_made(l, "DEL");
        return target_ask(l->target, STORE_REPEAT);
    }
    if (exit == CTL_DONE && expiry_ms > 0) {
        list_begin_made(l, "PEXPIRE");
        argv_add_int(&l->target->argv, expiry_ms);
        exit = target_ask(l->target, STORE_REPEAT);
    }
    if (exit == CTL_DONE) {
        list_begin_made(l, "RENAME");
        name_add(&l->target->argv, &l->target->config->redis, l->name);
        exit = target_ask(l->target, STORE_ONCE);
    }
    return exit;
}

static enum ctl_exit
list_copy_pieces(struct list *l, enum value_result *result)
{
    bool clean, end = false;
    enum ctl_exit exit;

    value_begin(&l->source->argv, l->source->wire.config, "WATCH", l->name);
    exit = peer_watch(l->source, &clean);
    while (exit == CTL_DONE && !end) {
        exit = list_take_piece(l, &end);
    }
    return exit == CTL_DONE ? list_finish(l, result) : exit;
}

/* *bytes: about so many, in Redis' memory. *is_list: it is one. */
static enum ctl_exit
list_measure(struct peer *source, const struct name *name, int64_t *bytes, bool *is_list)
{
    enum ctl_exit exit;

    value_begin(&source->argv, source->wire.config, "TYPE", name);
    exit = peer_ask(source);
    *is_list = exit == CTL_DONE && str_is(reply_text(source->wire.reply), "list");
    if (*is_list) {
        argv_clear(&source->argv);
        argv_add_str(&source->argv, "MEMORY");
        argv_add_str(&source->argv, "USAGE");
        name_add(&source->argv, &source->wire.config->redis, name);
        exit = peer_ask(source);
        *bytes = reply_int(source->wire.reply);
    }
    return exit;
}

enum ctl_exit
list_copy(struct peer *source, struct target *target, const struct name *name,
          enum value_result *result)
{
    struct list l = {.source = source,
                     .target = target,
                     .name = name,
                     .made = {.kind = KEY_COPY_LIST, .id = name->id},
                     .step = PIECE_FIRST};
    int64_t bytes = 0;
    bool is_list;
    enum ctl_exit exit = list_measure(source, name, &bytes, &is_list);

    if (exit != CTL_DONE || !is_list || bytes <= WHOLE_BYTES) {
        return exit == CTL_DONE ? value_copy(source, target, name, result) : exit;
    }
    return list_copy_pieces(&l, result);
}
