/* fcgi.c - requests from the web server; the only file that knows libfcgi.
 *
 * For FastCGI the web server passes a listening socket as descriptor 0. If descriptor 0 is no
 * socket, this is a CGI: variables come in the environment, and body and reply go over standard
 * input and output. */
#include "fcgi-api/http/fcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgi-api/http/body.h"
#include "fcgi-api/http/deadline.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"

enum {
    HEAD_MS = 5000,        /* for the head of a request, which a web server sends at once */
    REQUEST_MS = 10000,    /* for all of it: a client may send its body slowly */
    ANSWER_STALLED_S = 10, /* a reply is given up if the web server takes nothing so long */
    LEFT_OVER_MS = 5000    /* to answer waiting requests after SIGTERM */
};

struct fcgi {
    bool is_cgi;
    bool cgi_done;
    bool is_unix; /* the listening socket is a unix socket */
    FCGX_Request request;
    struct text body;
    int listening;          /* epoll descriptor of the socket */
    int64_t stop_at_ms;     /* on clock_ms(); 0: no stop signal has come */
    sigset_t while_waiting; /* the signal mask that lets the stop signals through */
};

/* After SIGTERM or SIGINT the process also answers requests that wait, as no other process may take
 * them. After SIGUSR1, or a second signal, it finishes only the current request. */
static volatile sig_atomic_t stop_asked, leave_asked;

static void
fcgi_on_stop(int number)
{
    leave_asked = leave_asked || stop_asked || number == SIGUSR1;
    stop_asked = 1;
}

/* The stop signals are blocked except between requests: so none is lost between the test and the
 * wait, and the current request is finished. libfcgi does not replace handlers that are set. */
static void
fcgi_catch_signals(struct fcgi *f)
{
    struct sigaction action = {.sa_handler = fcgi_on_stop};
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

/* EPOLLEXCLUSIVE: a connection wakes one of the processes that wait at the socket, not all. */
static void
fcgi_watch_socket(struct fcgi *f)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE};

    f->listening = epoll_create1(EPOLL_CLOEXEC);
    if (f->listening < 0 || epoll_ctl(f->listening, EPOLL_CTL_ADD, 0, &event) != 0) {
        log_error("epoll reason=\"%s\"", strerror(errno));
        exit(1);
    }
}

static bool
fcgi_is_unix(int fd)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof(address);

    return getsockname(fd, (struct sockaddr *)&address, &length) == 0 &&
           address.ss_family == AF_UNIX;
}

struct fcgi *
fcgi_create(void)
{
    struct fcgi *f = mem_zalloc(sizeof(*f));

    text_init(&f->body);
    f->is_cgi = FCGX_IsCGI() != 0;
    if (f->is_cgi) { /* libfcgi has set handlers that only set a flag of its own loop */
        signal(SIGTERM, SIG_DFL);
        signal(SIGUSR1, SIG_DFL);
    } else {
        fcgi_catch_signals(f);
        FCGX_Init();
        f->is_unix = fcgi_is_unix(0);
        /* A unix socket is accepted from here; libfcgi must not do that as well. */
        FCGX_InitRequest(&f->request, f->is_unix ? -1 : 0, FCGI_FAIL_ACCEPT_ON_INTR);
        /* Another process may be faster, and then accept() must not block. */
        (void)fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
        fcgi_watch_socket(f);
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
        close(f->listening);
    }
    text_fini(&f->body);
    free(f);
}

/* ---- variables and body ---- */

static const char *
fcgi_variable(void *arg, const char *name)
{
    struct fcgi *f = arg;

    return f->is_cgi ? getenv(name) : FCGX_GetParam(name, f->request.envp);
}

static ssize_t
fcgi_body_source(void *arg, char *to, size_t most)
{
    struct fcgi *f = arg;

    return FCGX_GetStr(to, (int)most, f->request.in);
}

/* Returns false if it broke off. */
static bool
fcgi_read_body(struct fcgi *f, struct request *request)
{
    bool whole;

    text_clear(&f->body);
    if (!f->is_cgi) {
        whole = body_read(&f->body, BODY_MAX_BYTES + 1, fcgi_body_source, f) &&
                FCGX_GetError(f->request.in) == 0;
    } else if (request_announces_body(request)) {
        whole = body_read_stdin(&f->body, BODY_MAX_BYTES + 1, request->content_length);
    } else {
        return true;
    }
    request->body = text_str(&f->body);
    if (request->body.len > BODY_MAX_BYTES) {
        request->body.len = BODY_MAX_BYTES;
        request->body_too_large = true;
    }
    return whole;
}

/* ---- requests ---- */

/* Lets pending stop signals in. If connections wait, epoll_pwait() returns before it does that. */
static void
fcgi_take_signals(const struct fcgi *f)
{
    sigset_t blocked;

    sigprocmask(SIG_SETMASK, &f->while_waiting, &blocked);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
}

static bool
fcgi_is_over(struct fcgi *f)
{
    if (stop_asked && f->stop_at_ms == 0) {
        f->stop_at_ms = clock_ms() + LEFT_OVER_MS;
    }
    return leave_asked || (stop_asked && clock_ms() >= f->stop_at_ms);
}

/* Sets a timeout: if a client stops reading, so does the web server, and that must not block
 * this process for ever. Sets close-on-exec: a program that a module starts must not get the
 * connection. */
static void
fcgi_prepare(int connection)
{
    static const struct timeval most = {ANSWER_STALLED_S, 0};

    (void)setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
    (void)fcntl(connection, F_SETFD, FD_CLOEXEC);
}

/* Accepts a connection, and reads the head of its request. Over TCP libfcgi accepts, as it also
 * checks FCGI_WEB_SERVER_ADDRS; nothing limits the time there. */
static bool
fcgi_accept_one(struct fcgi *f)
{
    bool ok;

    if (!f->is_unix) {
        return FCGX_Accept_r(&f->request) == 0;
    }
    FCGX_Finish_r(&f->request);
    f->request.ipcFd = accept4(0, NULL, NULL, SOCK_CLOEXEC);
    if (f->request.ipcFd < 0) {
        return false; /* another process was faster */
    }
    f->request.keepConnection = 1; /* as if it were a kept one: libfcgi reads the next request */
    deadline_start(f->request.ipcFd, HEAD_MS);
    ok = FCGX_Accept_r(&f->request) == 0;
    if (ok) {
        deadline_extend(REQUEST_MS - HEAD_MS);
    } else {
        deadline_stop();
        log_warn("request-cut-off reason=\"no head in time, or half of one\"");
    }
    return ok;
}

/* Returns true if there is a request. */
static bool
fcgi_wait(struct fcgi *f)
{
    struct epoll_event event;
    int n;

    for (;;) {
        fcgi_take_signals(f);
        if (fcgi_is_over(f)) {
            return false;
        }
        n = epoll_pwait(f->listening, &event, 1, stop_asked ? 0 : -1, &f->while_waiting);
        if (n > 0 && fcgi_accept_one(f)) {
            fcgi_prepare(f->request.ipcFd);
            return true;
        }
        if (n >= 0 && stop_asked) {
            return false; /* no request waits, or another process took it */
        }
    }
}

static void
fcgi_finish(struct fcgi *f)
{
    if (!f->is_cgi) {
        f->request.keepConnection = 0; /* else the web server would hold this process */
        FCGX_Finish_r(&f->request);
    }
}

bool
fcgi_accept(struct fcgi *f, struct request *request)
{
    bool whole;

    while (f->is_cgi ? !f->cgi_done : fcgi_wait(f)) {
        f->cgi_done = true;
        request_read(request, fcgi_variable, f);
        whole = fcgi_read_body(f, request);
        if (!f->is_cgi) {
            deadline_stop();
        }
        if (whole) {
            return true;
        }
        /* Half a body may mean something else than the whole, and nobody waits for the reply. */
        log_warn("request-cut-off path=%s", log_quote(request->path).text);
        fcgi_finish(f);
    }
    return false;
}

static ssize_t
fcgi_write(struct fcgi *f, struct str bytes)
{
    size_t most = bytes.len < 1 << 20 ? bytes.len : 1 << 20; /* libfcgi counts in int */
    ssize_t n;

    if (!f->is_cgi) {
        return FCGX_PutStr(bytes.p, (int)most, f->request.out);
    }
    do {
        n = write(STDOUT_FILENO, bytes.p, most);
    } while (n < 0 && errno == EINTR);
    return n;
}

static bool
fcgi_write_all(struct fcgi *f, struct str bytes)
{
    ssize_t n;

    while (bytes.len > 0 && (n = fcgi_write(f, bytes)) > 0) {
        bytes.p += n;
        bytes.len -= (size_t)n;
    }
    return bytes.len == 0;
}

void
fcgi_reply(struct fcgi *f, struct str head, struct str body)
{
    (void)(fcgi_write_all(f, head) && fcgi_write_all(f, body));
    fcgi_finish(f);
}
