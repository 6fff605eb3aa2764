/* question.c - what the site is shown of a message. */
#include "lib/review/question.h"

void
review_question_add(struct text *out, const struct review_question *q)
{
    text_reserve(out, q->group.len + q->user.len + q->info.len + q->client.len + 64);
    text_add_str(out, "{\"groupId\":");
    text_add_json(out, q->group);
    text_add_str(out, ",\"userId\":");
    text_add_json(out, q->user);
    text_add_str(out, ",\"info\":");
    text_add_json(out, q->info);
    text_add_str(out, ",\"client\":");
    text_add_json(out, q->client);
    text_add_str(out, "}");
}
