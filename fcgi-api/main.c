/* main.c - fastim-api: settings, then one request after the other. */
#include "fcgi-api/fcgi.h"
#include "fcgi-api/handle.h"
#include "lib/options.h"

static void
serve(const struct config *config, struct fcgi *fcgi, struct store *store)
{
    struct request request;
    struct response response;
    struct text reply; /* up to gigabytes, so none is kept */

    while (fcgi_accept(fcgi, &request)) {
        response_init(&response);
        handle(config, store, &request, &response);
        text_init(&reply);
        response_write(&response, !str_is(request.method, "HEAD"), &reply);
        fcgi_reply(fcgi, text_str(&reply));
        text_fini(&reply);
        response_fini(&response);
    }
}

int
main(int argc, char **argv)
{
    static const struct program program = {
        "fastim-api",
        "Serves the HTTP API of fastim as FastCGI, started by a web server, or as plain CGI.",
    };
    struct config *config;
    struct fcgi *fcgi;
    struct store *store;
    int exit_code;

    config = options_load(&program, argc, argv, &exit_code);
    if (config == NULL) {
        return exit_code;
    }
    fcgi = fcgi_create();
    store = store_create(config);
    serve(config, fcgi, store);
    store_destroy(store);
    fcgi_destroy(fcgi);
    config_destroy(config);
    return 0;
}
