/* answer.c - what the site says to a message. */
#include "lib/review/answer.h"

#include "lib/json.h"

enum {
    DEPTH_MAX = 32,       /* of nested values */
    REST_MAX_BYTES = 1024 /* of an answer, besides its text */
};

size_t
review_answer_max_bytes(size_t max_message_bytes)
{
    return 6 * max_message_bytes + REST_MAX_BYTES; /* a byte of the text may be \u00XX */
}

static bool
review_answer_is_reason(struct str reason)
{
    for (size_t i = 0; i < reason.len; i++) {
        if ((reason.p[i] < 'a' || reason.p[i] > 'z') && reason.p[i] != '_') {
            return false;
        }
    }
    return reason.len > 0 && reason.len <= REVIEW_REASON_MAX;
}

static void
review_answer_read_reason(struct review_answer *a, const struct json_object *root)
{
    struct str reason;

    if (!json_get_text(root, "reason", &reason) || !review_answer_is_reason(reason)) {
        reason = str_of("review");
    }
    memcpy(a->reason, reason.p, reason.len);
    a->reason[reason.len] = '\0';
}

/* json_parse() has seen to it that texts are UTF-8. */
static bool
review_answer_read_info(struct review_answer *a, const struct json_object *root, size_t max_bytes)
{
    struct str info;

    if (!json_get_text(root, "info", &info) || info.len == 0 || info.len > max_bytes ||
        memchr(info.p, '\0', info.len) != NULL) {
        return false;
    }
    text_add(&a->info, info.p, info.len);
    return true;
}

static enum review_verdict
review_answer_read_object(struct review_answer *a, const struct json_object *root, size_t max_bytes)
{
    struct str action;

    if (!json_get_text(root, "action", &action)) {
        return REVIEW_FAILED;
    }
    if (str_is(action, "allow")) {
        return REVIEW_ALLOWED;
    }
    if (str_is(action, "refuse")) {
        review_answer_read_reason(a, root);
        return REVIEW_REFUSED;
    }
    return str_is(action, "replace") && review_answer_read_info(a, root, max_bytes)
               ? REVIEW_REPLACED
               : REVIEW_FAILED;
}

void
review_answer_read(struct review_answer *a, struct str body, size_t max_message_bytes)
{
    struct json_object *root;

    *a = (struct review_answer){.verdict = REVIEW_FAILED};
    if (body.len <= review_answer_max_bytes(max_message_bytes) &&
        json_parse(&root, body, DEPTH_MAX)) {
        if (json_is_strict(body)) {
            a->verdict = review_answer_read_object(a, root, max_message_bytes);
        }
        json_free(root);
    }
}

void
review_answer_fini(struct review_answer *a)
{
    text_fini(&a->info);
    *a = (struct review_answer){0};
}
