/* question.c - one question of a stream to Redis. */
#include "push-daemon/resume/question.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/redis/commands.h"
#include "lib/redis/resp.h"

enum {
    PIECE_ENTRIES = 500 /* of the further pieces of a list, at most */
};

static void
question_destroy_marked(struct marked *m)
{
    question_destroy((struct question *)m);
}

struct question *
question_create(void *owner, struct position from, bool in_one)
{
    struct question *q = mem_zalloc(sizeof(*q));

    q->request.owner = owner;
    q->request.destroy = question_destroy_marked;
    q->missed.from = from;
    q->missed.in_one = in_one;
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
        .window = q->missed.in_one ? MISSED_ENTRIES_MAX : config->message.list_num,
        .bytes = q->missed.in_one ? MISSED_BYTES_MAX : CMD_PIECE_BYTES,
    };
    struct argv argv;
    bool sent;

    argv_init(&argv);
    cmd_resume(&argv, config, &args);
    sent = marks_request(marks, &q->request, &argv);
    argv_fini(&argv);
    return sent;
}

static enum question_answer
question_ask_more(struct question *q, const struct config *config, struct str group)
{
    struct trail_place next;
    struct argv argv;
    bool sent;

    if (!trail_find(&q->missed.trail, &next)) {
        return QUESTION_STUCK;
    }
    argv_init(&argv);
    cmd_list_more(&argv, config, group, &next.place, (int64_t)next.known + PIECE_ENTRIES,
                  (int64_t)next.known_bytes + CMD_PIECE_BYTES);
    sent = marks_ask_more(&q->request, &argv);
    argv_fini(&argv);
    return sent ? QUESTION_MORE : QUESTION_LOST;
}

static bool
question_is_wrong_type(const struct reply *reply)
{
    struct str text = reply_text(reply);

    return reply_type(reply) == REPLY_ERROR &&
           memmem(text.p, text.len, "WRONGTYPE", strlen("WRONGTYPE")) != NULL;
}

enum question_answer
question_take(struct question *q, const struct config *config, const struct missed_reader *reader,
              const struct reply *reply)
{
    if (question_is_wrong_type(reply)) {
        return QUESTION_UNREADABLE;
    }
    if (q->is_read && !missed_add(&q->missed, reader, reply)) {
        return reply_type(reply) == REPLY_LIST ? QUESTION_GONE : QUESTION_LOST;
    }
    if (!q->is_read && !missed_read(&q->missed, reader, reply)) {
        return QUESTION_LOST;
    }
    q->is_read = true;
    return q->missed.lacks ? question_ask_more(q, config, reader->group) : QUESTION_WHOLE;
}
