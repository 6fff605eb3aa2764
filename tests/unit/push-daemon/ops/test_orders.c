/* test_orders.c - what all daemons are told goes to the part that does it. */
#include "push-daemon/ops/orders.h"

#include <stdio.h>

#include "lib/redis/event.h"
#include "push-daemon/client/auth_events.h"
#include "push-daemon/words/words.h"
#include "tests/unit/unit.h"

#define AUTH  ((struct auth *)1)
#define WORDS ((struct words *)2)

static char happened[100];

void
auth_on_logout(struct auth *auth, struct str user)
{
    assert_ptr_equal(auth, AUTH);
    snprintf(happened, sizeof(happened), "logout:%.*s", (int)user.len, user.p);
}

void
auth_on_ban(struct auth *auth, struct str group, const struct event *e)
{
    assert_ptr_equal(auth, AUTH);
    assert_int_equal(group.len, 0);
    snprintf(happened, sizeof(happened), "ban:%.*s:%lld", (int)e->user.len, e->user.bytes,
             (long long)e->retry_ms);
}

void
words_on_change(struct words *w)
{
    assert_ptr_equal(w, WORDS);
    snprintf(happened, sizeof(happened), "words");
}

static void
each_order_goes_to_its_part(void **state)
{
    static const char *const orders[][2] = {
        {"{\"do\":\"close\",\"userId\":\"u\",\"code\":440,\"reason\":\"login\"}", "logout:u"},
        {"{\"do\":\"close\",\"userId\":\"u\",\"code\":403,\"retryAfter\":5}", "ban:u:5"},
        {"{\"do\":\"close\",\"address\":\"10.0.0.1\",\"code\":403}", "ban::0"},
        {"{\"do\":\"you\",\"userId\":\"u\"}", ""}, /* roles and mutes are of a group */
        {"{\"type\":\"settings\",\"settings\":{}}", ""},
        {"{\"do\":\"words\"}", "words"},
        {"{\"do\":\"words\",\"more\":1}", "words"},
        {"{\"do\":\"presence\",\"online\":1}", ""},
        {"{\"do\":\"dance\"}", ""},
        {"{\"type\":\"words\"}", ""},
        {"{\"type\":\"notice\",\"at\":1,\"info\":\"x\"}", ""},
        {"{", ""},
        {"", ""},
    };
    struct orders o = {AUTH, WORDS};

    (void)state;
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        happened[0] = '\0';
        orders_on_event(&o, str_of(orders[i][0]));
        assert_string_equal(happened, orders[i][1]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_order_goes_to_its_part)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
