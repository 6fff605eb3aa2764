/* question.c - one question of a stream to Redis. */
#include "push-daemon/resume/question.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "lib/redis/commands.h"

enum {
    WINDOW_MAX = 10000, /* entries that are asked for at most; if few are messages, less is shown */
    WINDOW_GROWTH = 8
};

static void
question_destroy_marked(struct marked *m)
{
    question_destroy((struct question *)m);
}

struct question *
question_create(void *owner, struct position from)
{
    struct question *q = mem_zalloc(sizeof(*q));

    q->request.owner = owner;
    q->request.destroy = question_destroy_marked;
    q->missed.from = from;
    return q;
}

void
question_destroy(struct question *q)
{
    missed_fini(&q->missed);
    free(q);
}

bool
question_ask(struct question *q, const struct config *config, struct marks *marks, struct str group)
{
    struct cmd_resume_args args = {
        .group = group,
        .daemon_id = marks_daemon_id(marks),
        .mark = marks_next(marks),
        .epoch = str_of(q->missed.from.epoch),
        .at = q->missed.from.at,
    };
    struct argv argv;
    bool sent;

    if (q->window < config->message.list_num) {
        q->window = config->message.list_num;
    }
    args.window = q->window;
    argv_init(&argv);
    cmd_resume(&argv, config, &args);
    sent = marks_request(marks, &q->request, &argv);
    argv_fini(&argv);
    return sent;
}

/* Fewer entries than asked for, and not all: they are as many bytes as an answer may have. */
int64_t
question_wider(const struct question *q, size_t list_num)
{
    const struct missed *m = &q->missed;
    int64_t read = (int64_t)m->read, wider = q->window * WINDOW_GROWTH;

    if (m->proven || m->count >= list_num || read >= m->total || read < q->window ||
        q->window >= WINDOW_MAX) {
        return 0;
    }
    return wider < WINDOW_MAX ? wider : WINDOW_MAX;
}
