/* polling.h - a group whose slot is on the move: its list is read again and again.
 *
 * While a slot moves from one node of a cluster to another one, it is open: what is stored at the
 * node that takes it over is not heard at the other one. So nothing of the subscription counts: it
 * would be a part of the list, and in another order. The list has all, wherever it is. Each reading
 * follows the ASK of Redis, and has no mark: what it has is compared with nothing that is heard.
 *
 * Redis is asked every POLLING_MS, and no more often than so that the group's answers take half of
 * the time: many slots may be open. */
#ifndef PUSH_ROOM_POLLING_H
#define PUSH_ROOM_POLLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct marks;

enum {
    POLLING_MS = 250,
    POLLING_MAX_MS = 1000 /* longest pause; else it is what the last answer took */
};

/* All zero: the slot is not open. Times are those of env_now_ms(). */
struct polling {
    struct marks *marks; /* where it is asked: marks_create_polls(); NULL: not open */
    int64_t asked_ms;
    int64_t due_ms; /* when the next reading is */
};

static inline bool
polling_is_on(const struct polling *p)
{
    return p->marks != NULL;
}

static inline bool
polling_is_due(const struct polling *p, int64_t now_ms)
{
    return now_ms >= p->due_ms;
}

/* It begins, and is due at once; NULL: it is over. */
static inline struct polling
polling_of(struct marks *marks)
{
    return (struct polling){.marks = marks};
}

/* Redis was asked; it has answered. */
void polling_asked(struct polling *p, int64_t now_ms);
void polling_answered(struct polling *p, int64_t now_ms);

#endif
