/* http_error.c - the answer to a request that becomes no WebSocket. */
#include "push-daemon/net/http_error.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const char *
http_error_head(int status)
{
    switch (status) {
    case 400:
        return "400 Bad Request";
    case 403:
        return "403 Forbidden";
    case 405:
        return "405 Method Not Allowed\r\nAllow: GET";
    case 426:
        return "426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13";
    case 429:
        return "429 Too Many Requests\r\nRetry-After: 5";
    case 431:
        return "431 Request Header Fields Too Large";
    case 503:
        return "503 Service Unavailable\r\nRetry-After: 5";
    default:
        return "404 Not Found";
    }
}

const char *
http_error_reason(int status)
{
    switch (status) {
    case 403:
        return "pages of this origin may not connect (push.origins)";
    case 429:
        return "too many connections of this user or address, or too fast";
    default:
        return "no more connections are taken now";
    }
}

bool
http_error_write(struct refusal refusal, int fd)
{
    char answer[512];
    int length = snprintf(answer, sizeof(answer),
                          "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
                          "Content-Length: %zu\r\nConnection: close\r\n\r\n%s\n",
                          http_error_head(refusal.status), strlen(refusal.why) + 1, refusal.why);

    return send(fd, answer, (size_t)length, MSG_NOSIGNAL) == length;
}

void
http_error_send(struct refusal refusal, int fd)
{
    (void)http_error_write(refusal, fd);
    close(fd);
}
