/* request.c - an HTTP request, in CGI variables. */
#include "fcgi-api/http/request.h"

static struct str
request_get(request_variable *get, void *arg, const char *name)
{
    const char *value = get(arg, name);

    return str_of(value != NULL ? value : "");
}

void
request_read(struct request *r, request_variable *get, void *arg)
{
    *r = (struct request){
        .method = request_get(get, arg, "REQUEST_METHOD"),
        .path = request_get(get, arg, "PATH_INFO"),
        .query = request_get(get, arg, "QUERY_STRING"),
        .content_type = request_get(get, arg, "CONTENT_TYPE"),
        .content_encoding = request_get(get, arg, "HTTP_CONTENT_ENCODING"),
        .content_length = request_get(get, arg, "CONTENT_LENGTH"),
        .if_none_match = request_get(get, arg, "HTTP_IF_NONE_MATCH"),
        .origin = request_get(get, arg, "HTTP_ORIGIN"),
        .asked_headers = request_get(get, arg, "HTTP_ACCESS_CONTROL_REQUEST_HEADERS"),
        .user = str_trim(request_get(get, arg, "HTTP_USERID")),
        .token = str_trim(request_get(get, arg, "HTTP_TOKEN")),
        .admin_token = str_trim(request_get(get, arg, "HTTP_ADMINTOKEN")),
        .client = request_get(get, arg, "REMOTE_ADDR"),
        .remote_user = request_get(get, arg, "REMOTE_USER"),
        .variable = get,
        .variable_arg = arg,
    };
    if (r->path.len == 0) { /* some web servers set only the other one */
        r->path = request_get(get, arg, "SCRIPT_NAME");
    }
}

bool
request_announces_body(const struct request *r)
{
    return str_is(r->method, "POST") &&
           (r->content_length.len > 0 || r->content_type.len > 0 ||
            request_get(r->variable, r->variable_arg, "HTTP_TRANSFER_ENCODING").len > 0);
}
