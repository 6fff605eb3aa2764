/* service.h - talks with the service manager: sd_listen_fds(3) and sd_notify(3).
 *
 * That is a few environment variables and a datagram: a stable interface, for which no library is
 * needed. Without a service manager the variables are not set, and nothing happens. */
#ifndef LIB_PROCESS_SERVICE_H
#define LIB_PROCESS_SERVICE_H

#include <stdint.h>

enum {
    SERVICE_FIRST_FD = 3
};

/* The number of sockets that the manager has passed, from SERVICE_FIRST_FD on; 0: none. */
int service_listen_fds(void);

/* Tells the manager a state, as "READY=1". Ignores failures. */
void service_notify(const char *state);

/* Tells the manager that the program ends, and that this may take so long: a TimeoutStopSec that is
 * shorter waits for it. */
void service_notify_stopping(int64_t within_ms);

/* How often the manager wants to hear of this process (WatchdogSec); 0: it does not. */
int64_t service_watchdog_ms(void);

/* Tells the manager that the process is well, if it wants to hear of that. */
void service_notify_alive(void);

/* Removes the variables from the environment, so that no child takes itself for the service. */
void service_forget(void);

#endif
