/* main.c - fastim-cgi: passes a CGI request on to a running fastim-api, and its answer back.
 *
 *     web server --CGI--> fastim-cgi --FastCGI--> fastim-api -s, at $FASTIM_API_SOCKET
 *                               \--exec--> fastim-api as a plain CGI, if none runs there
 *
 * A CGI is slow because each request starts a process; most of that time goes into libraries,
 * settings and the connection to Redis. This program has none of these. It is linked statically,
 * with a libc that starts fast. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fcgi-api/http/body.h"
#include "fcgi-api/cgi/records.h"
#include "fcgi-api/http/request.h"
#include "lib/log.h"

enum {
    ANSWER_SECONDS = 60,       /* web servers wait as long for a FastCGI program */
    ANSWER_MAX_BYTES = 1 << 30 /* 10,000 of the longest messages need less */
};

extern char **environ;

static const char *
cgi_variable(void *unused, const char *name)
{
    (void)unused;
    return getenv(name);
}

/* ---- if no fastim-api runs ---- */

/* Makes the body that was read from standard input readable there once more. */
static bool
cgi_give_back(struct str body)
{
    int fd = memfd_create("body", MFD_CLOEXEC);
    bool ok = fd >= 0;

    while (ok && body.len > 0) {
        ssize_t n = write(fd, body.p, body.len);

        ok = n > 0;
        body = ok ? str_make(body.p + n, body.len - (size_t)n) : body;
    }
    return ok && lseek(fd, 0, SEEK_SET) == 0 && dup2(fd, STDIN_FILENO) >= 0;
}

/* Becomes the fastim-api beside this program, as a plain CGI. Returns the exit status on
 * failure. */
static int
cgi_become_api(bool has_body, const struct text *body)
{
    static const char name[] = "fastim-api";
    char *const words[] = {(char *)name, NULL}; /* never the words of the query (RFC 3875, 4.4) */
    char path[PATH_MAX + sizeof(name)];
    ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
    char *folder_end;

    if (n > 0 && (!has_body || cgi_give_back(text_str(body)))) {
        path[n] = '\0';
        folder_end = strrchr(path, '/');
        memcpy(folder_end + 1, name, sizeof(name));
        execv(path, words);
    }
    log_error("exec program=%s reason=\"%s\"", name, strerror(errno));
    return 1;
}

/* ---- if one runs ---- */

static int
cgi_connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd;

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Returns a socket, or -1 if no fastim-api runs there. */
static int
cgi_connect_api(void)
{
    const char *path = getenv("FASTIM_API_SOCKET");
    int fd;

    if (path == NULL || path[0] == '\0') {
        return -1; /* none is wanted, so there is nothing to log */
    }
    fd = cgi_connect_to(path);
    if (fd < 0) {
        log_warn("api-not-running socket=%s reason=\"%s\"", log_quote(str_of(path)).text,
                 strerror(errno));
    }
    return fd;
}

/* Returns false if fastim-api has closed the connection. Its answer may still be there to read. */
static bool
cgi_send_all(int fd, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t n = send(fd, bytes.p, bytes.len, MSG_NOSIGNAL);

        if (n < 0) {
            return false;
        }
        bytes = str_make(bytes.p + n, bytes.len - (size_t)n);
    }
    return true;
}

/* Returns false if nobody reads any more. */
static bool
cgi_write_all(int fd, struct str rest)
{
    while (rest.len > 0) {
        ssize_t n = write(fd, rest.p, rest.len);

        if (n < 0) {
            return false;
        }
        rest = str_make(rest.p + n, rest.len - (size_t)n);
    }
    return true;
}

static void
cgi_log_broken(enum answer_state state, size_t length)
{
    const char *why = "fastim-api closed";

    if (state == ANSWER_WRONG) {
        why = "no FastCGI answer";
    } else if (length > ANSWER_MAX_BYTES) {
        why = "it is too long";
    }
    log_error("answer-cut-off reason=\"%s\"", why);
}

/* Reads the whole answer, and only then writes it: a slow client must not hold a process of
 * fastim-api. Returns the exit status. */
static int
cgi_pass_on(int fd, struct text *out)
{
    struct answer answer = {0};
    enum answer_state state = ANSWER_MORE;
    struct text errors;
    char piece[65536];
    ssize_t n;

    text_init(&errors);
    while (state == ANSWER_MORE && out->len <= ANSWER_MAX_BYTES &&
           (n = recv(fd, piece, sizeof(piece), 0)) > 0) {
        state = answer_take(&answer, str_make(piece, (size_t)n), out, &errors);
    }
    (void)cgi_write_all(STDERR_FILENO, text_str(&errors));
    text_fini(&errors);
    if (state != ANSWER_DONE) {
        cgi_log_broken(state, out->len);
        return 1;
    }
    alarm(0); /* from here on the web server decides how long to wait */
    return cgi_write_all(STDOUT_FILENO, text_str(out)) ? 0 : 1;
}

/* Sends first and reads then: fastim-api reads a whole request before it answers. */
static int
cgi_ask_api(int fd, const struct text *body)
{
    struct text bytes; /* of the request, then of the answer: one allocation less */
    int status;

    text_init(&bytes);
    records_add_request(&bytes, environ, text_str(body));
    (void)cgi_send_all(fd, text_str(&bytes));
    text_clear(&bytes);
    status = cgi_pass_on(fd, &bytes);
    text_fini(&bytes);
    return status;
}

int
main(void)
{
    struct request request;
    struct text body;
    bool has_body;
    int fd, status;

    request_read(&request, cgi_variable, NULL);
    has_body = request_announces_body(&request);
    text_init(&body);
    /* The body may come slowly, so it is read before a process of fastim-api is taken. One byte
     * more than the limit is enough for fastim-api to refuse it. */
    if (has_body && !body_read_stdin(&body, BODY_MAX_BYTES + 1, request.content_length)) {
        log_warn("request-cut-off path=%s", log_quote(request.path).text);
        return 1;
    }
    alarm(ANSWER_SECONDS); /* exec(3) keeps it */
    fd = cgi_connect_api();
    status = fd >= 0 ? cgi_ask_api(fd, &body) : cgi_become_api(has_body, &body);
    text_fini(&body);
    return status;
}
