/* review.c - any bytes as the site's answer: what is taken of it may be stored and told. And as a
 * message: what the site is shown of it is JSON, and says the same. */
#include "lib/review/answer.h"
#include "lib/review/question.h"

#include "lib/json.h"
#include "lib/utf8.h"
#include "tests/fuzz/fuzz.h"

enum {
    MESSAGE_BYTES = 40
};

static bool
is_reason(const char *reason)
{
    size_t length = strspn(reason, "abcdefghijklmnopqrstuvwxyz_");

    return length > 0 && length <= REVIEW_REASON_MAX && reason[length] == '\0';
}

static void
check_answer(struct str body, size_t max_message_bytes)
{
    struct review_answer a;
    struct str info;

    review_answer_read(&a, body, max_message_bytes);
    info = text_str(&a.info);
    CHECK(a.verdict == REVIEW_FAILED || body.len <= review_answer_max_bytes(max_message_bytes));
    CHECK((a.verdict == REVIEW_REPLACED) == (info.len > 0));
    CHECK((a.verdict == REVIEW_REFUSED) == (a.reason[0] != '\0'));
    if (a.verdict == REVIEW_REPLACED) {
        CHECK(info.len <= max_message_bytes && utf8_valid(info));
        CHECK(memchr(info.p, '\0', info.len) == NULL);
    }
    CHECK(a.verdict != REVIEW_REFUSED || is_reason(a.reason));
    review_answer_fini(&a);
}

static void
check_member(const struct json_object *root, const char *key, struct str wanted)
{
    struct str text;

    CHECK(json_get_text(root, key, &text) && str_equal(text, wanted));
}

static void
check_question(const struct review_question *q)
{
    struct json_object *root;
    struct text out;

    text_init(&out);
    review_question_add(&out, q);
    CHECK(memchr(out.bytes, '\n', out.len) == NULL);
    CHECK(json_parse(&root, text_str(&out), 2) && json_is_strict(text_str(&out)));
    check_member(root, "groupId", q->group);
    check_member(root, "userId", q->user);
    check_member(root, "info", q->info);
    check_member(root, "client", q->client);
    json_free(root);
    text_fini(&out);
}

static void
fuzz(struct str input)
{
    struct review_question q;

    check_answer(input, MESSAGE_BYTES);
    check_answer(input, 1 << 20);
    if (utf8_valid(input)) {
        q.group = fuzz_part(&input, '\n');
        q.user = fuzz_part(&input, '\n');
        q.client = fuzz_part(&input, '\n');
        q.info = input;
        check_question(&q);
    }
}
