/* fcgi.c - the web server's side; the only file that knows libfcgi.
 *
 * A web server that starts us as FastCGI hands us a listening socket as descriptor 0. If it is none we
 * run as CGI: variables in the environment, body and reply on standard input and output. */
#include "fcgi-api/fcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"

struct fcgi {
    bool is_cgi;
    bool cgi_done;
    FCGX_Request request;
    struct text body;
    sigset_t while_waiting; /* the mask with which the stop signals come through */
};

static volatile sig_atomic_t stop_asked;

static void
on_stop(int number)
{
    (void)number;
    stop_asked = 1;
}

/* The stop signals are blocked but for the wait, so that none is lost between test and wait, and a
 * request under way is finished. libfcgi leaves handlers alone that are there. */
static void
catch_signals(struct fcgi *f)
{
    struct sigaction action = {.sa_handler = on_stop};
    sigset_t stops;

    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    sigaddset(&stops, SIGUSR1);
    sigprocmask(SIG_BLOCK, &stops, &f->while_waiting);
    sigdelset(&f->while_waiting, SIGTERM);
    sigdelset(&f->while_waiting, SIGINT);
    sigdelset(&f->while_waiting, SIGUSR1);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

struct fcgi *
fcgi_create(void)
{
    struct fcgi *f = mem_zalloc(sizeof(*f));

    text_init(&f->body);
    f->is_cgi = FCGX_IsCGI() != 0;
    if (!f->is_cgi) {
        catch_signals(f);
        FCGX_Init();
        FCGX_InitRequest(&f->request, 0, FCGI_FAIL_ACCEPT_ON_INTR);
        /* Another process may be faster: accept() must not wait then. */
        (void)fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
    }
    return f;
}

void
fcgi_destroy(struct fcgi *f)
{
    if (f == NULL) {
        return;
    }
    if (!f->is_cgi) {
        FCGX_Free(&f->request, 1);
    }
    text_fini(&f->body);
    free(f);
}

/* ---- variables and body ---- */

static const char *
get_variable(void *arg, const char *name)
{
    struct fcgi *f = arg;

    return f->is_cgi ? getenv(name) : FCGX_GetParam(name, f->request.envp);
}

static ssize_t
read_some(struct fcgi *f, char *to, size_t most)
{
    ssize_t n;

    if (!f->is_cgi) {
        return FCGX_GetStr(to, (int)most, f->request.in);
    }
    do {
        n = read(STDIN_FILENO, to, most);
    } while (n < 0 && errno == EINTR);
    return n;
}

/* Also what is too much is read, or the web server would call it a failure of ours. As CGI, where the
 * input may be a terminal, only a request that says it has a body is asked for it. */
static void
read_body(struct fcgi *f, struct request *request)
{
    char piece[16384];
    ssize_t n;

    text_clear(&f->body);
    if (f->is_cgi && !str_is(request->method, "POST")) {
        return;
    }
    while ((n = read_some(f, piece, sizeof(piece))) > 0) {
        size_t fits = BODY_MAX_BYTES - f->body.len;

        request->body_too_large = request->body_too_large || (size_t)n > fits;
        text_add(&f->body, piece, (size_t)n < fits ? (size_t)n : fits);
    }
    request->body = text_str(&f->body);
}

/* ---- requests ---- */

/* True: a request is there. */
static bool
wait_and_accept(struct fcgi *f)
{
    struct pollfd listening = {0, POLLIN, 0};

    while (!stop_asked) {
        if (ppoll(&listening, 1, NULL, &f->while_waiting) <= 0) {
            continue; /* a signal */
        }
        if (FCGX_Accept_r(&f->request) == 0) {
            return true;
        }
    }
    return false;
}

bool
fcgi_accept(struct fcgi *f, struct request *request)
{
    if (f->is_cgi ? f->cgi_done : !wait_and_accept(f)) {
        return false;
    }
    f->cgi_done = true;
    request_read(request, get_variable, f);
    read_body(f, request);
    return true;
}

void
fcgi_reply(struct fcgi *f, struct str bytes)
{
    if (!f->is_cgi) {
        (void)FCGX_PutStr(bytes.p, (int)bytes.len, f->request.out);
        FCGX_Finish_r(&f->request);
        return;
    }
    while (bytes.len > 0) {
        ssize_t n = write(STDOUT_FILENO, bytes.p, bytes.len);

        if (n < 0 && errno != EINTR) {
            return;
        }
        bytes.p += n > 0 ? n : 0;
        bytes.len -= n > 0 ? (size_t)n : 0;
    }
}
