/* pending.c - connections whose handshake is not finished. */
#include "push-daemon/net/pending.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <utlist.h>

#include "lib/hash.h"
#include "lib/mem.h"
#include "push-daemon/core/env.h"
#include "push-daemon/net/client_addr.h"

/* Those of one address. */
struct pending_home {
    UT_hash_handle hh;
    struct pending_fd *oldest;
    size_t count;
    char address[ADDRESS_TEXT_SIZE]; /* as address_print_home() writes it */
};

struct pending_fd {
    struct pending_fd *prev, *next; /* of all, the oldest first */
    struct pending_fd *home_prev, *home_next;
    struct pending_home *home; /* NULL: a trusted proxy's */
    int fd;
    int64_t since_ms;
    bool was_refused;
    bool was_cut; /* it is in no list any more */
};

struct pending {
    const struct env *env;
    struct pending_fd *oldest;
    struct pending_home *homes;
    size_t count;
};

static void
pending_enter_home(struct pending *p, struct pending_fd *one, const struct address *address)
{
    char text[ADDRESS_TEXT_SIZE];

    address_print_home(address, text);
    HASH_FIND_STR(p->homes, text, one->home);
    if (one->home == NULL) {
        one->home = mem_zalloc(sizeof(*one->home));
        memcpy(one->home->address, text, sizeof(text));
        HASH_ADD_STR(p->homes, address, one->home);
    }
    DL_APPEND2(one->home->oldest, one, home_prev, home_next);
    one->home->count++;
}

static void
pending_leave_home(struct pending *p, struct pending_fd *one)
{
    struct pending_home *home = one->home;

    if (home == NULL) {
        return;
    }
    DL_DELETE2(home->oldest, one, home_prev, home_next);
    if (--home->count == 0) {
        HASH_DEL(p->homes, home);
        free(home);
    }
}

static void
pending_unlist(struct pending *p, struct pending_fd *one)
{
    DL_DELETE(p->oldest, one);
    p->env->metrics->handshakes_waiting = --p->count;
    pending_leave_home(p, one);
}

/* The loop reports its end in a later turn; then it is removed. */
static void
pending_cut(struct pending *p, struct pending_fd *one)
{
    pending_unlist(p, one);
    one->was_cut = true;
    shutdown(one->fd, SHUT_RDWR);
    p->env->metrics->handshakes_cut += !one->was_refused;
}

bool
pending_cut_oldest(struct pending *p)
{
    if (p->oldest == NULL) {
        return false;
    }
    pending_cut(p, p->oldest);
    return true;
}

void
pending_every_second(struct pending *p)
{
    int64_t now = env_now_ms(p->env);

    while (p->oldest != NULL && now - p->oldest->since_ms >= PENDING_MS) {
        pending_cut(p, p->oldest);
    }
}

struct pending_fd *
pending_add(struct pending *p, int fd)
{
    struct pending_fd *one = mem_zalloc(sizeof(*one));
    struct address peer = client_addr_of_peer(fd);

    one->fd = fd;
    one->since_ms = env_now_ms(p->env);
    DL_APPEND(p->oldest, one);
    p->env->metrics->handshakes_waiting = ++p->count;
    if (!address_in_list(&peer, p->env->config->push.trusted_proxies)) {
        pending_enter_home(p, one, &peer);
        if (one->home->count > PENDING_MAX_OF_ADDRESS) {
            pending_cut(p, one->home->oldest);
        }
    }
    if (p->count > PENDING_MAX) {
        (void)pending_cut_oldest(p);
    }
    return one;
}

void
pending_note_refused(struct pending_fd *one)
{
    one->was_refused = true;
}

void
pending_remove(struct pending *p, struct pending_fd *one)
{
    if (one != NULL && !one->was_cut) {
        pending_unlist(p, one);
    }
    free(one);
}

struct pending *
pending_create(const struct env *env)
{
    struct pending *p = mem_zalloc(sizeof(*p));

    p->env = env;
    return p;
}

void
pending_destroy(struct pending *p)
{
    free(p);
}
