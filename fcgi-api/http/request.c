/* request.c - an HTTP request, as any web server hands it to us by CGI variables. */
#include "fcgi-api/http/request.h"

static struct str
variable(request_variable *get, void *arg, const char *name)
{
    const char *value = get(arg, name);

    return str_of(value != NULL ? value : "");
}

void
request_read(struct request *r, request_variable *get, void *arg)
{
    *r = (struct request){
        .method = variable(get, arg, "REQUEST_METHOD"),
        .path = variable(get, arg, "PATH_INFO"),
        .query = variable(get, arg, "QUERY_STRING"),
        .content_type = variable(get, arg, "CONTENT_TYPE"),
        .content_length = variable(get, arg, "CONTENT_LENGTH"),
        .origin = variable(get, arg, "HTTP_ORIGIN"),
        .user = str_trim(variable(get, arg, "HTTP_USERID")),
        .token = str_trim(variable(get, arg, "HTTP_TOKEN")),
        .client = variable(get, arg, "REMOTE_ADDR"),
        .remote_user = variable(get, arg, "REMOTE_USER"),
        .variable = get,
        .variable_arg = arg,
    };
    if (r->path.len == 0) { /* some servers set only this */
        r->path = variable(get, arg, "SCRIPT_NAME");
    }
}

bool
request_announces_body(const struct request *r)
{
    return str_is(r->method, "POST") &&
           (r->content_length.len > 0 || r->content_type.len > 0 ||
            variable(r->variable, r->variable_arg, "HTTP_TRANSFER_ENCODING").len > 0);
}
