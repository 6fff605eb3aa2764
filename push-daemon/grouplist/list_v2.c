/* list_v2.c - clients of /group/list that speak fastim.v2: they say who they are, and nothing
 * else. */
#include "push-daemon/grouplist/list_v2.h"

#include "push-daemon/client/session.h"
#include "push-daemon/client/sessions.h"
#include "push-daemon/client/v2_state.h"
#include "push-daemon/frames/form.h"
#include "push-daemon/grouplist/poller.h"
#include "push-daemon/v2/answer.h"
#include "push-daemon/v2/client_frame.h"

static void
list_v2_on_admitted(struct session *s)
{
    struct list_v2 *list = s->ctx;

    poller_join(list->poller, s);
}

/* A JWT that came by `auth` may name other groups than the one before. */
static void
list_v2_show_other_groups(struct list_v2 *list, struct session *s)
{
    if (s->v2->has_other_groups && session_is_open(s)) {
        s->v2->has_other_groups = false;
        poller_tell_again(list->poller, s);
    }
}

static void
list_v2_on_text(struct session *s, struct str text)
{
    struct list_v2 *list = s->ctx;
    struct client_frame f;

    if (dialog_take(&list->dialog, s, text, list_v2_on_admitted, &f)) {
        answer_error(s, f.id, V2_TYPE, 0); /* it is of a chat */
        client_frame_fini(&f);
    }
    list_v2_show_other_groups(list, s);
}

static void
list_v2_on_leave(struct session *s)
{
    struct list_v2 *list = s->ctx;

    poller_leave(list->poller, s);
}

static const struct session_kind list_v2_kind = {
    .name = "list-v2",
    .form = &form_v2,
    .on_text = list_v2_on_text,
    .max_bytes = dialog_max_bytes,
    .refuses_binary = true,
    .on_drain = answer_reconnect,
    .on_leave = list_v2_on_leave,
};

struct session *
list_v2_open(struct list_v2 *list, struct ws *ws, const struct ws_request *request)
{
    struct session *s = sessions_open(list->dialog.sessions, ws, request, &list_v2_kind, list);

    dialog_enter(&list->dialog, s, list_v2_on_admitted);
    return s;
}
