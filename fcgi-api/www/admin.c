/* admin.c - GET /admin: the operators' page, and its script.
 *
 * The page has no secret inside: it asks for a token and goes by the other paths below /admin/. A
 * site may have an /admin/ of its own, so the page is at /fastim-admin as well. */
#include "fcgi-api/endpoints/endpoint.h"
#include "fcgi-api/www/file.h"

/* It loads its own scripts, asks its own host, and stands in no frame. Its style comes from the
 * script. Text never becomes HTML there: a browser that knows trusted types sees to it. */
static void
admin_answer_page(struct exchange *ex, const struct reply *reply)
{
    (void)reply;
    www_file_answer_page(ex, &www_file_admin,
                         "default-src 'none'; script-src 'self'; connect-src 'self'; "
                         "img-src data:; base-uri 'none'; form-action 'none'; "
                         "frame-ancestors 'none'; require-trusted-types-for 'script'; "
                         "trusted-types 'none'");
}

static void
admin_answer_script(struct exchange *ex, const struct reply *reply)
{
    (void)reply;
    www_file_answer(ex, &www_file_admin_script, "text/javascript;charset=utf-8", "max-age=3600");
}

const struct endpoint ep_page_admin = {
    .method = "GET",
    .path = "/admin",
    .whom = FOR_OPERATORS_PLACES,
    .answer = admin_answer_page,
};

const struct endpoint ep_page_fastim_admin = {
    .method = "GET",
    .path = "/fastim-admin",
    .whom = FOR_OPERATORS_PLACES,
    .answer = admin_answer_page,
};

const struct endpoint ep_client_admin = {
    .method = "GET",
    .path = "/fastim-admin.js",
    .whom = FOR_ANYBODY,
    .answer = admin_answer_script,
};
