/* missed.c - any bytes as Redis' answer to "what did who stood there miss": frames in the order of
 * their numbers, or a list.
 *
 * Up to the first line end the input is the position asked for. */
#include "push-daemon/resume/missed.h"

#include "lib/garbage.h"
#include "lib/json.h"
#include "lib/utf8.h"
#include "push-daemon/frames/blob.h"
#include "push-daemon/frames/form.h"
#include "tests/fuzz/replies.h"

enum {
    LIST_NUM = 5,
    NOW_MS = 1000
};

struct seen {
    size_t count;
    int64_t at;
    size_t bytes;
};

static void
see(void *arg, struct str json, int64_t at)
{
    struct seen *seen = arg;

    CHECK(at >= seen->at || seen->count == 0);
    seen->count++;
    seen->at = at;
    seen->bytes += json.len;
}

static void
check_list(const struct missed *m)
{
    struct blob *blob = missed_blob(m, 0, &form_v2);
    struct text text;

    CHECK(m->count <= LIST_NUM && m->trail.entries == NULL);
    CHECK(missed_find(m, &m->from) == SIZE_MAX);
    CHECK(blob != NULL && blob->length > m->json.len);
    blob_unref(blob);
    text_init(&text);
    text_add(&text, m->json.bytes, m->json.len);
    CHECK(utf8_valid(text_str(&text)) && json_is_valid(text.bytes));
    text_fini(&text);
}

static void
check_frames(const struct missed *m)
{
    struct position p = position_make(str_of(m->now.epoch), m->from.at);

    CHECK(missed_find(m, &p) == 0);
    for (size_t i = 0; i <= m->count; i++) {
        struct blob *blob = missed_blob(m, i, &form_v2);

        CHECK((blob != NULL) == (i < m->count));
        blob_unref(blob);
        if (i > 0 && m->frames[i - 1].counts && m->frames[i - 1].at != m->from.at) {
            p.at = m->frames[i - 1].at;
            CHECK(missed_find(m, &p) == i);
        }
    }
}

static void
check(const struct missed *m)
{
    struct seen seen = {0};

    CHECK(position_is_set(&m->now));
    missed_each(m, 0, see, &seen);
    CHECK(seen.bytes == m->json.len);
    if (m->proven) {
        CHECK(seen.count == m->count);
        check_frames(m);
    } else {
        check_list(m);
    }
}

static void
fuzz(struct str input)
{
    static struct garbage garbage;
    const struct missed_reader reader = {
        .group = str_of("g"), .garbage = &garbage, .list_num = LIST_NUM, .redis_ms = NOW_MS};
    struct position from = position_parse(fuzz_part(&input, '\n'));
    struct missed m = {.from = from};
    struct resp *r;
    struct reply *reply;

    if (input.len == 0 || !replies_are_affordable(input)) {
        return;
    }
    r = replies_open(input);
    while ((reply = replies_next(r)) != NULL) {
        if (m.lacks ? missed_add(&m, &reader, reply) : missed_read(&m, &reader, reply)) {
            struct trail_place place;

            if (m.lacks) {
                CHECK(!trail_find(&m.trail, &place) || place.place.position > 0);
                reply_free(reply);
                continue; /* the next one is a further piece */
            }
            check(&m);
        }
        missed_fini(&m);
        m = (struct missed){.from = from};
        reply_free(reply);
    }
    missed_fini(&m);
    resp_close(r);
}
