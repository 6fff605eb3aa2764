/* service.h - what a service manager tells a program, and wants to be told: sd_listen_fds(3), sd_notify(3).
 *
 * Both are a few environment variables and one datagram, a stable interface that needs no library; without
 * a service manager the variables are not there and nothing happens. */
#ifndef LIB_PROCESS_SERVICE_H
#define LIB_PROCESS_SERVICE_H

enum {
    SERVICE_FIRST_FD = 3
};

/* How many sockets we were started with, from SERVICE_FIRST_FD on; 0: none. */
int service_listen_fds(void);

/* Tells the state, as "READY=1". Failures are nobody's concern but the manager's. */
void service_notify(const char *state);

/* Takes all of it out of the environment, so that a child does not take itself for the service. */
void service_forget(void);

#endif
