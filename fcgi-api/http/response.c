/* response.c - the response to a request. */
#include "fcgi-api/http/response.h"

void
response_init(struct response *r)
{
    r->status = 200;
    text_init(&r->headers);
    text_init(&r->body);
    r->cache = NULL;
}

void
response_fini(struct response *r)
{
    text_fini(&r->headers);
    text_fini(&r->body);
}

void
response_header(struct response *r, const char *name, const char *value)
{
    text_add_str(&r->headers, name);
    text_add_str(&r->headers, ": ");
    text_add_str(&r->headers, value);
    text_add_str(&r->headers, "\r\n");
}

void
response_open_envelope(struct text *out, int code, struct str msg)
{
    text_add_str(out, "{\"code\":");
    text_add_int(out, code);
    text_add_str(out, ",\"msg\":");
    text_add_json(out, msg);
    text_add_str(out, ",\"data\":");
}

void
response_take(struct response *r, int code, struct text *envelope)
{
    bool own = code == CODE_OK || code == CODE_REFUSED || code == CODE_NOT_LOGGED_IN;

    r->status = own ? 200 : code;
    text_fini(&r->body);
    r->body = *envelope;
    text_init(envelope);
    response_header(r, "Content-Type", "application/json;charset=utf-8");
}

void
response_envelope(struct response *r, int code, struct str msg, struct str data)
{
    struct text envelope;

    text_init(&envelope);
    response_open_envelope(&envelope, code, msg);
    text_add(&envelope, data.len > 0 ? data.p : "null", data.len > 0 ? data.len : 4);
    text_add_str(&envelope, RESPONSE_ENVELOPE_END);
    response_take(r, code, &envelope);
}

void
response_say(struct response *r, int code, const char *msg)
{
    response_envelope(r, code, str_of(msg), str_make("", 0));
}

void
response_say_number(struct response *r, int code, const char *msg, int64_t data)
{
    struct text digits;

    text_init(&digits);
    text_add_int(&digits, data);
    response_envelope(r, code, str_of(msg), text_str(&digits));
    text_fini(&digits);
}

static const char *
response_reason(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 204:
        return "No Content";
    case 304:
        return "Not Modified";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 413:
        return "Content Too Large";
    case 415:
        return "Unsupported Media Type";
    case 429:
        return "Too Many Requests";
    case 500:
        return "Internal Server Error";
    case 503:
        return "Service Unavailable";
    default: /* a code of a module's */
        return "Refused";
    }
}

void
response_add_head(const struct response *r, struct text *out)
{
    text_add_str(out, "Status: ");
    text_add_int(out, r->status);
    text_add_str(out, " ");
    text_add_str(out, response_reason(r->status));
    text_add_str(out, "\r\n");
    text_add(out, r->headers.bytes, r->headers.len);
    if (r->status != 204 && r->status != 304) {
        text_add_str(out, "Content-Length: ");
        text_add_int(out, (int64_t)r->body.len);
        text_add_str(out, "\r\n");
    }
    text_add_str(out, "Cache-Control: ");
    text_add_str(out, r->cache != NULL ? r->cache : "no-store");
    text_add_str(out, "\r\nX-Content-Type-Options: nosniff\r\n\r\n");
}
