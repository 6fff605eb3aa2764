/* request.c - one question to the site by HTTP. */
#include "lib/review/request.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/log.h"
#include "lib/mem.h"

struct review_request {
    CURL *easy;
    struct curl_slist *headers;
    struct text question; /* the body that is sent */
    struct text body;     /* the one that came back */
    size_t max_message_bytes;
    struct review_answer answer;
    char why[CURL_ERROR_SIZE];
};

/* Returns less than it was given if the answer is too large; libcurl then ends the transfer. */
static size_t
review_request_on_body(char *bytes, size_t size, size_t count, void *ctx)
{
    struct review_request *r = ctx;
    size_t more = size * count;

    if (r->body.len + more > review_answer_max_bytes(r->max_message_bytes)) {
        return 0;
    }
    text_add(&r->body, bytes, more);
    return more;
}

static void
review_request_set_options(struct review_request *r)
{
    CURL *easy = r->easy;

    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* else it waits for a name's look-up to end */
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "fastim/" FASTIM_VERSION);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, r->headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, review_request_on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, r);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, r->why);
}

struct review_request *
review_request_create(void)
{
    struct review_request *r = mem_zalloc(sizeof(*r));

    curl_global_init(CURL_GLOBAL_NOTHING); /* it counts; TLS is not needed */
    r->easy = curl_easy_init();
    r->headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (r->easy == NULL || r->headers == NULL || curl_slist_append(r->headers, "Expect:") == NULL) {
        log_error("review reason=\"out of memory\"");
        abort();
    }
    text_init(&r->question);
    text_init(&r->body);
    review_request_set_options(r);
    return r;
}

void
review_request_destroy(struct review_request *r)
{
    if (r != NULL) {
        curl_easy_cleanup(r->easy);
        curl_slist_free_all(r->headers);
        text_fini(&r->question);
        text_fini(&r->body);
        review_answer_fini(&r->answer);
        free(r);
        curl_global_cleanup();
    }
}

bool
review_request_check(const char *url)
{
    if (*url == '\0' ||
        (curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_ASYNCHDNS) != 0) {
        return true;
    }
    log_error("im.hook.url reason=\"libcurl was built without a threaded resolver, so a slow name "
              "server would stop everything\"");
    return false;
}

void
review_request_prepare(struct review_request *r, const struct review_asking *asking)
{
    text_clear(&r->question);
    text_clear(&r->body);
    review_answer_fini(&r->answer);
    *r->why = '\0';
    review_question_add(&r->question, &asking->question);
    r->max_message_bytes = asking->max_message_bytes;
    curl_easy_setopt(r->easy, CURLOPT_URL, asking->url);
    curl_easy_setopt(r->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->question.len);
    curl_easy_setopt(r->easy, CURLOPT_POSTFIELDS, r->question.bytes);
}

void *
review_request_handle(struct review_request *r)
{
    return r->easy;
}

static void
review_request_note(struct review_request *r, const char *why)
{
    if (*r->why == '\0') {
        snprintf(r->why, sizeof(r->why), "%s", why);
    }
}

const struct review_answer *
review_request_end(struct review_request *r, int code)
{
    char status[40];
    long number = 0;

    r->answer.verdict = REVIEW_FAILED;
    curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &number);
    if (code != CURLE_OK) {
        review_request_note(r, curl_easy_strerror((CURLcode)code));
    } else if (number != 200) {
        snprintf(status, sizeof(status), "it answered with status %ld", number);
        review_request_note(r, status);
    } else {
        review_answer_read(&r->answer, text_str(&r->body), r->max_message_bytes);
        review_request_note(r, "its answer is none of allow, replace and refuse");
    }
    return &r->answer;
}

const struct review_answer *
review_request_run(struct review_request *r, int64_t timeout_ms)
{
    curl_easy_setopt(r->easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    return review_request_end(r, (int)curl_easy_perform(r->easy));
}

const char *
review_request_why(const struct review_request *r)
{
    return r->why;
}
