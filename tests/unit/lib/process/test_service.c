/* test_service.c - what a service manager is told, and what it asks for. */
#include "lib/process/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static int manager; /* its socket */

static int
set_up(void **state)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    char variable[100];

    (void)state;
    snprintf(variable, sizeof(variable), "@fastim-test-service-%d", (int)getpid());
    memcpy(name.sun_path + 1, variable + 1, strlen(variable + 1));
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(manager, (struct sockaddr *)&name,
                          (socklen_t)(sizeof(sa_family_t) + strlen(variable))),
                     0);
    setenv("NOTIFY_SOCKET", variable, 1);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    close(manager);
    service_forget();
    return 0;
}

/* The manager has got this and nothing else; NULL: nothing. */
static void
assert_told(const char *wanted)
{
    char got[200];
    ssize_t n = recv(manager, got, sizeof(got) - 1, 0);

    got[n > 0 ? n : 0] = '\0';
    assert_string_equal(got, wanted != NULL ? wanted : "");
    assert_true(recv(manager, got, sizeof(got), 0) < 0);
}

static void
the_manager_is_told(void **state)
{
    (void)state;
    service_notify("READY=1");
    assert_told("READY=1");
    service_forget();
    service_notify("READY=1");
    assert_told(NULL);
}

/* Or it would kill what takes longer than its TimeoutStopSec. */
static void
it_is_told_how_long_the_end_may_take(void **state)
{
    (void)state;
    service_notify_stopping(3605000);
    assert_told("STOPPING=1\nEXTEND_TIMEOUT_USEC=3605000000");
}

static void
it_hears_of_us_if_it_wants_to(void **state)
{
    static const struct {
        const char *span, *pid; /* NULL: not set */
        int64_t ms;
    } rows[] = {
        {NULL, NULL, 0}, {"30000000", NULL, 30000}, {"999", NULL, 1}, {"0", NULL, 0},
        {"x", NULL, 0},  {"30000000", "1", 0},      {"", NULL, 0},
    };
    char own[20];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsetenv("WATCHDOG_USEC");
        unsetenv("WATCHDOG_PID");
        if (rows[i].span != NULL) {
            setenv("WATCHDOG_USEC", rows[i].span, 1);
        }
        if (rows[i].pid != NULL) {
            setenv("WATCHDOG_PID", rows[i].pid, 1);
        }
        assert_int_equal(service_watchdog_ms(), rows[i].ms);
        service_notify_alive();
        assert_told(rows[i].ms > 0 ? "WATCHDOG=1" : NULL);
    }
    snprintf(own, sizeof(own), "%d", (int)getpid());
    setenv("WATCHDOG_USEC", "5000", 1);
    setenv("WATCHDOG_PID", own, 1);
    assert_int_equal(service_watchdog_ms(), 5);
    service_forget();
    assert_int_equal(service_watchdog_ms(), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_manager_is_told),
        TEST(it_is_told_how_long_the_end_may_take),
        TEST(it_hears_of_us_if_it_wants_to),
    };

    return cmocka_run_group_tests_name("service", tests, NULL, NULL);
}
