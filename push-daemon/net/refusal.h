/* refusal.h - why a request is refused: an HTTP status, and a line for people. */
#ifndef PUSH_NET_REFUSAL_H
#define PUSH_NET_REFUSAL_H

/* All zero: it is not refused. */
struct refusal {
    int status;
    const char *why; /* a constant */
};

#endif
