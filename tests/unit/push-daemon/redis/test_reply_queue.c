/* test_reply_queue.c - the FIFO of commands awaiting a reply. */
#include "push-daemon/redis/reply_queue.h"

#include "lib/redis/argv.h"
#include "tests/unit/unit.h"

struct seen {
    struct reply_queue *queue;
    int lost;
    bool asks_again;
};

static void
push_number(struct reply_queue *q, int64_t n)
{
    reply_queue_push(q, (struct pending_reply){.sent_ms = n});
}

/* Also while the ring grows with its first entry somewhere in the middle. */
static void
what_goes_in_first_comes_out_first(void **state)
{
    struct reply_queue q = {0};
    int64_t in = 0, out = 0;

    (void)state;
    assert_null(reply_queue_first(&q));
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 7; i++) {
            push_number(&q, in++);
        }
        for (int i = 0; i < 5; i++) {
            assert_int_equal(reply_queue_first(&q)->sent_ms, out);
            assert_int_equal(reply_queue_pop(&q).sent_ms, out++);
        }
        assert_int_equal(q.count, in - out);
    }
    while (q.count > 0) {
        assert_int_equal(reply_queue_pop(&q).sent_ms, out++);
    }
    assert_int_equal(out, in);
    assert_null(reply_queue_first(&q));
    reply_queue_fini(&q);
    assert_null(q.ring);
}

static void
a_copied_script_has_all_words(void **state)
{
    struct reply_queue q = {0};
    struct pending_reply p;
    struct argv argv;

    (void)state;
    argv_init(&argv);
    argv_add_str(&argv, "EVALSHA");
    argv_add_str(&argv, "");
    argv_add_str(&argv, "x");
    reply_queue_push(&q, (struct pending_reply){.script = reply_queue_copy_script(&argv)});
    argv_fini(&argv);
    p = reply_queue_pop(&q);
    assert_int_equal(p.script->count, 3);
    assert_bytes(argv_word(p.script, 0), BYTES("EVALSHA"));
    assert_bytes(argv_word(p.script, 1), BYTES(""));
    assert_bytes(argv_word(p.script, 2), BYTES("x"));
    pending_reply_fini(&p);
    assert_null(p.script);
    pending_reply_fini(&p);
    reply_queue_fini(&q);
}

static void
on_reply(void *arg, const struct reply *reply)
{
    struct seen *seen = arg;

    assert_null(reply);
    seen->lost++;
    if (seen->asks_again) {
        reply_queue_push(seen->queue, (struct pending_reply){on_reply, seen, NULL, 0});
    }
}

/* AddressSanitizer tells if a script is not freed. */
static void
all_pending_replies_are_reported_lost_once(void **state)
{
    struct reply_queue q = {0};
    struct seen once = {&q, 0, false}, again = {&q, 0, true};
    struct argv argv;

    (void)state;
    argv_init(&argv);
    argv_add_str(&argv, "EVALSHA");
    reply_queue_push(&q, (struct pending_reply){on_reply, &once, NULL, 0});
    reply_queue_push(&q, (struct pending_reply){NULL, NULL, NULL, 0});
    reply_queue_push(&q, (struct pending_reply){on_reply, &again, NULL, 0});
    reply_queue_push(&q,
                     (struct pending_reply){on_reply, &once, reply_queue_copy_script(&argv), 0});
    reply_queue_lose_all(&q);
    assert_int_equal(once.lost, 2);
    assert_int_equal(again.lost, 1);
    assert_int_equal(q.count, 1);
    reply_queue_push(&q, (struct pending_reply){.script = reply_queue_copy_script(&argv)});
    reply_queue_fini(&q);
    assert_int_equal(again.lost, 1);
    assert_int_equal(q.count, 0);
    argv_fini(&argv);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_first_comes_out_first),
        cmocka_unit_test(a_copied_script_has_all_words),
        cmocka_unit_test(all_pending_replies_are_reported_lost_once),
    };

    return cmocka_run_group_tests_name("reply_queue", tests, NULL, NULL);
}
