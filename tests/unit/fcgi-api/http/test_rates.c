/* test_rates.c - how many requests a client address may send per second. */
#include "fcgi-api/http/rates.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/config/settings.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/unit.h"

/* The table of this test and its children alone: that of the machine may be in use, and has times
 * of another clock. */
int
shm_open(const char *name, int flags, mode_t mode)
{
    static int table = -1;

    assert_int_equal(strncmp(name, "/fastim-rates-", 14), 0);
    assert_int_equal(flags, O_RDWR | O_CREAT);
    assert_int_equal(mode, 0600);
    if (table < 0) {
        table = memfd_create("rates", 0);
        assert_int_equal(fchmod(table, mode), 0);
    }
    return dup(table);
}

static struct config *config;
static struct rates *rates;

static void
set(const char *key, const char *value)
{
    assert_true(settings_set(config, settings_find(key), str_of(value)));
}

/* Each test is an installation of its own, so that none sees what another one counted. */
static int
setup(void **state)
{
    static int count;
    char prefix[40];

    (void)state;
    config = settings_create();
    snprintf(prefix, sizeof(prefix), "%d-%d:", (int)getpid(), count++);
    set("redis.prefix", prefix);
    set("http.requestsPerSecond", "2");
    fake_clock.ms = 1000000;
    rates = rates_create(config);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    rates_destroy(rates);
    settings_destroy(config);
    return 0;
}

/* How many of a hundred requests are taken. */
static int
take(struct rates *r, const char *client)
{
    int taken = 0;

    for (int i = 0; i < 100; i++) {
        taken += rates_take(r, str_of(client));
    }
    return taken;
}

/* In another process, which opens the table by itself. */
static int
take_elsewhere(const char *client)
{
    pid_t pid = fork();
    int status = -1;

    if (pid == 0) {
        struct rates *own = rates_create(config);
        int taken = take(own, client);

        rates_destroy(own);
        _exit(taken);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WEXITSTATUS(status);
}

static void
an_address_has_a_rate_and_a_burst_of_ten_seconds(void **state)
{
    (void)state;
    assert_int_equal(take(rates, "192.0.2.7"), 20);
    fake_clock.ms += 1500;
    assert_int_equal(take(rates, "192.0.2.7"), 3);
    assert_int_equal(take(rates, "192.0.2.8"), 20);
    fake_clock.ms += 100000;
    assert_int_equal(take(rates, "192.0.2.7"), 20);
}

static void
bytes_count_as_requests(void **state)
{
    (void)state;
    rates_charge(rates, str_of("192.0.2.7"), RATES_BYTES_EACH - 1);
    assert_int_equal(take(rates, "192.0.2.7"), 20);
    fake_clock.ms += 100000;
    rates_charge(rates, str_of("192.0.2.7"), 5 * RATES_BYTES_EACH + 7);
    assert_int_equal(take_elsewhere("192.0.2.7"), 15);
}

static void
bytes_keep_a_client_out_for_a_burst_at_most(void **state)
{
    (void)state;
    rates_charge(rates, str_of("192.0.2.7"), (size_t)1 << 40);
    assert_int_equal(take(rates, "192.0.2.7"), 0);
    fake_clock.ms += 10000;
    assert_int_equal(take(rates, "192.0.2.7"), 0);
    fake_clock.ms += 500; /* of two requests per second */
    assert_int_equal(take(rates, "192.0.2.7"), 1);
    rates_charge(NULL, str_of("192.0.2.7"), (size_t)1 << 40);
}

/* Pairs: do both count as one client? */
static void
a_client_is_an_address_or_a_network(void **state)
{
    static const struct {
        const char *first, *second;
        bool same;
    } rows[] = {
        {"192.0.2.1", "::ffff:192.0.2.1", true},
        {"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
        {"2001:db8:1:2::1", "2001:db8:1:3::1", false},
        {"", "unix:", true}, /* what is no address is no way around the limit */
        {"unknown", "192.0.2.2", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        teardown(state);
        setup(state);
        assert_int_equal(take(rates, rows[i].first), 20);
        assert_int_equal(take(rates, rows[i].second), rows[i].same ? 0 : 20);
    }
}

static void
all_processes_of_a_host_count_together(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_true(rates_take(rates, str_of("192.0.2.7")));
    }
    assert_int_equal(take_elsewhere("192.0.2.7"), 15);
    assert_int_equal(take_elsewhere("192.0.2.7"), 0);
    assert_int_equal(take(rates, "192.0.2.7"), 0);
}

static void
installations_do_not(void **state)
{
    (void)state;
    assert_int_equal(take(rates, "192.0.2.7"), 20);
    set("redis.database", "1");
    assert_int_equal(take_elsewhere("192.0.2.7"), 20);
}

/* Twice as many clients as there is room for: those that come again are known again. */
static void
many_clients_take_no_more_memory(void **state)
{
    int known = 0;

    (void)state;
    assert_int_equal(take(rates, "192.0.2.7"), 20);
    for (int i = 0; i < 8000; i++) {
        char client[32];

        snprintf(client, sizeof(client), "10.0.%d.%d", i / 250, i % 250);
        assert_true(rates_take(rates, str_of(client)));
        known += i % 100 == 0 && !rates_take(rates, str_of("192.0.2.7"));
    }
    assert_int_equal(known, 80); /* whoever is above its rate is not pushed out by new ones */
}

static void
zero_is_no_limit(void **state)
{
    (void)state;
    assert_int_equal(take(NULL, "192.0.2.7"), 100);
    set("http.requestsPerSecond", "0");
    assert_null(rates_create(config));
    rates_destroy(NULL);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_address_has_a_rate_and_a_burst_of_ten_seconds),
        TEST(bytes_count_as_requests),
        TEST(bytes_keep_a_client_out_for_a_burst_at_most),
        TEST(a_client_is_an_address_or_a_network),
        TEST(all_processes_of_a_host_count_together),
        TEST(installations_do_not),
        TEST(many_clients_take_no_more_memory),
        TEST(zero_is_no_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
