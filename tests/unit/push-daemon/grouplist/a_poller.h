/* a_poller.h - a poller, its clients, and a Redis that is made up. */
#ifndef TESTS_UNIT_PUSHD_GROUPLIST_A_POLLER_H
#define TESTS_UNIT_PUSHD_GROUPLIST_A_POLLER_H

#include <stdio.h>

#include "push-daemon/grouplist/poller.h"
#include "tests/unit/push-daemon/a_crowd.h"

static struct a_crowd t;
static struct poller *poller;

/* A user's groups, all of them or some. */
#define LAST      "*2\r\n$1\r\n0\r\n"
#define PIECE     "*2\r\n$2\r\n17\r\n"
#define NO_GROUP  LAST "*0\r\n"
#define GROUP_A   LAST "*1\r\n$1\r\na\r\n"
#define GROUP_B   LAST "*1\r\n$1\r\nb\r\n"
#define GROUPS_AB LAST "*2\r\n$1\r\na\r\n$1\r\nb\r\n"

/* What a group's list has: its length, its newest entry. */
#define EMPTY ":0\r\n$0\r\n\r\n"
#define ONE   ":1\r\n$33\r\n{\"userId\":\"u\",\"info\":\"m\",\"ts\":1}\n\r\n"
#define TWO   ":2\r\n$33\r\n{\"userId\":\"u\",\"info\":\"m\",\"ts\":2}\n\r\n"
#define ONE_OUT                                                                                    \
    "{\"newMessage\":{\"groupId\":\"a\",\"userId\":\"u\",\"info\":\"m\",\"ts\":1},\"total\":1}"
#define TWO_OUT                                                                                    \
    "{\"newMessage\":{\"groupId\":\"a\",\"userId\":\"u\",\"info\":\"m\",\"ts\":2},\"total\":2}"

static inline int
setup(void **state)
{
    (void)state;
    a_crowd_make(&t);
    poller = poller_create(&t.env.env, &t.commands, t.sessions, t.auth);
    return 0;
}

static inline int
teardown(void **state)
{
    (void)state;
    for (int i = 0; i < A_CROWD_MAX; i++) {
        if (t.s[i] != NULL) {
            a_crowd_lose(&t, i);
        }
    }
    fake_commands_lose(&t.commands);
    poller_destroy(poller);
    a_crowd_free(&t);
    return 0;
}

/* For the next row of a table. */
static inline void
restart(void **state)
{
    teardown(state);
    setup(state);
}

/* Redis knows no ban of it; other questions may be open. */
static inline void
be_let_in(int i)
{
    if (t.s[i]->state == SESSION_ENTERING && !t.env.config.group.login_auth) {
        fake_commands_answer_newest(&t.commands, ":0\r\n");
    }
}

/* Client i watches the groups of a user. */
static inline void
watch(int i, const char *user)
{
    struct ws_request request = a_request("", user, "10.0.0.1");

    t.s[i] = poller_open(poller, &t.ws[i], &request);
    be_let_in(i);
}

static inline void
tick(void)
{
    fake_loop_advance(t.env.env.loop, 1000);
}

static inline void
answer(const char *wire)
{
    fake_commands_answer(&t.commands, wire);
}

/* The pause behind a round of new users is over. */
static inline void
rest(void)
{
    fake_loop_advance(t.env.env.loop, 10);
}

/* Client i watches a user of whom nothing is known: it is asked for at once. summary NULL: it has
 * no group. */
static inline void
welcome(int i, const char *user, const char *groups, const char *summary)
{
    watch(i, user);
    answer(groups);
    if (summary != NULL) {
        answer(summary);
    }
    assert_int_equal(fake_commands_open(&t.commands), 0);
    rest();
}

/* A round of one user with one group. */
static inline void
round_of_a(const char *summary)
{
    tick();
    answer(GROUP_A);
    answer(summary);
    assert_int_equal(fake_commands_open(&t.commands), 0);
}

#endif
