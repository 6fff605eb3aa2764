/* a_case.h - what tests of streams begin with, and the frames that they wait for. */
#ifndef TESTS_UNIT_PUSHD_RESUME_A_CASE_H
#define TESTS_UNIT_PUSHD_RESUME_A_CASE_H

#include "tests/unit/push-daemon/resume/a_script.h"

#define WELCOME     "{\"type\":\"welcome\",\"recovered\":false,\"missed\":0} "
#define BACK(n)     "{\"type\":\"welcome\",\"recovered\":true,\"missed\":" #n "} "
#define SAID(n, ts) "\"groupId\":\"g\",\"userId\":\"a\",\"info\":\"" #n "\",\"ts\":" #ts
#define M(n, ts)    "{" SAID(n, ts) "}"
#define NEW(n, ts)  "{\"type\":\"message\"," SAID(n, ts) "} "
#define LATE(n, at)                                                                                \
    "{\"type\":\"message\",\"groupId\":\"g\",\"userId\":\"r\",\"info\":\"" #n "\",\"ts\":" #n      \
    ",\"at\":" #at "} "
#define LIST(epoch, at, total, messages)                                                           \
    "{\"type\":\"list\",\"epoch\":\"00abc00" #epoch "\",\"at\":" #at ",\"total\":" #total          \
    ",\"list\":[" messages "]} "
#define NOTICE(at)     "{\"type\":\"notice\",\"at\":" #at ",\"info\":\"x\"} "
#define RECALL(at, ts) "{\"type\":\"recall\",\"at\":" #at ",\"userId\":\"a\",\"ts\":" #ts "} "

static struct script s;
static struct config config;

static inline int
setup(void **state)
{
    (void)state;
    a_config_make(&config);
    script_open(&s, &config);
    return 0;
}

static inline int
teardown(void **state)
{
    (void)state;
    stage_close(&s.stage);
    a_config_free(&config);
    return 0;
}

/* For the next row of a table. */
static inline void
restart(void **state)
{
    teardown(state);
    setup(state);
}

static inline const char *
got(int client)
{
    return client_got(s.stage.readers[client].ws);
}

static inline int
asked(void)
{
    return s.stage.log.commands.asked;
}

#endif
