/* file.h - the files of www/, embedded at build time, and what answers with them.
 *
 * They are the same for everybody. A browser may keep them, and asks by If-None-Match whether they
 * have changed; with the program they change together. */
#ifndef API_WWW_FILE_H
#define API_WWW_FILE_H

#include <stddef.h>

#include "fcgi-api/exchange.h"

struct www_file {
    const unsigned char *bytes;
    size_t length;
    const char *digest; /* of the bytes: another file has another one */
};

/* Made by www/embed.sh. */
extern const struct www_file www_file_chat;
extern const struct www_file www_file_room;
extern const struct www_file www_file_fastim;
extern const struct www_file www_file_sse;
extern const struct www_file www_file_global;
extern const struct www_file www_file_test;
extern const struct www_file www_file_admin;
extern const struct www_file www_file_admin_script;

/* Answers 200 with the file, or 304 if the client has it. type: the Content-Type. cache: the
 * Cache-Control. */
void www_file_answer(struct exchange *ex, const struct www_file *file, const char *type,
                     const char *cache);

/* The same for a page, which a browser asks for each time. policy: the Content-Security-Policy. */
void www_file_answer_page(struct exchange *ex, const struct www_file *page, const char *policy);

#endif
