/* deadline.h - the latest time at which a request must have been read.
 *
 * libfcgi reads without a timeout: one byte and then silence would hold the process for ever. So a
 * timer shuts down the connection, and libfcgi reads its end. */
#ifndef API_HTTP_DEADLINE_H
#define API_HTTP_DEADLINE_H

/* In so many ms the connection is shut down, unless there is more time, or deadline_stop(). It
 * uses SIGALRM, which is free for others after deadline_stop(). */
void deadline_start(int fd, int ms);
void deadline_extend(int ms); /* by so many ms; costs no system call */
void deadline_stop(void);

#endif
