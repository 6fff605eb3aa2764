/* a_review.h - the review of messages by a site that the test is. */
#ifndef TESTS_UNIT_PUSHD_REVIEW_A_REVIEW_H
#define TESTS_UNIT_PUSHD_REVIEW_A_REVIEW_H

#include <stdio.h>
#include <stdlib.h>

#include "lib/mem.h"
#include "push-daemon/append/append.h"
#include "push-daemon/client/session.h"
#include "push-daemon/review/requests.h"
#include "push-daemon/review/review.h"
#include "tests/unit/push-daemon/a_env.h"
#include "tests/unit/push-daemon/fake_log.h"

enum {
    MESSAGES_MAX = 3000,
    BIG_BYTES = 1 << 20
};

struct requests {
    requests_fn *fn;
    void *ctx;
};

/* One that the site was asked. */
struct request {
    void *arg;
    bool is_over;
    char asked[100]; /* as "URL g u info client 24576/16" */
};

static struct test {
    struct a_env env;
    struct review *review;
    struct session sessions[3];
    struct requests requests;
    struct request asked[MESSAGES_MAX];
    size_t asks, under_way;
    bool redis_is_away;
    struct text stored; /* as "info." */
    struct text told;   /* as "info=result(reason)." */
} t;

static char messages[MESSAGES_MAX][12]; /* the text of each, as its arg */

/* ---- the site, and Redis ---- */

struct requests *
requests_create(struct loop *loop, requests_fn *fn, void *ctx)
{
    assert_ptr_equal(loop, t.env.env.loop);
    t.requests = (struct requests){fn, ctx};
    return &t.requests;
}

void
requests_destroy(struct requests *rs)
{
    assert_true(rs == NULL || rs == &t.requests);
}

struct request *
requests_start(struct requests *rs, const struct review_asking *a, size_t connections, void *arg)
{
    struct request *request = &t.asked[t.asks++];
    const struct review_question *q = &a->question;

    assert_ptr_equal(rs, &t.requests);
    request->arg = arg;
    snprintf(request->asked, sizeof(request->asked), "%s %.*s %.*s %.*s %.*s %zu/%zu", a->url,
             (int)q->group.len, q->group.p, (int)q->user.len, q->user.p, (int)(q->info.len % 20),
             q->info.p, (int)q->client.len, q->client.p, a->max_message_bytes, connections);
    t.under_way++;
    return request;
}

static inline void
end_request(struct request *request)
{
    assert_false(request->is_over);
    request->is_over = true;
    t.under_way--;
}

void
requests_cancel(struct requests *rs, struct request *request)
{
    assert_ptr_equal(rs, &t.requests);
    end_request(request);
}

size_t
requests_count(const struct requests *rs)
{
    assert_ptr_equal(rs, &t.requests);
    return t.under_way;
}

bool
append_message(struct appender *a, const struct session *s, const struct append_message *m,
               append_fn *fn, void *arg)
{
    assert_null(a);
    assert_non_null(s);
    assert_non_null(fn);
    assert_non_null(arg);
    if (t.redis_is_away) {
        return false;
    }
    text_add(&t.stored, m->info.p, m->info.len % 20);
    text_add_str(&t.stored, ".");
    return true;
}

static inline void
answer(size_t i, enum review_verdict verdict, const char *text)
{
    struct review_answer a = {.verdict = verdict};

    end_request(&t.asked[i]);
    if (verdict == REVIEW_REPLACED) {
        text_add_str(&a.info, text);
    } else {
        strcpy(a.reason, text);
    }
    t.requests.fn(t.requests.ctx, t.asked[i].arg, &a, "why");
    review_answer_fini(&a);
}

/* ---- what the tests say ---- */

static inline void
on_outcome(void *arg, const struct append_outcome *outcome)
{
    text_add_str(&t.told, arg);
    text_add_str(&t.told, "=");
    text_add_int(&t.told, outcome->result);
    text_add(&t.told, outcome->reason.p, outcome->reason.len);
    text_add_str(&t.told, ".");
}

static inline int
setup(void **state)
{
    (void)state;
    memset(&t, 0, sizeof(t));
    fake_log_clear();
    a_env_make(&t.env);
    a_config_set(&t.env.config, "im.hook.url", "http://site/");
    for (int i = 0; i < 3; i++) {
        assert_true(address_parse(&t.sessions[i].client, BYTES("192.0.2.7")));
    }
    text_add_str(&t.stored, "");
    text_add_str(&t.told, "");
    t.review = review_create(&t.env.env, NULL);
    return 0;
}

static inline int
teardown(void **state)
{
    (void)state;
    review_destroy(t.review);
    for (int i = 0; i < 3; i++) {
        assert_null(t.sessions[i].chat.review);
    }
    text_fini(&t.stored);
    text_fini(&t.told);
    a_env_free(&t.env);
    return 0;
}

static inline bool
say_text(int session, struct str info, char *arg)
{
    struct append_message m = {BYTES("g"), BYTES("u"), info, BYTES(""), BYTES(""), CMD_UNVERIFIED};

    return review_message(t.review, &t.sessions[session], &m, on_outcome, arg);
}

/* Session 0, 1 or 2 says the number. */
static inline void
say(int session, int number)
{
    snprintf(messages[number], sizeof(messages[number]), "%d", number);
    assert_true(say_text(session, str_of(messages[number]), messages[number]));
}

static inline void
assert_happened(const char *stored, const char *told)
{
    assert_bytes(text_str(&t.stored), str_of(stored));
    assert_bytes(text_str(&t.told), str_of(told));
    text_clear(&t.stored);
    text_clear(&t.told);
}

static inline void
wait_ms(int64_t ms)
{
    fake_loop_advance(t.env.env.loop, ms);
}

#endif
