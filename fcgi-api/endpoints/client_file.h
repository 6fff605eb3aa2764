/* client_file.h - the files of the JavaScript client, embedded at build time. */
#ifndef API_ENDPOINTS_CLIENT_FILE_H
#define API_ENDPOINTS_CLIENT_FILE_H

#include <stddef.h>

struct client_file {
    const unsigned char *bytes;
    size_t length;
    const char *digest; /* of the bytes: another file has another one */
};

extern const struct client_file client_file_fastim;
extern const struct client_file client_file_sse;
extern const struct client_file client_file_global;

#endif
