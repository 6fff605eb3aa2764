/* users.c - the users of one group on this daemon. */
#include "push-daemon/presence/users.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/hash.h"
#include "lib/mem.h"

struct user {
    UT_hash_handle hh;
    struct users *of;
    struct user *prev, *next; /* in the list of those that are away */
    int64_t gone_ms;          /* when the last connection went */
    unsigned connections;     /* 0: it is away */
    char id[];
};

bool
users_enter(struct users *u, struct str id, struct users_away *away)
{
    struct user *user;
    bool is_new;

    HASH_FIND(hh, u->by_id, id.p, id.len, user);
    is_new = user == NULL;
    if (is_new) {
        user = mem_zalloc(sizeof(*user) + id.len);
        user->of = u;
        memcpy(user->id, id.p, id.len);
        HASH_ADD_KEYPTR(hh, u->by_id, user->id, id.len, user);
    } else if (user->connections == 0) {
        DL_DELETE(away->first, user);
    }
    user->connections++;
    u->connections++;
    return is_new;
}

void
users_leave(struct users *u, struct str id, struct users_away *away, int64_t now_ms)
{
    struct user *user;

    HASH_FIND(hh, u->by_id, id.p, id.len, user);
    if (user == NULL || user->connections == 0) {
        return;
    }
    user->connections--;
    u->connections--;
    if (user->connections == 0) {
        user->gone_ms = now_ms;
        DL_APPEND(away->first, user);
    }
}

void
users_expire(struct users_away *away, int64_t since_ms, size_t most,
             void (*changed)(struct users *of))
{
    struct user *user;

    while ((user = away->first) != NULL && user->gone_ms <= since_ms && most-- > 0) {
        struct users *of = user->of;

        DL_DELETE(away->first, user);
        HASH_DEL(of->by_id, user);
        free(user);
        changed(of);
    }
}

size_t
users_count(const struct users *u)
{
    return HASH_COUNT(u->by_id);
}

void
users_add_ids(const struct users *u, struct text *out)
{
    struct text json;

    text_init(&json);
    for (const struct user *user = u->by_id; user != NULL; user = user->hh.next) {
        text_clear(&json);
        text_add_json(&json, str_make(user->id, user->hh.keylen));
        text_add_str(out, user != u->by_id ? "/" : "");
        text_add(out, json.bytes + 1, json.len - 2);
    }
    text_fini(&json);
}

void
users_fini(struct users *u)
{
    struct user *user, *next;

    HASH_ITER (hh, u->by_id, user, next) {
        HASH_DEL(u->by_id, user);
        free(user);
    }
    u->connections = 0;
}
