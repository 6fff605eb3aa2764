/* main.c - fastim-api: settings, then request after request; or, with -s, processes for that. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fcgi-api/http/fcgi.h"
#include "fcgi-api/handle.h"
#include "fcgi-api/spawn/spawn.h"
#include "lib/config/settings.h"
#include "lib/filter/wordfile.h"
#include "lib/log.h"
#include "lib/process/options.h"
#include "lib/review/request.h"

static void
api_serve(const struct api *api, struct fcgi *fcgi)
{
    struct request request;
    struct response response;
    struct text head;
    struct str body;

    while (fcgi_accept(fcgi, &request)) {
        response_init(&response);
        handle(api, &request, &response);
        text_init(&head);
        response_add_head(&response, &head);
        body = str_is(request.method, "HEAD") ? str_make("", 0) : text_str(&response.body);
        fcgi_reply(fcgi, text_str(&head), body);
        text_fini(&head);
        response_fini(&response);
    }
}

/* Chat goes before history: what is asked for here takes milliseconds of the CPU, a message's way
 * through fastim-pushd some microseconds. So this process takes the CPU from no other one when it
 * wakes (sched(7)). Its share stays what it was: as nice(2) it would serve less. */
static void
api_stand_back(void)
{
    const struct sched_param none = {0};

    if (sched_getscheduler(0) != SCHED_BATCH && sched_setscheduler(0, SCHED_BATCH, &none) == -1) {
        log_warn("sched_setscheduler reason=\"%s\"", strerror(errno));
    }
}

static int
api_run(const struct config *config)
{
    struct api api = {.config = config,
                      .login = login_create(config),
                      .words = words_create(config),
                      .review = review_create(config)};
    bool is_cgi = getenv("GATEWAY_INTERFACE") != NULL;
    struct fcgi *fcgi;

    if (api.login == NULL || !handle_check_open(config) || (!is_cgi && !words_load(api.words))) {
        review_destroy(api.review);
        words_destroy(api.words);
        login_destroy(api.login);
        return 1;
    }
    fcgi = fcgi_create();
    api.store = store_create(config);
    api.rates = rates_create(config);
    api_stand_back();
    api_serve(&api, fcgi);
    rates_destroy(api.rates);
    store_destroy(api.store);
    fcgi_destroy(fcgi);
    review_destroy(api.review);
    words_destroy(api.words);
    login_destroy(api.login);
    return 0;
}

/* For -t: can everything that the settings name be used? */
static bool
api_check(const struct config *config)
{
    struct login *login = login_create(config);
    bool ok = handle_check_open(config) && login != NULL && wordfile_check(config->filter.file) &&
              review_request_check(config->hook.url);

    login_destroy(login);
    return ok;
}

int
main(int argc, char **argv)
{
    struct spawn spawn = {0};
    const struct program program = {
        .name = "fastim-api",
        .purpose =
            "Serves the HTTP API of fastim: as FastCGI or plain CGI, started by a web server; or, "
            "with -s, runs\nFastCGI processes for a web server that starts none.",
        .letters = "s:n:",
        .help = spawn_help,
        .option = spawn_option,
        .arg = &spawn,
        .check = api_check,
    };
    const char *file;
    struct config *config;
    int exit_code;

    /* A CGI's words are those of the query, which may be -T (RFC 3875, sections 4.4 and 7.2). */
    if (getenv("GATEWAY_INTERFACE") != NULL) {
        argc = 1;
    }
    config = options_load(&program, argc, argv, &file, &exit_code);
    if (config == NULL) {
        return exit_code;
    }
    if (spawn_is_asked(&spawn)) {
        exit_code = spawn_run(&spawn, config, file);
    } else if (spawn.processes > 0) {
        fputs("fastim-api: -n wants -s, the socket for the processes\n", stderr);
        exit_code = 1;
    } else {
        exit_code = api_run(config);
    }
    settings_destroy(config);
    return exit_code;
}
