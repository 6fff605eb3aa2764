/* test_ledger.c - what the clients of fastim.v2 of one user have been told of its groups. */
#include "push-daemon/grouplist/ledger.h"

#include <stdlib.h>

#include "push-daemon/frames/blob.h"
#include "push-daemon/grouplist/index.h"
#include "tests/unit/push-daemon/replies.h"

static struct group_index w;
static struct index_user *u;

#define NO_GROUP  "*0\r\n"
#define GROUP_C   "*1\r\n$1\r\nc\r\n"
#define GROUPS_AB "*2\r\n$1\r\na\r\n$1\r\nb\r\n"
#define GROUPS_6  "*6\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n$1\r\nd\r\n$1\r\ne\r\n$1\r\nf\r\n"

static int
setup(void **state)
{
    (void)state;
    u = index_get_user(&w, BYTES("u"));
    ledger_create(&w, u);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    ledger_destroy(&w, u);
    index_drop_user(&w, u);
    assert_null(w.groups);
    assert_int_equal(w.ledgers, 0);
    return 0;
}

/* The user is in these groups, as Redis answers; it has no marks. */
static void
set_groups(const char *wire)
{
    struct reply *ids = reply_parse(wire);

    (void)index_find_groups(&w, u, ids);
    index_set_groups(&w, u);
    ledger_expect_marks(u);
    if (ledger_wants_marks(u)) {
        ledger_take_marks(u, NULL);
    }
    for (size_t i = 0; i < u->group_count; i++) {
        if (u->groups[i]->tally == NULL) {
            u->groups[i]->tally = tally_create(ENCODING_PLAIN);
            tally_clear(u->groups[i]->tally);
        }
    }
    assert_true(ledger_is_ready(u));
    reply_free(ids);
}

/* Each of its groups has a new message with so many bytes of text. */
static void
say(int64_t ts, size_t bytes)
{
    struct text entry;

    for (size_t i = 0; i < u->group_count; i++) {
        text_init(&entry);
        text_add_str(&entry, "{\"userId\":\"v\",\"info\":\"");
        for (size_t n = 0; n < bytes; n++) {
            text_add(&entry, "x", 1);
        }
        text_add_str(&entry, "\",\"ts\":");
        text_add_int(&entry, ts);
        text_add_str(&entry, "}");
        (void)index_update(&w, u->groups[i], ts, text_str(&entry));
        text_fini(&entry);
    }
}

static bool
shows_b(const void *ctx, struct str group)
{
    (void)ctx;
    return str_is(group, "b");
}

static const struct ledger_view any = {NULL, NULL}, some = {shows_b, NULL};

/* How often is that in the frames? Frees them. */
static int
count(struct blob *frames, const char *what)
{
    struct text text;
    int found = 0;

    if (frames == NULL) {
        return 0;
    }
    text_init(&text);
    text_add(&text, frames->bytes, frames->length);
    for (size_t i = 0; i + strlen(what) <= text.len; i++) {
        found += memcmp(text.bytes + i, what, strlen(what)) == 0;
    }
    text_fini(&text);
    blob_unref(frames);
    return found;
}

static void
a_group_that_was_left_is_known_until_that_is_told(void **state)
{
    (void)state;
    set_groups(GROUPS_AB);
    ledger_find_news(&w, u);
    assert_int_equal(count(ledger_all(u, any), "\"groupId\":"), 2);
    set_groups(GROUP_C);
    assert_int_equal(HASH_COUNT(w.groups), 3);
    ledger_find_news(&w, u);
    assert_int_equal(count(ledger_news(u, any), "{\"type\":\"left\",\"groupId\":\"a\"}"), 1);
    assert_int_equal(count(ledger_news(u, any), "{\"type\":\"left\",\"groupId\":\"b\"}"), 1);
    assert_int_equal(count(ledger_news(u, any), "{\"type\":\"group\""), 1);
    ledger_forget_news(&w, u);
    assert_int_equal(HASH_COUNT(w.groups), 1);
    ledger_find_news(&w, u);
    assert_null(ledger_news(u, any));
}

static void
a_client_that_sees_some_groups_is_told_of_them_alone(void **state)
{
    (void)state;
    set_groups(GROUPS_AB);
    ledger_find_news(&w, u);
    assert_int_equal(count(ledger_all(u, some), "\"groupId\":"), 1);
    say(1, 1);
    ledger_find_news(&w, u);
    assert_int_equal(count(ledger_news(u, any), "\"type\":\"group\""), 2);
    assert_int_equal(count(ledger_news(u, some), "\"group\":{\"groupId\":\"b\""), 1);
    set_groups(NO_GROUP);
    ledger_find_news(&w, u);
    assert_int_equal(count(ledger_news(u, some), "\"left\""), 1);
    set_groups(GROUP_C);
    ledger_find_news(&w, u);
    assert_null(ledger_news(u, some));
}

/* News of more than 4 MiB come in parts; but who comes gets as many groups as a frame may hold. */
static void
news_are_bounded_and_the_rest_comes_later(void **state)
{
    (void)state;
    set_groups(GROUPS_6);
    say(1, 1200000);
    ledger_find_news(&w, u);
    assert_int_equal(count(ledger_all(u, any), "\"total\":1"), 3);
    say(2, 1200000);
    for (int i = 0; i < 2; i++) {
        ledger_find_news(&w, u);
        assert_int_equal(count(ledger_news(u, any), "\"total\":2"), 3);
    }
    ledger_find_news(&w, u);
    assert_null(ledger_news(u, any));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_group_that_was_left_is_known_until_that_is_told, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_client_that_sees_some_groups_is_told_of_them_alone, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(news_are_bounded_and_the_rest_comes_later, setup, teardown),
    };

    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
