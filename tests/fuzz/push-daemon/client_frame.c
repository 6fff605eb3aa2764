/* client_frame.c - any bytes as a frame from a client of fastim.v2: what it gives is within the
 * rules of its type. */
#include "push-daemon/v2/client_frame.h"

#include "lib/ids.h"
#include "lib/json.h"
#include "lib/message.h"
#include "lib/utf8.h"
#include "tests/fuzz/fuzz.h"

static void
check_whole(const struct client_frame *f)
{
    CHECK(f->user.p == NULL || id_valid(f->user));
    CHECK(f->ts >= 0 && f->ts <= MESSAGE_TS_MAX);
    switch (f->type) {
    case CLIENT_AUTH:
        CHECK(f->token.p != NULL);
        return;
    case CLIENT_SEND:
        CHECK(f->id.len > 0 && f->info.len > 0);
        return;
    case CLIENT_HISTORY:
        CHECK(f->count >= 1 && f->count <= HISTORY_COUNT_MAX);
        return;
    case CLIENT_SIGNAL:
        CHECK(f->info.p != NULL);
        return;
    case CLIENT_RECALL:
    case CLIENT_READ:
    case CLIENT_PING:
        return;
    case CLIENT_UNKNOWN:
        CHECK(false); /* it is a mistake */
    }
}

static void
fuzz(struct str input)
{
    struct client_frame f;

    if (!utf8_valid(input) || !client_frame_read(&f, input)) { /* dialog.c asks first, too */
        return;
    }
    CHECK(f.type <= CLIENT_UNKNOWN && f.error <= V2_ERROR__MAX);
    CHECK(f.id.len == 0 || id_valid_send(f.id));
    CHECK(utf8_valid(f.info) && utf8_valid(f.token) && utf8_valid(f.user));
    if (f.error == V2_ERROR__MAX) {
        check_whole(&f);
    } else {
        CHECK(v2_error_code(f.error) == 400);
    }
    client_frame_fini(&f);
    CHECK(f.root == NULL);
}
