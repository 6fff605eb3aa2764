/* form.c - the forms in which clients get their frames. */
#include "push-daemon/frames/form.h"

#include "push-daemon/frames/frame.h"

/* ---- WebSockets ---- */

static void
form_add_text(struct text *out, struct str json, const struct position *position)
{
    unsigned char head[FRAME_HEAD_MAX];

    (void)position;
    text_add(out, head, frame_text_head(head, json.len));
    text_add(out, json.p, json.len);
}

static void
form_add_close(struct text *out, int code, enum close_reason reason)
{
    unsigned char frame[FRAME_CLOSE_MAX];

    text_add(out, frame, frame_close(frame, code, close_reason_text(reason)));
}

static struct blob *
form_take(struct text *frames)
{
    struct blob *blob = frames->len > 0 ? blob_of(text_str(frames)) : NULL;

    text_fini(frames);
    return blob;
}

static struct blob *
form_goodbye_v1(enum close_reason reason, int64_t retry_ms)
{
    const struct close_told *told = close_reason_v1(reason);
    struct text out;

    (void)retry_ms;
    text_init(&out);
    if (*told->word != '\0') {
        form_add_text(&out, str_of(told->word), NULL);
    }
    if (told->code != CODE_NONE) {
        form_add_close(&out, told->code, reason);
    }
    return form_take(&out);
}

/* The frame `error`, if there is one for this reason. */
static void
form_add_error(const struct form *form, struct text *out, const struct close_told *told,
               int64_t retry_ms)
{
    struct text error;

    if (told->error == 0) {
        return;
    }
    text_init(&error);
    text_add_str(&error, "{\"type\":\"error\",\"code\":");
    text_add_int(&error, told->error);
    text_add_str(&error, ",\"reason\":\"");
    text_add_str(&error, told->word);
    text_add_str(&error, "\"");
    if (retry_ms > 0) {
        text_add_str(&error, ",\"retryAfter\":");
        text_add_int(&error, retry_ms);
    }
    text_add_str(&error, "}");
    form->add(out, text_str(&error), NULL);
    text_fini(&error);
}

static struct blob *
form_goodbye_v2(enum close_reason reason, int64_t retry_ms)
{
    const struct close_told *told = close_reason_v2(reason);
    struct text out;

    text_init(&out);
    form_add_error(&form_v2, &out, told, retry_ms);
    if (told->code != CODE_NONE) {
        form_add_close(&out, told->code, reason);
    }
    return form_take(&out);
}

const struct form form_v1 = {
    .name = "v1",
    .add = form_add_text,
    .goodbye = form_goodbye_v1,
    .told = close_reason_v1,
    .ping = {"\x89\x01.", 3},
};

/* JavaScript cannot see a WebSocket's ping, so it gets a frame as well. */
const struct form form_v2 = {
    .name = "v2",
    .add = form_add_text,
    .goodbye = form_goodbye_v2,
    .told = close_reason_v2,
    .ping = {"\x81\x0f{\"type\":\"ping\"}\x89\x01.", 2 + 15 + 3},
};

/* ---- event streams (WHATWG HTML, section 9.2) ---- */

/* JSON of another writer may have ends of lines between its tokens; each of them needs a field of
 * its own. */
static void
form_add_data(struct text *out, struct str json)
{
    size_t from = 0;

    text_add_str(out, "data: ");
    for (size_t i = 0; i < json.len; i++) {
        if (json.p[i] == '\n' || json.p[i] == '\r') {
            text_add(out, json.p + from, i - from);
            text_add_str(out, "\ndata: ");
            from = i + 1;
        }
    }
    text_add(out, json.p + from, json.len - from);
    text_add_str(out, "\n\n");
}

/* The client says the id when it comes back. */
static void
form_add_event(struct text *out, struct str json, const struct position *position)
{
    if (position != NULL) {
        text_add_str(out, "id: ");
        text_add_str(out, position->epoch);
        text_add_str(out, "-");
        text_add_int(out, position->at);
        text_add_str(out, "\n");
    }
    form_add_data(out, json);
}

/* There is no close code: a comment tells people why. */
static struct blob *
form_goodbye_sse(enum close_reason reason, int64_t retry_ms)
{
    const struct close_told *told = close_reason_v2(reason);
    struct text out;

    text_init(&out);
    form_add_error(&form_sse, &out, told, retry_ms);
    if (told->code != CODE_NONE) {
        text_add_str(&out, ": ");
        text_add_str(&out, close_reason_text(reason));
        text_add_str(&out, "\n\n");
    }
    return form_take(&out);
}

const struct form form_sse = {
    .name = "sse",
    .add = form_add_event,
    .goodbye = form_goodbye_sse,
    .told = close_reason_v2,
    .ping = {":\n\n", 3},
    .is_one_way = true,
};

struct blob *
form_blob(const struct form *form, struct str json, const struct position *position)
{
    struct text out;

    text_init(&out);
    form->add(&out, json, position);
    return form_take(&out);
}
