/* test_index.c - users, the groups that they are in, and what is new there. */
#include "push-daemon/grouplist/index.h"

#include <stdlib.h>

#include "push-daemon/frames/outbox.h"
#include "tests/unit/push-daemon/replies.h"

static struct group_index w;

/* ids: as Redis answers. */
static void
set_groups(struct index_user *u, const char *wire)
{
    struct reply *ids = reply_parse(wire);

    assert_true(index_find_groups(&w, u, ids));
    index_set_groups(&w, u);
    reply_free(ids);
}

static struct index_group *
find_group(const char *id)
{
    struct index_group *g;

    HASH_FIND(hh, w.groups, id, strlen(id), g);
    return g;
}

/* Returns true if a message is to be looked for behind it. */
static bool
update(const char *id, int64_t total, const char *raw)
{
    return index_update(&w, find_group(id), total, str_of(raw));
}

static void
assert_list(const struct index_user *u, const char *wanted)
{
    struct blob *frame = index_frame(u);

    assert_int_equal(frame->bytes[1], frame->length - 2); /* the head of a short frame */
    assert_bytes(str_make(frame->bytes + 2, frame->length - 2), str_of(wanted));
    blob_unref(frame);
}

#define NO_GROUP   "*0\r\n"
#define GROUP_A    "*1\r\n$1\r\na\r\n"
#define GROUPS_AB  "*2\r\n$1\r\na\r\n$1\r\nb\r\n"
#define GROUPS_BA  "*2\r\n$1\r\nb\r\n$1\r\na\r\n"
#define GROUPS_BC  "*2\r\n$1\r\nb\r\n$1\r\nc\r\n"
#define MESSAGE(n) "{\"groupId\":\"x\",\"userId\":1,\"info\":\"hi\",\"ts\":" #n "}"

static void
a_user_is_made_once(void **state)
{
    struct index_user *u = index_get_user(&w, BYTES("u"));

    (void)state;
    assert_ptr_equal(index_get_user(&w, BYTES("u")), u);
    assert_ptr_not_equal(index_get_user(&w, BYTES("v")), u);
    assert_int_equal(HASH_COUNT(w.users), 2);
    assert_bytes(str_make(u->id, u->id_len), BYTES("u"));
    index_drop_user(&w, u);
    index_drop_user(&w, index_get_user(&w, BYTES("v")));
    assert_null(w.users);
}

static void
a_group_is_there_as_long_as_a_user_is_in_it(void **state)
{
    struct index_user *u = index_get_user(&w, BYTES("u")), *v = index_get_user(&w, BYTES("v"));

    (void)state;
    set_groups(u, GROUPS_AB);
    set_groups(v, GROUPS_BC);
    assert_int_equal(HASH_COUNT(w.groups), 3);
    assert_int_equal(find_group("b")->users, 2);
    set_groups(u, GROUP_A);
    assert_int_equal(find_group("b")->users, 1);
    index_drop_user(&w, v);
    assert_null(find_group("b"));
    assert_null(find_group("c"));
    assert_non_null(find_group("a"));
    index_drop_user(&w, u);
    assert_null(w.groups);
}

/* Others may have put anything into the user's set. */
static void
what_is_no_group_id_is_left_out(void **state)
{
    struct index_user *u = index_get_user(&w, BYTES("u"));

    (void)state;
    set_groups(u, "*5\r\n$0\r\n\r\n$3\r\na/b\r\n$2\r\nok\r\n:7\r\n$1\r\n\xff\r\n");
    assert_int_equal(u->group_count, 1);
    assert_bytes(str_make(u->groups[0]->id, u->groups[0]->id_len), BYTES("ok"));
    assert_int_equal(HASH_COUNT(w.groups), 1);
    index_drop_user(&w, u);
}

static void
a_list_has_a_new_version_if_its_groups_are_others(void **state)
{
    static const struct {
        const char *before, *after;
        bool is_new;
    } rows[] = {
        {GROUPS_AB, GROUPS_AB, false}, {GROUPS_AB, GROUPS_BA, false}, /* a set has no order */
        {GROUPS_AB, GROUPS_BC, true},  {GROUPS_AB, GROUP_A, true},    {GROUP_A, GROUPS_AB, true},
        {GROUP_A, NO_GROUP, true},     {NO_GROUP, GROUP_A, true},     {NO_GROUP, NO_GROUP, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct index_user *u = index_get_user(&w, BYTES("u"));

        set_groups(u, rows[i].before);
        index_list(&w, u);
        assert_int_equal(u->version, 1); /* the first one is known now */
        set_groups(u, rows[i].after);
        index_list(&w, u);
        assert_int_equal(u->version, rows[i].is_new ? 2 : 1);
        index_drop_user(&w, u);
    }
}

static void
a_list_has_a_new_version_if_one_of_its_groups_has_news(void **state)
{
    struct index_user *u = index_get_user(&w, BYTES("u"));
    static const struct {
        int64_t total;
        const char *raw;
        bool is_new;
    } rows[] = {
        {1, MESSAGE(5), true}, {1, MESSAGE(5), false}, {2, MESSAGE(5), true}, {2, MESSAGE(6), true},
        {2, "garbage", true},  {2, "garbage", false},  {0, "", true},         {0, "", false},
    };

    (void)state;
    set_groups(u, GROUPS_AB);
    index_list(&w, u);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t before = u->version;

        update("b", rows[i].total, rows[i].raw);
        index_list(&w, u);
        assert_int_equal(u->version, before + rows[i].is_new);
    }
    index_drop_user(&w, u);
}

/* A round breaks off, and its lists are not sent. What was seen in it is news in the next one. */
static void
what_a_broken_round_has_seen_is_news_in_the_next(void **state)
{
    struct index_user *u = index_get_user(&w, BYTES("u"));

    (void)state;
    set_groups(u, GROUPS_AB);
    update("a", 1, MESSAGE(5));
    index_list(&w, u);
    update("a", 2, MESSAGE(6));
    update("a", 2, MESSAGE(6));
    index_list(&w, u);
    assert_int_equal(u->version, 2);
    set_groups(u, GROUP_A);
    set_groups(u, GROUP_A);
    index_list(&w, u);
    assert_int_equal(u->version, 3);
    index_list(&w, u);
    assert_int_equal(u->version, 3);
    update("a", 3, MESSAGE(7)); /* two rounds break, and the first of them saw nothing */
    update("a", 3, MESSAGE(7));
    index_list(&w, u);
    assert_int_equal(u->version, 4);
    index_drop_user(&w, u);
}

static void
a_frame_has_the_newest_message_of_each_group(void **state)
{
    struct index_user *u = index_get_user(&w, BYTES("u"));

    (void)state;
    assert_list(u, "[]");
    set_groups(u, GROUPS_AB);
    assert_false(index_has_message(u));
    assert_list(u, "[{\"newMessage\":null,\"total\":0},{\"newMessage\":null,\"total\":0}]");
    update("b", 7, MESSAGE(5));
    assert_true(index_has_message(u));
    assert_list(u, "[{\"newMessage\":{\"groupId\":\"b\",\"userId\":\"1\",\"info\":\"hi\",\"ts\":5},"
                   "\"total\":7},{\"newMessage\":null,\"total\":0}]");
    update("a", 1, "garbage");
    assert_list(u, "[{\"newMessage\":{\"groupId\":\"b\",\"userId\":\"1\",\"info\":\"hi\",\"ts\":5},"
                   "\"total\":7},{\"newMessage\":null,\"total\":1}]");
    update("b", 8, "garbage");
    assert_false(index_has_message(u));
    assert_list(u, "[{\"newMessage\":null,\"total\":1},{\"newMessage\":null,\"total\":8}]");
    index_drop_user(&w, u);
}

/* A set that changes while it is read may give an id twice, and it comes in pieces. */
static void
groups_come_in_pieces_and_each_counts_once(void **state)
{
    struct index_user *u = index_get_user(&w, BYTES("u"));
    struct reply *one = reply_parse(GROUPS_AB), *two = reply_parse(GROUPS_BC);

    (void)state;
    assert_true(index_find_groups(&w, u, one));
    assert_int_equal(u->group_count, 0);
    assert_true(index_find_groups(&w, u, two));
    index_set_groups(&w, u);
    assert_int_equal(u->group_count, 3);
    assert_int_equal(find_group("b")->users, 1);
    assert_true(index_find_groups(&w, u, one)); /* and the connection breaks */
    index_drop_found(&w, u);
    assert_int_equal(u->group_count, 3);
    assert_int_equal(find_group("a")->users, 1);
    assert_true(index_find_groups(&w, u, two));
    index_drop_user(&w, u);
    assert_null(w.groups);
    reply_free(one);
    reply_free(two);
}

static void
a_million_groups_of_a_user_are_not_looked_at(void **state)
{
    struct index_user *u = index_get_user(&w, BYTES("u"));
    struct text wire;
    struct reply *ids;

    (void)state;
    text_init(&wire);
    text_add_str(&wire, "*20000\r\n");
    for (int i = 0; i < 20000; i++) {
        text_add_str(&wire, "$6\r\n");
        text_add_int(&wire, 100000 + i);
        text_add_str(&wire, "\r\n");
    }
    ids = reply_parse(wire.bytes);
    assert_false(index_find_groups(&w, u, ids));
    assert_false(index_find_groups(&w, u, ids));
    index_set_groups(&w, u);
    assert_int_equal(u->group_count, INDEX_GROUPS_MAX);
    assert_int_equal(HASH_COUNT(w.groups), INDEX_GROUPS_MAX);
    index_drop_user(&w, u);
    reply_free(ids);
    text_fini(&wire);
}

/* What is found behind a newest entry that is no message is remembered until length or entry
 * change. */
static void
a_message_behind_garbage_is_looked_for_once(void **state)
{
    struct index_user *u = index_get_user(&w, BYTES("u"));
    struct reply *found = reply_parse("*3\r\n$1\r\nx\r\n$45\r\n" MESSAGE(4) "\r\n$1\r\ny\r\n");
    struct reply *nothing = reply_parse("*1\r\n$1\r\nx\r\n");
    struct cmd_place place;

    (void)state;
    set_groups(u, GROUP_A);
    assert_false(update("a", 1, "garbage")); /* there is nothing behind it */
    assert_true(update("a", 7, "garbage that is longer than this"));
    place = index_search(find_group("a"));
    assert_int_equal(place.position, 6);
    assert_int_equal(place.step, -1);
    assert_int_equal(place.end, 0);
    assert_bytes(place.entry, BYTES("age that is longer than this"));
    assert_true(update("a", 7, "garbage that is longer than this")); /* not answered yet */
    index_settle(&w, find_group("a"), find_group("a")->changed, found);
    assert_list(u, "[{\"newMessage\":{\"groupId\":\"a\",\"userId\":\"1\",\"info\":\"hi\",\"ts\":4},"
                   "\"total\":7}]");
    index_list(&w, u);
    assert_false(update("a", 7, "garbage that is longer than this"));
    index_list(&w, u);
    assert_int_equal(u->version, 1);
    assert_true(update("a", 8, "garbage that is longer than this"));
    index_settle(&w, find_group("a"), find_group("a")->changed, nothing);
    assert_false(index_has_message(u));
    assert_false(update("a", 8, "garbage that is longer than this"));
    assert_true(update("a", 8, "other garbage"));
    assert_true(update("a", 3000, "x"));
    assert_int_equal(index_search(find_group("a")).end, 2000);
    assert_bytes(index_search(find_group("a")).entry, BYTES("x"));
    assert_false(update("a", 9, MESSAGE(9)));
    assert_true(index_has_message(u));
    index_drop_user(&w, u);
    reply_free(found);
    reply_free(nothing);
}

static void
a_huge_entry_is_no_message_and_rests(void **state)
{
    struct index_user *u = index_get_user(&w, BYTES("u"));
    struct index_group *g;
    uint64_t changed;

    (void)state;
    set_groups(u, GROUP_A);
    g = find_group("a");
    (void)update("a", 1, MESSAGE(5));
    changed = g->changed;
    index_update_huge(&w, g, 2, INT64_C(100) << 20, 5000);
    assert_false(index_has_message(u));
    assert_int_equal(g->rest_until_ms, 5000);
    assert_int_equal(g->changed, changed + 1);
    index_update_huge(&w, g, 2, INT64_C(100) << 20, 9000);
    assert_int_equal(g->rest_until_ms, 9000);
    assert_int_equal(g->changed, changed + 1);
    assert_false(update("a", 2, MESSAGE(6)));
    assert_int_equal(g->rest_until_ms, 0);
    assert_true(index_has_message(u));
    index_drop_user(&w, u);
}

/* Two rounds may ask for a group at the same time: what the later one has seen counts. */
static void
what_was_found_before_a_change_is_old(void **state)
{
    struct index_user *u = index_get_user(&w, BYTES("u"));
    struct reply *found = reply_parse("*1\r\n$45\r\n" MESSAGE(4) "\r\n");
    struct index_group *g;
    uint64_t changed;

    (void)state;
    set_groups(u, GROUP_A);
    g = find_group("a");
    assert_true(update("a", 2, "garbage"));
    changed = g->changed;
    assert_true(update("a", 4, "garbage behind a message"));
    index_settle(&w, g, changed, found);
    assert_false(index_has_message(u));
    assert_true(g->searching);
    changed = g->changed;
    assert_false(update("a", 5, MESSAGE(9)));
    index_settle(&w, g, changed, found);
    assert_int_equal(g->ts, 9);
    index_drop_user(&w, u);
    reply_free(found);
}

static void
a_list_is_complete_if_all_is_known(void **state)
{
    struct index_user *u = index_get_user(&w, BYTES("u"));
    struct reply *nothing = reply_parse("*0\r\n");

    (void)state;
    assert_true(index_is_complete(u)); /* it has no groups */
    set_groups(u, GROUPS_AB);
    assert_false(index_is_complete(u));
    update("a", 0, "");
    assert_false(index_is_complete(u));
    assert_true(update("b", 2, "garbage"));
    assert_false(index_is_complete(u));
    index_settle(&w, find_group("b"), find_group("b")->changed, nothing);
    assert_true(index_is_complete(u));
    index_update_huge(&w, find_group("b"), 2, INT64_C(100) << 20, 5000);
    assert_true(index_is_complete(u));
    index_drop_user(&w, u);
    reply_free(nothing);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_is_made_once),
        cmocka_unit_test(a_group_is_there_as_long_as_a_user_is_in_it),
        cmocka_unit_test(what_is_no_group_id_is_left_out),
        cmocka_unit_test(a_list_has_a_new_version_if_its_groups_are_others),
        cmocka_unit_test(a_list_has_a_new_version_if_one_of_its_groups_has_news),
        cmocka_unit_test(what_a_broken_round_has_seen_is_news_in_the_next),
        cmocka_unit_test(groups_come_in_pieces_and_each_counts_once),
        cmocka_unit_test(a_million_groups_of_a_user_are_not_looked_at),
        cmocka_unit_test(a_message_behind_garbage_is_looked_for_once),
        cmocka_unit_test(a_huge_entry_is_no_message_and_rests),
        cmocka_unit_test(what_was_found_before_a_change_is_old),
        cmocka_unit_test(a_list_is_complete_if_all_is_known),
        cmocka_unit_test(a_frame_has_the_newest_message_of_each_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
