/* service.h - talks with the service manager: sd_listen_fds(3) and sd_notify(3).
 *
 * That is a few environment variables and a datagram: a stable interface, for which no library is
 * needed. Without a service manager the variables are not set, and nothing happens. */
#ifndef LIB_PROCESS_SERVICE_H
#define LIB_PROCESS_SERVICE_H

enum {
    SERVICE_FIRST_FD = 3
};

/* The number of sockets that the manager has passed, from SERVICE_FIRST_FD on; 0: none. */
int service_listen_fds(void);

/* Tells the manager a state, as "READY=1". Ignores failures. */
void service_notify(const char *state);

/* Removes the variables from the environment, so that no child takes itself for the service. */
void service_forget(void);

#endif
