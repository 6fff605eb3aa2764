/* http_error.c - the answer to a request that becomes no WebSocket. */
#include "push-daemon/net/http_error.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *
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
    case 503:
        return "503 Service Unavailable\r\nRetry-After: 5";
    default:
        return "404 Not Found";
    }
}

size_t
http_error_write(int status, char out[HTTP_ERROR_BYTES])
{
    return (size_t)snprintf(out, HTTP_ERROR_BYTES,
                            "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                            http_error_head(status));
}

void
http_error_send(int status, int fd)
{
    char reply[HTTP_ERROR_BYTES];

    (void)send(fd, reply, http_error_write(status, reply), MSG_NOSIGNAL);
    close(fd);
}
