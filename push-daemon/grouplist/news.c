/* news.c - tells the clients of a user what is new in its groups. */
#include "push-daemon/grouplist/news.h"

#include <utlist.h>

#include "push-daemon/client/identity.h"
#include "push-daemon/client/session.h"
#include "push-daemon/client/v2_state.h"
#include "push-daemon/frames/blob.h"
#include "push-daemon/grouplist/index.h"
#include "push-daemon/grouplist/ledger.h"

/* The whole list, to the clients of Part 1 that do not have it yet. */
static void
news_send_list(struct group_index *index, struct index_user *u)
{
    struct blob *frame = NULL;
    struct session *s, *next;

    index_list(index, u);
    DL_FOREACH_SAFE (u->sessions, s, next) {
        bool first = s->list.version == 0;

        if (s->v2 != NULL || s->list.version == u->version) {
            continue;
        }
        s->list.version = u->version;
        if (first && !index_has_message(u)) {
            continue; /* no list yet; from here on every change counts */
        }
        frame = frame != NULL ? frame : index_frame(u);
        session_send(s, frame);
    }
    blob_unref(frame);
}

static bool
news_shows(const void *session, struct str group)
{
    return identity_shows(session, group);
}

/* What a client that sees some of the groups alone is told. */
static void
news_tell_some(struct index_user *u, struct session *s, bool first)
{
    const struct ledger_view view = {news_shows, s};
    struct blob *frame = first ? ledger_all(u, view) : ledger_news(u, view);

    if (frame != NULL) {
        session_send(s, frame);
    }
    blob_unref(frame);
}

/* To the clients of fastim.v2: all, and from then on what is new. */
static void
news_send(struct index_user *u)
{
    const struct ledger_view any = {NULL, NULL};
    struct blob *news = ledger_news(u, any), *all = NULL;
    struct session *s, *next;

    DL_FOREACH_SAFE (u->sessions, s, next) {
        bool first = s->list.version == 0;

        if (s->v2 == NULL) {
            continue;
        }
        s->list.version = 1;
        if (s->v2->is_limited) {
            news_tell_some(u, s, first);
        } else if (first) {
            all = all != NULL ? all : ledger_all(u, any);
            session_send(s, all);
        } else if (news != NULL) {
            session_send(s, news);
        }
    }
    blob_unref(news);
    blob_unref(all);
}

void
news_tell(struct group_index *index, struct index_user *u)
{
    if ((u->version == 0 && !u->regrouped) || !index_is_complete(u)) {
        return; /* the end of a round tells it */
    }
    news_send_list(index, u);
    if (u->ledger == NULL || !ledger_is_ready(u)) {
        return;
    }
    ledger_find_news(index, u);
    news_send(u);
    if (u->ledger != NULL) { /* else all of these clients have left */
        ledger_forget_news(index, u);
    }
}
