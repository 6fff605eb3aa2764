/* answer.c - what one client of fastim.v2 is told. */
#include "push-daemon/v2/answer.h"

#include "push-daemon/client/session.h"
#include "push-daemon/client/v2_state.h"
#include "push-daemon/frames/form.h"

void
answer_json(struct session *s, struct str json)
{
    struct blob *frame = form_blob(s->kind->form, json, NULL);

    session_send(s, frame);
    blob_unref(frame);
}

static void
answer_add_id(struct text *out, struct str id)
{
    if (id.len > 0) {
        text_add_str(out, ",\"id\":");
        text_add_json(out, id);
    }
}

static void
answer_error_as(struct session *s, struct str id, enum v2_error error, struct str reason,
                int64_t retry_ms)
{
    struct text out;

    s->owner->env->metrics->errors[error]++;
    text_init(&out);
    text_add_str(&out, "{\"type\":\"error\"");
    answer_add_id(&out, id);
    text_add_str(&out, ",\"code\":");
    text_add_int(&out, v2_error_code(error));
    text_add_str(&out, ",\"reason\":");
    text_add_json(&out, reason);
    if (retry_ms > 0) {
        text_add_str(&out, ",\"retryAfter\":");
        text_add_int(&out, retry_ms);
    }
    text_add_str(&out, "}");
    answer_json(s, text_str(&out));
    text_fini(&out);
}

void
answer_error(struct session *s, struct str id, enum v2_error error, int64_t retry_ms)
{
    answer_error_as(s, id, error, str_of(v2_error_reason(error)), retry_ms);
}

void
answer_refusal(struct session *s, struct str id, struct str reason)
{
    answer_error_as(s, id, V2_REVIEW, reason, 0);
}

void
answer_add_ack(const struct session *s, struct text *frames, struct str id, int64_t ts)
{
    struct text out;

    s->owner->env->metrics->acks++;
    text_init(&out);
    text_add_str(&out, "{\"type\":\"ack\"");
    answer_add_id(&out, id);
    if (ts > 0) {
        text_add_str(&out, ",\"ts\":");
        text_add_int(&out, ts);
    }
    text_add_str(&out, "}");
    s->kind->form->add(frames, text_str(&out), NULL);
    text_fini(&out);
}

void
answer_frames(struct session *s, struct str frames)
{
    struct blob *blob = blob_of(frames);

    session_send(s, blob);
    blob_unref(blob);
}

void
answer_ack(struct session *s, struct str id)
{
    struct text frame;

    if (id.len > 0) {
        text_init(&frame);
        answer_add_ack(s, &frame, id, 0);
        answer_frames(s, text_str(&frame));
        text_fini(&frame);
    }
}

void
answer_pong(struct session *s)
{
    answer_json(s, str_of("{\"type\":\"pong\"}"));
}

void
answer_reconnect(struct session *s, int64_t span_ms)
{
    struct text out;

    text_init(&out);
    text_add_str(&out, "{\"type\":\"reconnect\",\"after\":");
    text_add_int(&out, span_ms);
    text_add_str(&out, "}");
    answer_json(s, text_str(&out));
    text_fini(&out);
}

void
answer_add_you(const struct session *s, struct text *out)
{
    static const char *const roles[] = {
        [JWT_NO_ROLE] = "",
        [JWT_MOD] = "mod",
        [JWT_VIP] = "vip",
    };

    text_add_str(out, "{\"role\":\"");
    text_add_str(out, roles[s->role]);
    text_add_str(out, "\",\"muted\":");
    text_add_int(out, s->group.len > 0 ? s->chat.muted_ms : 0);
    text_add_str(out, ",\"expires\":");
    text_add_int(out, s->v2->expires_ms);
    text_add_str(out, "}");
}

void
answer_you(struct session *s)
{
    struct text out;

    text_init(&out);
    text_add_str(&out, "{\"type\":\"you\",\"you\":");
    answer_add_you(s, &out);
    text_add_str(&out, "}");
    answer_json(s, text_str(&out));
    text_fini(&out);
}
