/* channels.c - the groups whose channels a subscription is to hear; what is not answered yet. */
#include "push-daemon/redis/channels.h"

#include <stdlib.h>
#include <utlist.h>

#include "lib/mem.h"

/* ---- groups ---- */

struct channel *
channels_find(const struct channels *c, struct str group)
{
    struct channel *ch;

    HASH_FIND(hh, c->all, group.p, group.len, ch);
    return ch;
}

struct channel *
channels_want(struct channels *c, struct str group)
{
    struct channel *ch = channels_find(c, group);

    if (ch == NULL) {
        ch = mem_zalloc(sizeof(*ch) + group.len);
        memcpy(ch->group, group.p, group.len);
        HASH_ADD(hh, c->all, group, group.len, ch);
    }
    ch->wanted = true;
    return ch;
}

static struct channel *
channels_behind(const struct channels *c, const struct channel *ch)
{
    return ch != NULL && ch->hh.next != NULL ? ch->hh.next : c->all;
}

static void
channels_free(struct channels *c, struct channel *ch)
{
    if (c->probed == ch) {
        c->probed = ch->hh.prev;
    }
    HASH_DEL(c->all, ch);
    free(ch);
}

void
channels_forget_if_done(struct channels *c, struct channel *ch)
{
    if (!ch->wanted && ch->subscribes_due == 0) {
        channels_free(c, ch);
    }
}

const struct channel *
channels_next_probe(struct channels *c)
{
    struct channel *ch = c->probed;

    for (size_t left = HASH_COUNT(c->all); left > 0; left--) {
        ch = channels_behind(c, ch);
        if (ch->wanted && ch->subscribes_due == 0 && ch->hh.keylen > 0) {
            c->probed = ch;
            return ch;
        }
    }
    return NULL;
}

/* ---- what is not answered ---- */

void
channels_sent(struct channels *c, bool subscribes, struct str group, int slot, size_t channels,
              int64_t now_ms)
{
    struct unanswered *u = mem_alloc(sizeof(*u) + group.len);

    *u = (struct unanswered){.subscribes = subscribes,
                             .slot = slot,
                             .answers_due = channels,
                             .sent_ms = now_ms,
                             .length = group.len};
    memcpy(u->group, group.p, group.len);
    DL_APPEND(c->unanswered, u);
}

bool
channels_take_answer(struct channels *c, bool subscribes, struct str group)
{
    struct unanswered *u = c->unanswered;

    if (u == NULL || u->subscribes != subscribes || !str_equal(unanswered_group(u), group)) {
        return false;
    }
    if (--u->answers_due == 0) {
        DL_DELETE(c->unanswered, u);
        free(u);
    }
    return true;
}

struct unanswered *
channels_take_error(struct channels *c, int slot)
{
    struct unanswered *u = c->unanswered;

    while (slot >= 0 && u != NULL && u->slot != slot) {
        u = u->next;
    }
    if (u != NULL) {
        DL_DELETE(c->unanswered, u);
    }
    return u;
}

int64_t
channels_wait_ms(const struct channels *c, int64_t now_ms)
{
    return c->unanswered != NULL ? now_ms - c->unanswered->sent_ms : 0;
}

void
channels_lose(struct channels *c)
{
    struct channel *ch, *next;
    struct unanswered *u, *later;

    DL_FOREACH_SAFE (c->unanswered, u, later) {
        DL_DELETE(c->unanswered, u);
        free(u);
    }
    HASH_ITER (hh, c->all, ch, next) {
        ch->subscribes_due = 0;
        channels_forget_if_done(c, ch);
    }
}

void
channels_fini(struct channels *c)
{
    struct channel *ch, *next;

    channels_lose(c);
    HASH_ITER (hh, c->all, ch, next) {
        channels_free(c, ch);
    }
}
