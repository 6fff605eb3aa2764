/* review.c - the review by the site: who is asked when, and what becomes of a message. */
#include "push-daemon/review/review.h"

#include <stdlib.h>

#include "lib/mem.h"
#include "lib/review/site.h"
#include "push-daemon/append/append.h"
#include "push-daemon/client/session.h"
#include "push-daemon/core/env.h"
#include "push-daemon/review/queue.h"
#include "push-daemon/review/requests.h"

struct review {
    const struct env *env;
    struct appender *appender;
    struct requests *requests; /* NULL: the site was never asked */
    struct review_site site;
    char *url; /* of the site that is meant */
    struct review_queue queue;
    struct loop_timer *timer;
    int64_t timer_ms; /* when it fires; 0: it does not */
};

static const char timed_out[] = "it did not answer in time";

/* ---- decided ---- */

/* It is the oldest of its session. */
static void
review_release(struct review *r, struct review_item *item)
{
    static const enum append_result results[REVIEW_VERDICT__MAX] = {
        [REVIEW_ALLOWED] = APPEND_REFUSED, /* by Redis, which is away */
        [REVIEW_REPLACED] = APPEND_REFUSED,
        [REVIEW_REFUSED] = APPEND_NOT_ALLOWED,
        [REVIEW_FAILED] = APPEND_NOT_REVIEWED,
    };
    enum review_verdict verdict = item->answer.verdict;

    review_queue_remove(&r->queue, item);
    if (verdict == REVIEW_REPLACED) {
        item->message.info = text_str(&item->answer.info);
    }
    if ((verdict != REVIEW_ALLOWED && verdict != REVIEW_REPLACED) ||
        !append_message(r->appender, item->session, &item->message, item->fn, item->arg)) {
        item->fn(item->arg, &(struct append_outcome){.result = results[verdict],
                                                     .reason = str_of(item->answer.reason)});
    }
    review_item_free(item);
}

/* The client's oldest messages that are decided go on. */
static void
review_decide(struct review *r, struct review_item *item, enum review_verdict verdict)
{
    struct session *s = item->session;

    review_queue_decide(&r->queue, item);
    r->env->metrics->review_waiting = r->queue.open;
    item->answer.verdict = verdict;
    while (s->chat.review != NULL && s->chat.review->state == REVIEW_DECIDED) {
        review_release(r, s->chat.review);
    }
}

/* No answer is to come. */
static void
review_fail(struct review *r, struct review_item *item)
{
    bool allow = r->env->config->hook.on_failure == HOOK_ALLOWS;

    r->env->metrics->review_failed++;
    review_decide(r, item, allow ? REVIEW_ALLOWED : REVIEW_FAILED);
}

/* ---- the site ---- */

static void
review_note(struct review *r, bool has_answered, const char *why)
{
    if (review_site_note(&r->site, has_answered, why)) {
        while (r->queue.waiting != NULL) {
            review_fail(r, r->queue.waiting);
        }
    }
}

static void
review_take_answer(struct review *r, struct review_item *item, const struct review_answer *answer)
{
    struct metrics *metrics = r->env->metrics;

    metrics->review_allowed += answer->verdict == REVIEW_ALLOWED;
    metrics->review_replaced += answer->verdict == REVIEW_REPLACED;
    metrics->review_refused += answer->verdict == REVIEW_REFUSED;
    if (answer->verdict == REVIEW_REPLACED) {
        text_add(&item->answer.info, answer->info.bytes, answer->info.len);
    }
    memcpy(item->answer.reason, answer->reason, sizeof(answer->reason));
    review_decide(r, item, answer->verdict);
}

static void review_go_on(struct review *r);

static void
review_on_answer(void *ctx, void *arg, const struct review_answer *answer, const char *why)
{
    struct review *r = ctx;
    bool has_answered = answer->verdict != REVIEW_FAILED;

    if (has_answered) {
        review_take_answer(r, arg, answer);
    } else {
        review_fail(r, arg);
    }
    review_note(r, has_answered, why);
    review_go_on(r);
}

static void
review_ask(struct review *r, struct review_item *item)
{
    struct address_text client = address_text(&item->session->client);
    const struct append_message *m = &item->message;
    const struct config *config = r->env->config;
    const struct review_asking asking = {
        .url = config->hook.url,
        .question = {m->group, m->user, m->info, str_of(client.text)},
        .max_message_bytes = (size_t)config->message.max_message_bytes,
    };
    int64_t now = env_now_ms(r->env);

    if (r->requests == NULL) {
        r->requests = requests_create(r->env->loop, review_on_answer, r);
    }
    review_queue_ask(&r->queue, item, now + config->hook.timeout_ms);
    review_site_on_ask(&r->site, now);
    r->env->metrics->review_asked++;
    item->request = requests_start(r->requests, &asking, (size_t)config->hook.connections, item);
}

static bool
review_may_ask(const struct review *r)
{
    size_t under_way = r->requests != NULL ? requests_count(r->requests) : 0;

    return under_way < (size_t)r->env->config->hook.connections &&
           review_site_may_be_asked(&r->site, env_now_ms(r->env));
}

/* A SIGHUP may have named another site, or none. */
static void
review_follow_url(struct review *r)
{
    const char *url = r->env->config->hook.url;

    if (strcmp(r->url, url) != 0) {
        free(r->url);
        r->url = mem_dup(url, strlen(url));
        r->site = (struct review_site){0};
    }
    while (*url == '\0' && r->queue.waiting != NULL) {
        review_decide(r, r->queue.waiting, REVIEW_ALLOWED);
    }
}

/* ---- time ---- */

static void
review_set_timer(struct review *r)
{
    const struct review_item *next = review_queue_next(&r->queue);

    if (next != NULL && (r->timer_ms == 0 || next->deadline_ms < r->timer_ms)) {
        int64_t left_ms = next->deadline_ms - env_now_ms(r->env);

        r->timer_ms = next->deadline_ms;
        loop_timer_start(r->timer, left_ms > 0 ? left_ms : 0, 0);
    }
}

static void
review_go_on(struct review *r)
{
    review_follow_url(r);
    while (r->queue.waiting != NULL && review_may_ask(r)) {
        review_ask(r, r->queue.waiting);
    }
    review_set_timer(r);
}

/* Only those that the site was asked about tell something of the site. */
static void
review_on_timer(void *arg)
{
    struct review *r = arg;
    int64_t now = env_now_ms(r->env);

    r->timer_ms = 0;
    while (r->queue.asked != NULL && r->queue.asked->deadline_ms <= now) {
        requests_cancel(r->requests, r->queue.asked->request);
        review_fail(r, r->queue.asked);
        review_note(r, false, timed_out);
    }
    while (r->queue.waiting != NULL && r->queue.waiting->deadline_ms <= now) {
        review_fail(r, r->queue.waiting);
    }
    review_go_on(r);
}

/* ---- messages ---- */

static void
review_begin(struct review *r, struct review_item *item)
{
    int64_t now = env_now_ms(r->env);

    review_follow_url(r);
    if (r->queue.open >= REVIEW_WAITING_MAX || !review_site_may_be_asked(&r->site, now)) {
        review_fail(r, item);
        return;
    }
    review_queue_wait(&r->queue, item, now + r->env->config->hook.timeout_ms);
    r->env->metrics->review_waiting = r->queue.open;
    review_go_on(r);
}

bool
review_message(struct review *r, struct session *s, const struct append_message *m, append_fn *fn,
               void *arg)
{
    bool is_asked = *r->env->config->hook.url != '\0' && session_is_ordinary(s);
    struct review_item *item;

    if (!is_asked && s->chat.review == NULL) {
        return append_message(r->appender, s, m, fn, arg);
    }
    item = review_queue_add(&r->queue, s, m);
    if (item == NULL) {
        return false;
    }
    item->fn = fn;
    item->arg = arg;
    if (is_asked) {
        review_begin(r, item);
    } /* else it only waits for those before it */
    return true;
}

size_t
review_open_count(const struct review *r)
{
    return r->queue.count;
}

/* ---- life ---- */

struct review *
review_create(const struct env *env, struct appender *appender)
{
    struct review *r = mem_zalloc(sizeof(*r));

    r->env = env;
    r->appender = appender;
    r->url = mem_dup("", 0);
    r->timer = loop_timer_create(env->loop, review_on_timer, r);
    return r;
}

/* No message of the session is stored any more. */
static void
review_refuse_all(struct review *r, struct session *s)
{
    struct review_item *item;

    while ((item = s->chat.review) != NULL) {
        review_queue_decide(&r->queue, item);
        review_queue_remove(&r->queue, item);
        item->fn(item->arg, &(struct append_outcome){.result = APPEND_REFUSED});
        review_item_free(item);
    }
}

void
review_destroy(struct review *r)
{
    const struct review_item *open;

    if (r == NULL) {
        return;
    }
    while ((open = review_queue_next(&r->queue)) != NULL) {
        review_refuse_all(r, open->session);
    }
    requests_destroy(r->requests);
    loop_timer_destroy(r->timer);
    free(r->url);
    free(r);
}
