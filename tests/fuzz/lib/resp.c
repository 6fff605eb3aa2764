/* resp.c - any bytes as replies of Redis: each is read to its leaves, and what we send we can
 * read. */
#include "lib/redis/resp.h"

#include "lib/redis/argv.h"
#include "lib/redis/sentinel.h"
#include "lib/config/settings.h"
#include "tests/fuzz/replies.h"

static const struct config *
settings(void)
{
    static struct config config;

    if (config.redis.host == NULL) {
        settings_set_defaults(&config);
        CHECK(
            settings_set(&config, settings_find("redis.sentinels"), str_of("127.0.0.1:1 [::1]:2")));
    }
    return &config;
}

static void
walk(const struct reply *r)
{
    enum reply_type type = reply_type(r);
    struct str text = reply_text(r), complaint = reply_complaint(r);

    CHECK(r != NULL && type != REPLY_LOST && type < REPLY_TYPE__MAX);
    CHECK(type == REPLY_INT || reply_int(r) == 0);
    CHECK(type == REPLY_LIST || reply_count(r) == 0);
    CHECK(type == REPLY_TEXT || type == REPLY_ERROR || text.len == 0);
    CHECK(text.p[text.len] == '\0');
    CHECK(fuzz_within(complaint, text) && (type == REPLY_ERROR || complaint.len == 0));
    CHECK(type == REPLY_ERROR || !reply_is_error(r, ""));
    for (size_t i = 0; i < reply_count(r); i++) {
        walk(reply_at(r, i));
    }
}

/* The input's lines as a command's words: an array of texts, by Redis' own reading. */
static void
check_command(struct str input)
{
    struct argv c;
    struct text out;
    struct resp *r;
    struct reply *back;

    argv_init(&c);
    text_init(&out);
    argv_add_str(&c, "SET");
    while (input.len > 0) {
        argv_add(&c, fuzz_part(&input, '\n'));
    }
    argv_format(&out, &c);
    r = replies_open(text_str(&out));
    back = replies_next(r);
    CHECK(reply_count(back) == c.count);
    for (size_t i = 0; i < c.count; i++) {
        CHECK(str_equal(reply_text(reply_at(back, i)), argv_word(&c, i)));
    }
    reply_free(back);
    CHECK(replies_next(r) == NULL);
    resp_close(r);
    argv_fini(&c);
    text_fini(&out);
}

static void
fuzz(struct str input)
{
    struct redis_addr master;
    struct resp *r;
    struct reply *reply;

    if (input.len == 0 || !replies_are_affordable(input)) {
        return;
    }
    r = replies_open(input);
    while ((reply = replies_next(r)) != NULL) {
        walk(reply);
        (void)sentinel_epoch(reply);
        if (sentinel_take(settings(), reply, &master)) {
            CHECK(master.redis.port > 0 && master.redis.port <= 65535);
            CHECK(memchr(master.address, 0, sizeof(master.address)) != NULL);
        }
        reply_free(reply);
    }
    resp_close(r);
    check_command(input);
}
