/* test_append_queue.c - the messages whose outcome is not known yet. */
#include "push-daemon/append/append_queue.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

static void
on_outcome(void *arg, const struct append_outcome *outcome)
{
    *(enum append_result *)arg = outcome->result;
}

static struct append_message
a_message(const char *info)
{
    return (struct append_message){BYTES("g"),        BYTES("u"),   str_of(info),
                                   str_make(NULL, 0), str_of("id"), CMD_UNVERIFIED};
}

static void
queue_keeps_copies_in_order(void **state)
{
    struct append_budget budget = {.max_bytes = 10000};
    struct append_queue q = {.budget = &budget};
    char info[] = "one";
    struct append_message one = a_message(info), two = a_message("two");
    struct append_entry *a = append_queue_add(&q, &one, NULL, NULL),
                        *b = append_queue_add(&q, &two, NULL, NULL);

    (void)state;
    info[0] = 'x';
    assert_ptr_equal(q.head, a);
    assert_ptr_equal(a->next, b);
    assert_int_equal(q.count, 2);
    assert_bytes(a->message.group, BYTES("g"));
    assert_bytes(a->message.user, BYTES("u"));
    assert_bytes(a->message.info, BYTES("one"));
    assert_bytes(a->message.token, BYTES(""));
    assert_bytes(a->message.id, BYTES("id"));
    assert_bytes(b->message.info, BYTES("two"));
    assert_false(a->sent);
    append_queue_clear(&q);
    assert_null(q.head);
    assert_int_equal(q.count, 0);
    assert_int_equal(budget.bytes, 0);
}

static void
queue_tells_the_sender_or_not(void **state)
{
    struct append_budget budget = {.max_bytes = 10000};
    struct append_queue q = {.budget = &budget};
    struct append_message m = a_message("m");
    enum append_result told[2] = {APPEND_RESULT__MAX, APPEND_RESULT__MAX};

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_non_null(append_queue_add(&q, &m, on_outcome, &told[i]));
    }
    append_queue_resolve(&q, q.head->next, APPEND_REFUSED);
    append_queue_drop(&q, q.head);
    assert_int_equal(told[0], APPEND_RESULT__MAX);
    assert_int_equal(told[1], APPEND_REFUSED);
    assert_int_equal(q.count, 0);
    assert_int_equal(budget.bytes, 0);
}

static void
queue_takes_no_more_than_its_bound(void **state)
{
    struct append_message m = a_message("0123456789");
    size_t size = sizeof(struct append_entry) + 1 + 1 + 10 + 2;
    struct append_budget budget = {.max_bytes = 2 * size};
    struct append_queue q = {.budget = &budget};

    (void)state;
    assert_non_null(append_queue_add(&q, &m, NULL, NULL));
    assert_non_null(append_queue_add(&q, &m, NULL, NULL));
    assert_int_equal(budget.bytes, 2 * size);
    assert_null(append_queue_add(&q, &m, NULL, NULL));
    assert_int_equal(q.count, 2);
    append_queue_drop(&q, q.head);
    assert_non_null(append_queue_add(&q, &m, NULL, NULL));
    append_queue_clear(&q);
}

static void
queue_hands_an_entry_on_to_another(void **state)
{
    struct append_budget budget = {.max_bytes = 10000};
    struct append_queue q = {.budget = &budget}, next = {.budget = &budget};
    struct append_message one = a_message("one"), two = a_message("two");
    enum append_result told = APPEND_RESULT__MAX;
    size_t bytes;

    (void)state;
    assert_non_null(append_queue_add(&q, &one, on_outcome, &told));
    assert_non_null(append_queue_add(&next, &two, NULL, NULL));
    bytes = budget.bytes;
    append_queue_move(&q, &next, q.head);
    assert_null(q.head);
    assert_int_equal(q.count, 0);
    assert_int_equal(next.count, 2);
    assert_int_equal(budget.count, 2);
    assert_int_equal(budget.bytes, bytes);
    append_queue_resolve(&next, next.head->next, APPEND_STORED);
    assert_int_equal(told, APPEND_STORED);
    append_queue_clear(&next);
    assert_int_equal(budget.bytes, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queue_keeps_copies_in_order),
        cmocka_unit_test(queue_tells_the_sender_or_not),
        cmocka_unit_test(queue_takes_no_more_than_its_bound),
        cmocka_unit_test(queue_hands_an_entry_on_to_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
